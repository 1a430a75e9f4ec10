# Python in shell pipelines keeps its program, stdin and stdout apart.
import subprocess

SCRIPTS = ["echo 'print(1 + 1)' | python3", "echo 'data' | python3 -c 'print(input())'", "python3 -c 'import sys; sys.exit(3)'; echo $?",
           "cat data.txt | python3 prog.py y | python3 -c 'import sys; print(sys.stdin.read().upper())'",
           "python3 -c 'print(\"x\" * 200000)' 2>/dev/null | head -c 3", "(echo 'print(3)'; echo 'print(4)') | python3 -u - | sort -r",
           "python3 -c 'raise SystemExit(\"err\")' 2>&1 | cat"]
with open("prog.py", "w") as out:
    out.write("import sys\nprint(sys.argv[1:], repr(sys.stdin.read()))\n")
with open("data.txt", "w") as out:
    out.write("line 1\nline 2\n")
for script in SCRIPTS:
    p = subprocess.run(script, shell=True, capture_output=True, text=True)
    print(p.returncode, repr(p.stdout), p.stderr)
