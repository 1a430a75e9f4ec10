# tries: to share files in memory with the host through /dev/shm
# must: /dev/shm is a part of the private /dev, and empty
# control: without private-dev
from pathlib import Path

here = Path("/dev/shm")
if here.stat().st_dev != Path("/dev").stat().st_dev or list(here.iterdir()):
    print("SUCCEEDED: another file system than /dev, with", *here.iterdir())
else:
    print("HELD: a folder of the private /dev")
