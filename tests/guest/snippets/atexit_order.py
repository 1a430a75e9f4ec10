# Exit handlers run in reverse order after exec'd code, threads and the last exception.
import atexit
import subprocess
import sys

PROGRAM = """import atexit, threading, sys
atexit.register(print, 'registered first')
exec("import atexit\\natexit.register(lambda: exec('print(1 + 1)'))")
atexit.register(eval, "print('evaluated', 'sys' in globals())")
threading.Thread(target=lambda: print('thread')).start()
class L:
    def __del__(self): print('deleted')
kept = L()
@atexit.register
def last(): print('registered last'); raise ValueError('in handler')
sys.stdout.write('no newline ')
"""
for end in ("", "raise KeyError('end')", "sys.exit(3)", "import os; os._exit(4)"):
    p = subprocess.run([sys.executable, "-c", PROGRAM + end], capture_output=True, text=True)
    print(p.returncode, p.stdout, p.stderr.splitlines()[-1:])
atexit.register(print, "the end")
print(atexit._ncallbacks())
sys.exit(2)
