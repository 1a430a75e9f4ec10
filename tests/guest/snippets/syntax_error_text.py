# SyntaxErrors from exec, eval and compile carry file, line, offsets and text.
import traceback

SOURCES = ["if True\n  pass", "a = (1,\nb = 2", "print 'x'", "def f(:\n pass", "x = 'open", "x = '''open\nmore",
           "for i in 1:\npass", " indented", "if 1:\n\tx\n        y", "return 1", "break", "a b", "f(**x, *y)",
           "1 = x", "x: int: y", "é = 1 2", "lambda: (yield)\nawait x", "nonlocal z", "f'{'", "$", "\\ x", "0777"]
for source in SOURCES:
    try:
        exec(source)
    except SyntaxError as e:
        print(type(e).__name__, e.filename, e.lineno, e.offset, e.end_lineno, e.end_offset, repr(e.text), e.msg)
    else:
        print("accepted", repr(source))
try:
    compile("x = (\n  1 +\n  2 3)\n", "some file.py", "exec")
except SyntaxError as e:
    print("".join(traceback.format_exception_only(e)))
try:
    eval("1 +")
except SyntaxError as e:
    print("".join(traceback.format_exception_only(e)), e.args[0], e.args[1][:3])
