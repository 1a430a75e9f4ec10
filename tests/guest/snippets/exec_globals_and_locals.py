# exec and eval read and write the globals and locals that they are given.
a = 1
exec("a = 2; b = a + 1")
print(a, b)
g = {"a": 10}
exec("a += 1; c = a", g)
print(g["a"], g["c"], a, "__builtins__" in g, sorted(k for k in g if k != "__builtins__"))
g, l = {"x": 1, "y": 2}, {"y": 3}
exec("global x; z = x + y; y = 0; x = 5", g, l)
print(g["x"], g["y"], l)
print(eval("a + x", {"a": 1}, {"x": 2}), eval("(lambda: a)()", {"a": "global"}, {"a": "local"}))
try:
    exec("def f(): return q\nq = 1\nprint(f())", {}, {})
except NameError as e:
    print("NameError:", e)
for bad in ("exec('', 1)", "exec('', {}, 1)", "eval('1', [])", "exec()", "exec(1)", "eval(None)"):
    try:
        eval(bad)
    except TypeError as e:
        print(bad, "->", e)
print(exec("1"), eval(" \t1"), exec("", None, None), eval("a", None, {"a": 7}))
