# python -c runs its text with argv, __name__, sys.path[0] and errors as documented.
import subprocess
import sys

CASES = [["-c", "import sys; print(sys.argv, __name__, sys.path[0] == '')", "a", "b c"], ["-c", ""], ["-c", "  "],
         ["-c", "print(globals().get('__file__'), __builtins__.__name__, __spec__, __doc__)"], ["-c"],
         ["-c", "x = 1\nfor i in range(2):\n    print(i)"], ["-c", "if 1:\nprint()"], ["-c", "  print('indented')"],
         ["-c", "exec('1 +')"], ["-c", "raise ValueError('uncaught é')"], ["-c", "print('a\\x00b'); import sys; sys.exit(3)"],
         ["-c", "exec(\"eval('missing_name')\")"], ["-c", "import missing_module"], ["-c", "print(sorted(vars()))"],
         ["-c", "import sys; print(len(sys.orig_argv), sys._getframe().f_code.co_filename)"]]
for args in CASES:
    p = subprocess.run([sys.executable, *args], capture_output=True, text=True)
    print(args[1:], p.returncode, p.stdout, p.stderr, sep=" | ")
