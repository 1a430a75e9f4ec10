# .pyc files run by path, by import and by -m as their sources would.
import os
import py_compile
import subprocess
import sys

with open("mod.py", "w") as out:
    out.write("import sys\nprint('mod', __name__, sys.argv[1:])\ndef f():\n    return eval('1 / 0')\nif __name__ == '__main__':\n    exec('f()')\n")
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
py_compile.compile("mod.py", "mod.pyc", invalidation_mode=unchecked)
py_compile.compile("mod.py", "dir/other.pyc", dfile="claimed.py", invalidation_mode=unchecked)
os.remove("mod.py")
sys.path[:0] = ["", "dir"]
import mod
import other
print(os.path.basename(mod.__file__), other.f.__code__.co_filename, type(mod.__loader__).__name__)
for args in (["mod.pyc", "a"], ["-m", "mod", "b"], ["dir/other.pyc"], ["-c", "import mod; mod.f()"]):
    p = subprocess.run([sys.executable, *args], capture_output=True, text=True)
    print(args, p.returncode, p.stdout, p.stderr.replace(os.getcwd() + os.sep, ""))
with open("bad.pyc", "wb") as out:
    out.write(b"\0" * 40)
p = subprocess.run([sys.executable, "bad.pyc"], capture_output=True, text=True)
print(p.returncode, p.stdout, p.stderr)
