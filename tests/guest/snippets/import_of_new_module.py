# A module file just written is found, executed once and keeps its errors and names.
import importlib
import os
import sys

sys.path.insert(0, "")
with open("fresh.py", "w") as out:
    out.write("print('executing', __name__, __file__.rsplit('/')[-1])\nvalue = [1]\nexec('made = 2')\n")
import fresh
import fresh as again
print(fresh is again, fresh.value, fresh.made, fresh.__spec__.origin.rsplit("/")[-1], fresh.__cached__ is None)
with open("broken.py", "w") as out:
    out.write("x = 1\ny = = 2\n")
with open("raises.py", "w") as out:
    out.write("partial = 1\n1 / 0\n")
for name in ("broken", "raises", "absent", "fresh.sub"):
    importlib.invalidate_caches()
    try:
        __import__(name)
    except (SyntaxError, ZeroDivisionError, ImportError) as e:
        print(name, type(e).__name__, str(e).replace(os.getcwd() + os.sep, ""), name in sys.modules)
exec("from fresh import value as v, made\nprint(v, made)")
print(eval("__import__('fresh').value"), os.path.exists("__pycache__"))
del sys.modules["fresh"]
exec("import fresh")
