# Future statements pass from the caller into exec and compile, unless dont_inherit says no.
from __future__ import annotations
import __future__

source = "def f(a: undefined_name) -> 'x': pass"
exec(source)
print(f.__annotations__)
flag = __future__.annotations.compiler_flag
for args in ((0, False), (0, True), (flag, True)):
    ns = {}
    try:
        exec(compile(source, "<s>", "exec", *args), ns)
        print(args[0] == flag, args[1], ns["f"].__annotations__)
    except NameError as e:
        print(args, e)
code = compile("", "<s>", "exec")
print(bool(code.co_flags & flag), bool(compile("", "", "exec", 0, True).co_flags & flag))
for optimize in (0, 1, 2):
    ns = {}
    exec(compile("def g():\n    'doc'\n    assert False\n    return __debug__", "<s>", "exec", optimize=optimize), ns)
    try:
        print(optimize, ns["g"].__doc__, ns["g"]())
    except AssertionError:
        print(optimize, ns["g"].__doc__, "asserted")
