# tries: to load its own code into a setuid program
# must: the program has no rights but the caller's when it loads it
# control: outside
import os
import subprocess

env = {"LD_PRELOAD": "./no-such-library.so", "LD_SHOW_AUXV": "1"}
shown = subprocess.run(["/usr/bin/passwd", "--help"], env=env, capture_output=True, text=True)
secure = [line for line in shown.stdout.splitlines() if line.startswith("AT_EUID")]
if not secure:
    print("SUCCEEDED: passwd ran with the rights of its owner")
else:
    assert int(secure[0].split(":")[1]) == os.getuid() != 0
    print("HELD: with its caller's,", secure[0])
