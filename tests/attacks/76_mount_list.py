# tries: to learn paths of the host from the list of its mounts
# must: no mount point or source names a directory of the host outside its jail
# control: none, outside there is nothing to hide
# open: to everybody, the kernel shows it; the folder has a name that says nothing
import re
from pathlib import Path

text = Path("/proc/self/mountinfo").read_text()
assert " / " in text
told = sorted(set(re.findall(r"/(?:tmp|work|home|root|srv|data)/[^ ]+", text)))
told = [path for path in told if path != str(Path.cwd())]
if told:
    print("SUCCEEDED:", *told[:4])
else:
    print("HELD: none")
