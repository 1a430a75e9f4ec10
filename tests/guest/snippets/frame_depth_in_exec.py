# sys._getframe finds the frames of exec and its callers, and no others between them.
import sys


def names(f=None):
    f = f or sys._getframe(1)
    here = (f.f_code.co_name, f.f_code.co_filename.rsplit("/", 1)[-1], f.f_lineno)
    return [here] + (names(f.f_back) if f.f_back else [])


def f():
    exec("def g():\n    return names()\nprint(g())", globals())
    return eval("(lambda: names())()")


print(names())
exec("print(names())")
exec("\n\nexec('print(names())')")
print(eval("names()"), f(), eval("[names() for _ in range(1)][0]"))
exec("frame = sys._getframe()")
print(frame.f_globals is globals(), frame.f_lineno, frame.f_code.co_name, frame.f_back is sys._getframe())
try:
    eval("sys._getframe(2)")
except ValueError as e:
    print(e)
