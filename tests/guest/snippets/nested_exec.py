# exec inside exec inside eval keeps each level's scope, value and error.
exec("exec('exec(\"a = 1\")'); b = a + 1; exec('c = a + b')")
print(a, b, c)
source = "print('bottom', n)"
for _ in range(6):
    source = "exec(%r)" % source
exec(source, {"n": 6})
print(eval("eval('eval(\"1 + 1\") + 1') + 1"))
print(eval("[eval(s) for s in ('1', '\"two\"', 'eval(\"3\")')]"))


def quine(n):
    return n and eval("quine(n - 1) + n", globals(), {"n": n})


print(quine(50))
try:
    exec("try:\n    exec('raise ValueError(1)')\nexcept ValueError as e:\n    exec('raise KeyError(2)')")
except KeyError as e:
    print(repr(e), repr(e.__context__), e.__suppress_context__)
exec("f = eval('lambda s: exec(s, g)', {'exec': exec, 'g': (g := {})}); f('x = 5')")
print(g["x"])
