# Uncaught errors, hooks and chained causes print the same traceback and exit with 1.
import os
import subprocess
import sys

PROGRAMS = ["def f():\n    exec('x = {}\\nx[1]')\nf()", "try:\n    eval('1/0')\nexcept ZeroDivisionError:\n    exec('raise OSError(2, \"no\")')",
            "import sys\nsys.excepthook = lambda t, v, b: print('hook', t.__name__, v)\nexec('1/0')",
            "class E(Exception):\n    def __str__(self): return 'own text'\nexec('raise E', {'E': E})",
            "e = ExceptionGroup('group', [ValueError(1), KeyError(2)])\ne.add_note('a note')\nexec('raise e')",
            "import sys\nsys.tracebacklimit = 1\nexec('exec(\"1/0\")')", "exec('def g(): return h()\\ndef h(): return g')\ng().missing",
            "import threading\nt = threading.Thread(target=eval, args=('1/0',))\nt.name = 'T'\nt.start(); t.join()"]
for i, text in enumerate(PROGRAMS):
    with open("child.py", "w") as out:
        out.write(text + "\n")
    p = subprocess.run([sys.executable, "child.py"], capture_output=True, text=True)
    print(i, p.returncode, p.stdout, p.stderr.replace(os.getcwd() + os.sep, ""))
exec("raise SystemExit('the end')")
