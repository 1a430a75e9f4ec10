# exec in a function sees a snapshot of its locals and cannot rebind them.
def f():
    x = 1
    exec("x = 2; y = 3")
    print(x, locals().get("y"), "y" in locals())
    d = locals()
    exec("x = 4; z = 5", globals(), d)
    print(x, sorted(d) == sorted(locals()), d.get("z"))
    print(eval("x + 1"), eval("[x for _ in range(2)]", {"x": 9}))
    try:
        eval("y + missing")
    except NameError as e:
        print(e)
    exec("global made_global; made_global = x * 10")
    del x
    print("x" in locals())
    return sorted(k for k in locals() if k != "d")


print(f(), made_global)
exec("def g():\n    v = 1\n    exec('v += 1; print(v)')\n    return v")
print(g())
