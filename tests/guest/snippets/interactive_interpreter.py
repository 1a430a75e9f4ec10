# code.InteractiveInterpreter and python -i echo values, prompts and errors.
import code
import codeop
import subprocess
import sys

sys.stderr = sys.stdout
console = code.InteractiveInterpreter({"x": 5})
for source in ("x + 1", "y = x * 2", "y", "def f():\n    return 1\n", "f()", "if x:", "1 +", "x / 0", "exec('raise KeyError(1)')", "_"):
    print(repr(source), console.runsource(source, "<typed>"))
for source in ("a = 1", "for i in []:", "for i in []:\n    pass\n", "'''open"):
    print(repr(source), codeop.compile_command(source) is None)
lines = iter(["z = 3", "print(z)", "if z:", "    exec('z += 1')", "", "z", "exit()"])
interactive = code.InteractiveConsole()
interactive.raw_input = lambda prompt="": next(lines)
try:
    interactive.interact(banner="banner", exitmsg="bye")
except SystemExit as e:
    print("left", e.code)
p = subprocess.run([sys.executable, "-q", "-i", "-c", "v = 6"], input="v\nexec('w = v')\n1/0\nw\n", capture_output=True, text=True)
print(p.returncode, repr(p.stdout), p.stderr)
