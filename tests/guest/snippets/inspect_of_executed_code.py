# inspect.stack, getsource and signature on code from exec, in functions and imports.
import inspect
import sys

exec("def f(a, b: int = 2, *c, d='x', **e) -> str:\n    return [(s.function, s.lineno, s.code_context) for s in inspect.stack()[:2]]")
print(inspect.signature(f), f(1)[0])
exec("def outer():\n    return eval('f(0)')[:2]\nprint(outer())")
for thing in (f, eval("lambda: 0")):
    try:
        print(inspect.getsource(thing))
    except OSError as e:
        print(type(e).__name__, e)
print(inspect.isfunction(f), inspect.getfile(f), inspect.getmodule(f).__name__)
with open("mod.py", "w") as out:
    out.write("import inspect, sys\nstack = [(s.function, s.filename.split('/')[-1]) for s in inspect.stack()]\ndef g():\n    return 1\n")
sys.path.insert(0, "")
import mod
print([s for s in mod.stack if "importlib" not in s[1]], len(mod.stack))
print(inspect.getsource(mod.g), inspect.getsourcelines(mod.g)[1], inspect.currentframe().f_lineno)
code = inspect.currentframe().f_code
print(code.co_name, eval("inspect.currentframe().f_code.co_name"))
