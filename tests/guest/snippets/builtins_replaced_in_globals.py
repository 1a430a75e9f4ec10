# The __builtins__ of the given globals decide which names exec'd code can use.
import builtins
import types

for given in ({}, {"len": lambda x: "my len"}, builtins, types.ModuleType("empty"), {"print": lambda *a: print("wrapped", *a)}, 5):
    for text in ("len('abc')", "print('hi')", "__import__('os').name", "[x for x in (1, 2)]", "eval('1')", "None"):
        try:
            print(text, eval(text, {"__builtins__": given}), end="; ")
        except (NameError, TypeError, ImportError, SystemError) as e:
            print(text, type(e).__name__, str(e)[:40], end="; ")
    print()
try:
    exec("import os", {"__builtins__": {}})
except ImportError as e:
    print(e)
try:
    exec("class A: pass", {"__builtins__": {}})
except NameError as e:
    print(e)
ns = {"__builtins__": {"__import__": lambda name, *a: f"imported {name} {len(a)}", "__build_class__": lambda f, n, *b: n + " built"}}
exec("import anything.at.all, other\nclass B: pass\nfrom mod import lower", ns)
print(ns["anything"], ns["other"], ns["B"], ns["lower"]())
