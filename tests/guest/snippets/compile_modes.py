# The modes exec, eval and single differ in what they accept, print and return.
exec(compile("1 + 1", "<m>", "exec"))
exec(compile("1 + 1", "<m>", "single"))
exec(compile("'text'; None; [1]", "<m>", "single"))
exec(compile("for i in range(2): i * 10\n", "<m>", "single"))
exec(compile("x = 5\n", "<m>", "single"))
print(eval(compile("x + 1", "<m>", "eval")), _)
for source, mode in (("a = 1", "eval"), ("1; 2", "eval"), ("a = 1\nb = 2", "single"), ("if 1:\n  2", "single"),
                     ("", "eval"), ("", "single"), ("", "exec"), ("1", "nonsense"), ("1", "func_type")):
    try:
        print(mode, repr(source), type(compile(source, "<m>", mode)).__name__)
    except (SyntaxError, ValueError) as e:
        print(mode, repr(source), type(e).__name__, e)
import sys
sys.displayhook = lambda v: print("shown:", repr(v))
exec(compile("x\n", "<m>", "single"))
exec("x")
