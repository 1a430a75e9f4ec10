# Packages run __init__ first; relative and star imports bind what __all__ or the names say.
import os
import sys

sys.path.insert(0, "")
os.makedirs("pk/deep")
FILES = {"pk/__init__.py": "print('init', __path__ is not None)\nfrom .one import *\nfrom . import two\n",
         "pk/one.py": "__all__ = ['shown', '_private']\nshown, _private, hidden = 1, 2, 3\n",
         "pk/two.py": "from .one import hidden as h\nfrom .deep import leaf\nexec('from .one import shown as s')\n",
         "pk/deep/__init__.py": "", "pk/deep/leaf.py": "from .. import one\nfrom ..one import __name__ as full\nimport pk.one as again\nsame = one is again\n",
         "plain.py": "a, _b = 1, 2\nimport sys\n"}
for path, text in FILES.items():
    with open(path, "w") as out:
        out.write(text)
import pk
print(pk.shown, pk._private, hasattr(pk, "hidden"), pk.two.h, pk.two.s, pk.two.leaf.same)
ns = {}
exec("from plain import *\nfrom pk import *", ns)
print(sorted(k for k in ns if not k.startswith("__")))
for text in ("from . import x", "from .. import y", "from pk import nothing", "def f(): from plain import *"):
    try:
        exec(text)
    except (ImportError, SyntaxError) as e:
        print(type(e).__name__, str(e).replace(os.getcwd(), ""))
