# sys.exc_info, __context__, __cause__ and tracebacks around exec hold only the program's errors.
import sys

try:
    exec("raise ValueError('one')")
except ValueError as e:
    print(e.__context__, e.__cause__, sys.exc_info()[1] is e, e.__traceback__.tb_next.tb_next)
    exec("import sys; print(sys.exc_info()[0].__name__)")
    try:
        eval("missing")
    except NameError as n:
        print(repr(n.__context__), n.name, sys.exception() is n)
    print(sys.exception() is e)
print(sys.exc_info(), sys.exception())
try:
    exec("if")
except SyntaxError as e:
    print(e.__context__, e.__cause__, e.__traceback__.tb_next, e.__traceback__.tb_lineno)
exec("print(sys.exception())")
unraisable = []
sys.unraisablehook = lambda u: unraisable.append((type(u.exc_value).__name__, str(u.exc_value), u.exc_traceback.tb_lineno))
exec("class D:\n    def __del__(self):\n        exec('raise KeyError(5)')\nD()")
print(unraisable, hasattr(sys, "last_value"))
