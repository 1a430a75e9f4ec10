# tries: to find itself with any capability, without the filter, or able to gain rights by exec
# must: all five sets are empty, NoNewPrivs is 1, Seccomp is 2
# control: outside
from pathlib import Path

lines = Path("/proc/self/status").read_text().splitlines()
status = {line.split(":")[0]: line.split(":")[1].strip() for line in lines}
wrong = [
    name
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    if int(status[name], 16) != 0
]
wrong += ["NoNewPrivs"] if status["NoNewPrivs"] != "1" else []
wrong += ["Seccomp"] if status["Seccomp"] != "2" else []
if wrong:
    print("SUCCEEDED:", *[f"{name}={status[name]}" for name in wrong])
else:
    print("HELD: no capabilities, NoNewPrivs 1, Seccomp 2")
