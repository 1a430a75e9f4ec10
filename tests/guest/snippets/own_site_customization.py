# Programs that bring a sitecustomize, usercustomize or .pth of their own get it run once.
import os
import subprocess
import sys

os.makedirs("site")
BASE = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
FILES = {"site/sitecustomize.py": "import sys\nprint('own sitecustomize', __name__)\nexec('sys.marker = 1')\n",
         "site/usercustomize.py": "print('own usercustomize')\n", "site/helper.py": "print('helper', __name__)\n",
         "prog.py": "import sys\nprint('program', getattr(sys, 'marker', None))\nimport helper\neval('print(1)')\n"}
for path, text in FILES.items():
    with open(path, "w") as out:
        out.write(text)
for name, options, environment in (("path", [], {"PYTHONPATH": "site"}), ("isolated", ["-I"], {"PYTHONPATH": "site"}), ("none", ["-S"], {"PYTHONPATH": "site"}),
                                   ("dont write", ["-B"], {"PYTHONPATH": os.pathsep.join(["absent", "site"])})):
    p = subprocess.run([sys.executable, *options, "prog.py"], env={**BASE, **environment}, capture_output=True, text=True)
    print(name, p.returncode, p.stdout.splitlines(), p.stderr.splitlines()[-1:])
with open("site/sitecustomize.py", "w") as out:
    out.write("raise ValueError('broken customization')\n")
p = subprocess.run([sys.executable, "-c", "print('still runs')"], env={**BASE, "PYTHONPATH": "site"}, capture_output=True, text=True)
print(p.returncode, p.stdout, p.stderr)
p = subprocess.run([sys.executable, "-c", "import site; site.addsitedir('site'); exec('print(2)')"], capture_output=True, text=True)
print(p.returncode, p.stdout, p.stderr)
