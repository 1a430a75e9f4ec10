# A circular import sees the half-made module, and its error names it.
import os
import sys

sys.path.insert(0, "")
FILES = {"a.py": "print('a starts')\nimport b\nx = 'a.x'\nprint('a ends', b.y)\n",
         "b.py": "print('b starts')\nimport a\nprint(hasattr(a, 'x'))\ny = 'b.y'\n",
         "c.py": "from d import late\nearly = 1\n", "d.py": "exec('from c import early')\nlate = 2\n",
         "e.py": "import e\nprint(e.__name__, __name__)\nself = e\n"}
for path, text in FILES.items():
    with open(path, "w") as out:
        out.write(text)
import a
print(a.b.a is a, a.b.y)
try:
    import c
except ImportError as e:
    print(str(e).replace(os.getcwd() + os.sep, ""), "c" in sys.modules, "d" in sys.modules)
import e as self_importing
print(self_importing.self is self_importing)
exec("import a, b; print(a.x, b.y)")
