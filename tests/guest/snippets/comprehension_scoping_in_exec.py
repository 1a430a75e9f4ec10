# Comprehensions in exec see globals but not separate locals, except in the first iterable.
exec("n = 3; print([n * i for i in range(n)])")
for source in ("[i for i in range(k)]", "[k for i in range(2)]", "{i: k for i in [1]}",
               "list(i for i in [1] if k)", "[(lambda: k)() for _ in [0]]", "[j := k, j]"):
    try:
        print(source, eval(source, {}, {"k": 2}))
    except NameError as e:
        print(source, "NameError", e)
exec("print([y := x, y ** 2][-1] if (x := 5) else 0)")
print(x, y)
print(eval("[z := i for i in range(4)]"), z)
exec("class K:\n    k = 2\n    a = k * 2\n    b = [i for i in range(k)]\nprint(K.a, K.b)")
try:
    exec("class K:\n    k = 2\n    c = [k for _ in range(1)]", {})
except NameError as e:
    print(e)
try:
    exec("[i := 0 for i in range(1)]")
except SyntaxError as e:
    print(e.msg, e.lineno, e.offset)
