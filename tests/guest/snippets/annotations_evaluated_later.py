# typing and inspect evaluate annotation strings in the namespace of their owner.
from __future__ import annotations

import inspect
import string
import typing

exec("def f(a: int, b: 'list[Later]' = None) -> typing.Optional[Later]: ...\nclass Later:\n    x: ClassVar[int] = 1\n    y: 'Later'")
print(f.__annotations__)
try:
    typing.get_type_hints(Later)
except NameError as e:
    print(e)
print(typing.get_type_hints(f), inspect.signature(f, eval_str=True))
print(typing.get_type_hints(Later, localns={"ClassVar": typing.ClassVar}, include_extras=True))
print(typing.ForwardRef("int | None").__forward_code__.co_filename, typing.ForwardRef("a.b", is_argument=False))
for bad in ("1 +", "not valid here", "x y"):
    try:
        typing.ForwardRef(bad)
    except SyntaxError as e:
        print(e)
print(eval(f"f'{{1 + 1}} {{f.__name__!r:>5}}'"), "{0.__class__.__name__}".format(f), string.Template("$a").substitute(a=eval("3")))
print(inspect.get_annotations(f), inspect.get_annotations(f, eval_str=True))
