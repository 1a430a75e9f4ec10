# Reading stdin before, in and after exec, and from children, takes the lines in order.
import subprocess
import sys

PROGRAM = """import os, subprocess, sys
print(sys.stdin.readline().strip())
exec("print(input())")
print(eval("input('prompt ')"))
exec("import sys\\nfor line in sys.stdin:\\n    print('loop', line.strip())\\n    break")
print(repr(sys.stdin.read()))
"""
p = subprocess.run([sys.executable, "-c", PROGRAM], input="1\n2\n3\n4\n5\n6\n", capture_output=True, text=True)
print(p.stdout, p.stderr, p.returncode)
with open("lines.txt", "w") as out:
    out.write("a\nb\nc\nd\n")
UNBUFFERED = ("import os, subprocess\nprint(os.read(0, 2), flush=True)\nos.system('head -n 1')\n"
              "subprocess.run(['bash', '-c', 'read -r x; echo got $x'])\nexec('print(os.read(0, 2))')")
p = subprocess.run([sys.executable, "-c", UNBUFFERED], stdin=open("lines.txt"), capture_output=True, text=True)
print(p.stdout, p.stderr, p.returncode)
try:
    exec("input()")
except EOFError as e:
    print("own stdin:", e)
p = subprocess.run([sys.executable, "-c", "exec('print(__import__(\"sys\").stdin)')"], preexec_fn=lambda: exec("import os; os.close(0)"), capture_output=True, text=True)
print(p.stdout, p.returncode)
