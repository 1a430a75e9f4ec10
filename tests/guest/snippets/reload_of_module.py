# importlib.reload runs the changed source in the same module object.
import importlib
import pathlib
import sys

sys.path.insert(0, "")


def write(text):
    pathlib.Path("changing.py").write_text(text)


write("a = 1\nb = 'stays'\n")
import changing
before = id(changing)
write("a = 2 + globals().get('a', 0)  # longer now\n")
print(importlib.reload(changing).a, changing.b, id(changing) == before)
for text in ("a = 'third version of it'\nraise ValueError('half way')\n", "syntax error", None):
    write(text) if text else pathlib.Path("changing.py").unlink()
    try:
        importlib.reload(changing)
    except Exception as e:
        print(type(e).__name__, e.args[0], changing.a, "changing" in sys.modules)
