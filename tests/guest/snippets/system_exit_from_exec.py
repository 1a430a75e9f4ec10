# SystemExit raised in exec'd code passes through and sets the exit status.
import subprocess
import sys

PROGRAMS = ["exec('import sys; sys.exit(3)')", "exec('raise SystemExit')", "exec('exit(4)')", "eval('quit()')",
            "exec('raise SystemExit(\"message\")')", "exec('import sys; sys.exit(-1)')", "exec('import os; os._exit(5)')",
            "try:\n    exec('raise SystemExit(6)')\nfinally:\n    print('finally')",
            "try:\n    exec('raise SystemExit(7)')\nexcept SystemExit as e:\n    print('caught', e.code)",
            "import threading\nt = threading.Thread(target=exec, args=('raise SystemExit(8)',)); t.start(); t.join(); print('on')"]
for program in PROGRAMS:
    p = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    print(p.returncode, repr(p.stdout), repr(p.stderr))
exec("raise SystemExit(9)")
