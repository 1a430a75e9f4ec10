# bash started from Python evaluates, sources, traps and reads as it does from a shell.
import subprocess

with open("part.sh", "w") as out:
    out.write("echo \"part $1\"\nreturn 4\n")
CASES = [(["bash", "-c", "eval 'echo $0 $1'; exit 3", "name", "arg"], None), (["bash", "part.sh", "x"], None),
         (["bash"], "read -r x\ndata\necho \"got $x\"; exit 5"), (["bash", "-s", "a"], "eval 'echo $1'\ncat\nrest\n"),
         (["bash", "-c", ". ./part.sh y; echo $?"], None), (["bash", "-c", "if"], None), (["bash", "-c", "trap 'echo bye' EXIT; eval 'exit 6'"], None),
         (["bash", "-ec", "eval false; echo no"], None), (["bash", "-xc", "eval ':'"], None), (["sh", "-c", "eval 'echo sh'; . ./part.sh"], None),
         (["bash", "-c", "python3 -c 'exec(\"print(1)\")' | python3 -c 'print(input())'"], None), (["bash", "-c", "cat; eval 'cat'"], "in")]
for args, text in CASES:
    p = subprocess.run(args, input=text, capture_output=True, text=True)
    print(args[1:], p.returncode, repr(p.stdout), p.stderr)
try:
    subprocess.check_output(["bash", "-c", "eval 'echo partial; exit 7'"], stderr=subprocess.STDOUT)
except subprocess.CalledProcessError as e:
    print(e, e.output, e.stderr)
