# Options of python that change the start, the path or the checks leave programs as they are.
import os
import subprocess
import sys

PROGRAM = "import sys; exec('x = eval(\"20 + 1\")'); assert x == 21; print(x, len(sys.argv), __debug__, sys.flags.optimize, sys.flags.isolated)"
for options in (["-I"], ["-S"], ["-E"], ["-s"], ["-O"], ["-OO"], ["-B"], ["-u"], ["-b"], ["-P"], ["-q"], ["-d"], ["-W", "error"],
                ["-X", "utf8"], ["-X", "frozen_modules=off"], ["-I", "-S", "-E"], ["--no-such-option"]):
    p = subprocess.run([sys.executable, *options, "-c", PROGRAM], capture_output=True, text=True)
    print(options, p.returncode, p.stdout.strip(), p.stderr.split("\n")[0])
p = subprocess.run([sys.executable, "-W", "always", "-c", "exec('1 is 1')"], capture_output=True, text=True)
print(p.returncode, p.stderr)
p = subprocess.run([sys.executable], env={"PATH": os.environ["PATH"], "PYTHONOPTIMIZE": "1"}, input="print(__debug__)", capture_output=True, text=True)
print(p.returncode, p.stdout, p.stderr)
