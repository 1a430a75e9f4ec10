# Exit statuses of python for return values, strings, big numbers, errors and signals.
import subprocess
import sys

for end in ("", "sys.exit()", "sys.exit(0)", "sys.exit(2)", "sys.exit(256)", "sys.exit(True)", "sys.exit(None)",
            "sys.exit('to stderr')", "sys.exit([1])", "sys.exit(1 << 40)", "raise KeyError('k')",
            "os.kill(os.getpid(), 15)", "os.kill(os.getpid(), 9)", "os._exit(3)",
            "raise KeyboardInterrupt", "1/0"):
    p = subprocess.run([sys.executable, "-c", "import os, sys\n" + end], capture_output=True, text=True)
    print(repr(end), p.returncode, repr(p.stderr.splitlines()[-1:]))
