# What exec defines at top level is part of __main__, also for pickle and import.
import pickle
import sys

exec("def f(x):\n    return x + 1\nclass P:\n    def __init__(self, v): self.v = v\n    def __eq__(self, o): return self.v == o.v")
import __main__
print(__main__.f(1), f.__module__, P.__module__, P.__qualname__, __main__.P is P)
print(pickle.loads(pickle.dumps(P(3))) == P(3), pickle.loads(pickle.dumps(f)) is f)
ns = {"__name__": "elsewhere"}
exec("class Q: pass\ndef g(): return __name__", ns)
print(ns["Q"].__module__, ns["g"](), ns["g"].__module__)
try:
    pickle.dumps(ns["Q"]())
except pickle.PicklingError as e:
    print(str(e).split(" at 0x")[0])
exec("class R: pass", {})
exec("import json as j, os.path\nfrom math import floor")
print(j.dumps([1]), os.path.basename("a/b"), floor(1.5), sys.modules["__main__"].j is j)
print(__name__, exec("print(__name__)"), eval("__name__"))
