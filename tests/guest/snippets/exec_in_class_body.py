# exec in a class body defines attributes of the class, with its names and order.
class A:
    before = 1
    exec("x = before + 1\ndef method(self):\n    return self.x * 2")
    for name in ("p", "q"):
        exec(f"{name} = {name!r} * 3")
    y = eval("x + 1")
    exec("class Inner:\n    z = 4")


print(A.x, A().method(), A.p, A.q, A.y, A.Inner.z)
print([k for k in vars(A) if not k.startswith("_")])
print(A.method.__qualname__, A.Inner.__qualname__, A.method.__module__)
exec("class B(A):\n    exec('w = 1')\n    def method(self):\n        return super().method() + 1")
print(B().method(), B.w, B.__mro__[1].__name__)
try:
    class C:
        exec("def m(self): return super().__init__()")
    C().m()
except RuntimeError as e:
    print(type(e).__name__, e)
print(type("D", (), {"v": eval("3")}).v, eval("type('E', (A,), {})().x"))
