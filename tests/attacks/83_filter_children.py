# tries: to lose the filter by exec and in a child
# must: both still have it, and no new privileges
# control: outside
import subprocess

command = ["/bin/sh", "-c", "(cat /proc/self/status) & wait"]
text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
status = dict(line.split(":", 1) for line in text.splitlines())
values = [status[name].strip() for name in ("Seccomp", "NoNewPrivs")]
if values == ["2", "1"]:
    print("HELD: both kept")
else:
    print("SUCCEEDED: Seccomp and NoNewPrivs are", *values)
