# Code objects run with exec and eval; their fields and replace() are as compiled.
code = compile("a = 1\nb = a + 1\nprint('ran', b)", "made.py", "exec")
for _ in range(2):
    exec(code)
print(eval(code), a, b)
print(code.co_filename, code.co_name, code.co_names, code.co_consts, code.co_firstlineno)
other = code.replace(co_filename="renamed.py", co_consts=tuple(c if c != 1 else 41 for c in code.co_consts))
exec(other)
f = lambda: print("function body") or 7
print(eval(f.__code__), exec(f.__code__))
try:
    exec((lambda v: v).__code__)
except TypeError as e:
    print(e)
expression = compile("a * 2", "<expr>", "eval")
print(eval(expression), exec(expression), eval(expression, {"a": 21}))
print(compile("1", "", "eval") == compile("1", "", "eval"), type(code).__name__)
inner = [c for c in compile("def f(): return 5", "x", "exec").co_consts if hasattr(c, "co_name")]
print(inner[0].co_qualname, eval(inner[0]), list(code.co_lines())[0][2], list(inner[0].co_positions())[-1])
