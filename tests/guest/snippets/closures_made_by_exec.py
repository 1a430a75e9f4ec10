# Functions and closures compiled by exec keep their cells, defaults and globals.
ns = {}
exec("def counter(n=0):\n  def step(by=1):\n    nonlocal n\n    n += by\n    return n\n  return step", ns)
a, b = ns["counter"](), ns["counter"](10)
print(a(), a(), a(5), b(), b.__closure__[0].cell_contents, b.__code__.co_freevars)
print(a.__globals__ is ns, a.__code__.co_filename, a.__qualname__, a.__module__)
adders = [eval("lambda x, n=n: x + n", {"n": n}) for n in range(3)]
print([f(10) for f in adders])


def outer(v):
    inner = lambda: print("inner", v)
    exec(inner.__code__, {}, closure=inner.__closure__)
    return eval("lambda: v2 + 1", {"v2": v})


print(outer(4)())
try:
    exec(b.__code__)
except TypeError as e:
    print(e)
