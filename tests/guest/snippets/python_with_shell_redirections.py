# Redirections and here-documents give python its program or its input.
import subprocess

SCRIPTS = ["python3 - x < prog.py", "python3 prog.py < data.txt", "python3 <<'E'\nimport sys\nprint('here', sys.argv)\nE", "python3 /dev/stdin z < prog.py",
           "echo 'exec(\"print(2)\")' > p.py && python3 p.py && bash -c 'python3 p.py'", "python3 prog.py <&-; echo $?", "python3 -c 'print(1)' >&- 2>/dev/null; echo $?",
           "echo 'while 1: print(input())' > loop.py; python3 loop.py < data.txt 2>&1 | tail -n 1"]
with open("prog.py", "w") as out:
    out.write("import sys\nprint(sys.argv[1:], repr(sys.stdin and sys.stdin.read()))\n")
with open("data.txt", "w") as out:
    out.write("line 1\nline 2\n")
for script in SCRIPTS:
    p = subprocess.run(script, shell=True, capture_output=True, text=True)
    print(p.returncode, repr(p.stdout), p.stderr)
