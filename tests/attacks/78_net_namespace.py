# tries: to see the host's interfaces with ip, a program of the host
# must: ip gets no netlink socket
# control: outside
import subprocess

run = subprocess.run(["/usr/bin/ip", "link"], capture_output=True, text=True)
if run.returncode == 0 and "lo:" in run.stdout:
    print("SUCCEEDED:", run.stdout.splitlines()[0])
else:
    assert "not supported" in run.stderr, run.stderr
    print("HELD:", run.stderr.strip())
