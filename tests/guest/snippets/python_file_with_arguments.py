# python FILE sets argv, __file__ and sys.path[0]; odd files fail as they do without hooks.
import os
import subprocess
import sys
import zipfile

os.makedirs("sub/app")
FILES = {"sub/s.py": "import os, sys, near\nprint(__name__, sys.argv, os.path.relpath(__file__), os.path.relpath(sys.path[0]), __spec__)",
         "sub/near.py": "print('near', __name__)", "sub/app/__main__.py": "import sys\nprint(sys.argv, repr(__package__))",
         "noext": "exec('print(__name__)')", "empty.py": "", "bad.py": "x = 1\ny = (\n", "raises.py": "def f():\n    eval('1/0')\nf()\n",
         "latin.py": "# coding: latin-1\nprint(ascii('\u00e9'))", "tail.py": "print('no newline')  # end"}
for path, text in FILES.items():
    with open(path, "w", encoding="latin-1") as out:
        out.write(text)
with open("bytes.py", "wb") as out:
    out.write(b"x = '\xff'\n")
with zipfile.ZipFile("z.pyz", "w") as z:
    z.writestr(zipfile.ZipInfo("__main__.py"), "import sys\nprint('zip', sys.argv)\nsys.exit(4)")
for name in ("sub/s.py", "sub/app", "noext", "empty.py", "bad.py", "raises.py", "latin.py", "tail.py", "bytes.py", "z.pyz", "absent.py", "sub"):
    p = subprocess.run([sys.executable, name, "1"], capture_output=True, text=True)
    print(name, p.returncode, p.stdout, p.stderr.replace(os.getcwd() + os.sep, ""), sep=" | ")
