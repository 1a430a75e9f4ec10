# tries: to read the map of the machine's memory and where its own pages lie
# must: /proc/iomem shows only zeros, and pagemap shows no frame numbers
# control: outside as root
import mmap
import struct
from pathlib import Path

lines = Path("/proc/iomem").read_text().splitlines()
shown = [line for line in lines if set(line.split(":")[0]) - set("0- ")]
page = mmap.mmap(-1, 4096)
page[0] = 1
start = int(Path("/proc/self/maps").read_text().split("-")[0], 16)
with Path("/proc/self/pagemap").open("rb") as pages:
    pages.seek(start // 4096 * 8)
    frame = struct.unpack("Q", pages.read(8))[0] & (2**55 - 1)
if shown or frame:
    print("SUCCEEDED: frame", hex(frame), *shown[:1])
else:
    print("HELD: only zeros in", len(lines), "lines")
