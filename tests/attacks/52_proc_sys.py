# tries: to write to any of the kernel's settings in /proc/sys
# must: none opens for writing
# control: outside as root
import os

opened, closed = [], 0
for directory, _, names in os.walk("/proc/sys"):
    for name in names:
        try:
            os.close(os.open(f"{directory}/{name}", os.O_WRONLY))
            opened.append(f"{directory}/{name}")
        except OSError:
            closed += 1
assert opened or closed > 100
if opened:
    print("SUCCEEDED:", len(opened), "open for writing, such as", opened[0])
else:
    print("HELD: refused for", closed)
