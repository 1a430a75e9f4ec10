# runpy.run_module and python -m run modules and packages under the names they ask for.
import os
import runpy
import subprocess
import sys

sys.path.insert(0, "")
os.makedirs("pkg/sub")
for path, text in (("pkg/__init__.py", "print('init', __name__)"), ("pkg/__main__.py", "print('main', __name__, __package__)"),
                   ("pkg/sub/__init__.py", ""), ("pkg/sub/mod.py", "from .. import __name__ as up\nprint(__name__, up)\nr = 5"),
                   ("single.py", "import sys\nprint(__name__, sys.argv[1:], __spec__.name)\nsys.exit(len(sys.argv))")):
    with open(path, "w") as out:
        out.write(text + "\n")
print(runpy.run_module("pkg.sub.mod")["r"])
runpy.run_module("pkg", run_name="__main__")
print(runpy.run_module("pkg.sub.mod", run_name="other", alter_sys=True)["__name__"])
for args in (["single", "a", "b"], ["pkg"], ["pkg.sub.mod"], ["pkg.sub"], ["missing"], ["pkg.missing"]):
    p = subprocess.run([sys.executable, "-m", *args], capture_output=True, text=True)
    print(args, p.returncode, p.stdout.split("\n"), p.stderr.replace(os.getcwd(), ""))
