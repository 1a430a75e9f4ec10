# Sources of 200 kB and more run whole through exec, eval, files, stdin, modules and -c.
import subprocess
import sys

lines = "".join(f"n = n + {i % 7}  # line {i:030d}\n" for i in range(4500))
print(len(lines))
ns = {"n": 0}
exec(lines, ns)
print(ns["n"], len(eval("[" + "1, " * 70000 + "]")), len(eval(repr("x" * 250000))))
program = "n = 0\n" + lines + "print(n, len(dir()))\nimport sys\nsys.exit(n % 100)\n"
with open("big.py", "w") as out:
    out.write(program)
for args, text in ((["big.py"], None), ([], program), (["-c", program[:100000].rsplit("\n", 1)[0] + "\nprint(n)"], None), (["-m", "big"], None),
                   (["-c", "exec(open('big.py').read())"], None)):
    p = subprocess.run([sys.executable, *args], input=text, capture_output=True, text=True)
    print(p.returncode, p.stdout, p.stderr, end="")
try:
    exec(lines + "1/0", ns)
except ZeroDivisionError as e:
    print(e.__traceback__.tb_next.tb_lineno)
