# exec and eval use the methods of mappings given as locals, and never those of globals.
import collections
class Log(dict):
    def __getitem__(self, key):
        print("get", key)
        return super().__getitem__(key)
    def __setitem__(self, key, value):
        print("set", key, value)
        super().__setitem__(key, value)
    def __missing__(self, key):
        return key.upper() if key != "len" else exec("raise KeyError")

exec("x = y = 1; z = x + len('ab')\ndel y", {}, Log())
print(eval("unknown + other", {}, Log()))
g = Log(a=1)
exec("b = a; global c; c = b", g)
print(sorted(k for k in g if k != "__builtins__"))
exec("class K:\n    v = a", g, Log(a=2))
chain = collections.ChainMap({}, {"p": 1})
exec("p += 1; q = p", {}, chain)
print(chain.maps)
try:
    exec("r = 1", {}, type("RO", (), {"__getitem__": lambda s, k: 1, "keys": lambda s: []})())
except TypeError as e:
    print(e)
