# Source nested too deeply is refused by compile, exec and eval in the same place.
import ast

CASES = [("(" * 250 + ")" * 250), "-" * 3000 + "1", "[" * 90 + "]" * 90, "if 1:\n" + "".join(
    " " * i + "if 1:\n" for i in range(1, 101)) + " " * 101 + "pass", "x" + ".y" * 500, "+".join("1" * 900),
    "f(" * 60 + ")" * 60, "for i in x:\n" + "".join(" " * i + "for i in x:\n" for i in range(1, 21)) + " " * 21 + "pass"]
for source in CASES:
    try:
        compile(source, "<deep>", "exec")
        print(len(source), "compiled")
    except (SyntaxError, RecursionError, MemoryError) as e:
        print(len(source), type(e).__name__, str(e)[:60])
print(eval("+".join(["1"] * 900)), eval("(" * 100 + "5" + ")" * 100))
try:
    ast.literal_eval("[" * 250 + "]" * 250)
except (SyntaxError, MemoryError) as e:
    print(type(e).__name__, e)
