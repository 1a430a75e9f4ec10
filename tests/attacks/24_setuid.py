# tries: to gain the owner's rights by running a setuid program
# must: su starts with its caller's uid and in no secure mode (nosuid, no new privileges)
# control: outside
import os
import subprocess

# The loader shows what the kernel gave the program, unless it runs with rights not its caller's.
shown = subprocess.run(
    ["/usr/bin/su", "--version"], env={"LD_SHOW_AUXV": "1"}, capture_output=True, text=True
)
shown.check_returncode()
fields = dict(line.split(":", 1) for line in shown.stdout.splitlines() if line.startswith("AT_"))
if not fields:
    print("SUCCEEDED: su ran with the rights of its owner")
else:
    assert int(fields["AT_EUID"]) == os.getuid() != 0, fields
    print("HELD: su ran with uid", fields["AT_EUID"].strip())
