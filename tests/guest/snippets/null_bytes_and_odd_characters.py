# Text with NULs, form feeds, surrogates, odd newlines and tabs is refused or run as before.
import os
import subprocess
import sys

for text in ("x = 1\0", "\0", b"\0", "'a\\0b'", "x = 1\f\ny = 2", "x = 1\n\x1a", "x = '\udc80'", "x\u00a0= 1", "\ufeffx = 1", "x = 1;;", "x = 1\\\n + 1",
             "if 1:\n\tx = 1\n\ty = 2", "\r\n\r\nx = 3", "\u2028", "x = '\u2028'", "\\\n", "#", "é\u0301 = 1", "𝐱 = 5", "x = 1 # \ud83d"):
    try:
        exec(text)
        print(ascii(text), "ran")
    except (SyntaxError, ValueError) as e:
        print(ascii(text), type(e).__name__, ascii(str(e)))
print(x, compile("x", "name\u00e9", "eval").co_filename)
try:
    compile("x", "name\0", "eval")
except ValueError as e:
    print(e)
with open("nul.py", "wb") as out:
    out.write(b"print('before')\nx = 1\0\nprint('after')\n")
p = subprocess.run([sys.executable, "nul.py"], capture_output=True, text=True)
print(p.returncode, repr(p.stdout), p.stderr.replace(os.getcwd() + os.sep, ""))
p = subprocess.run([sys.executable], input="print(1)\n\0print(2)\n", capture_output=True, text=True)
print(p.returncode, repr(p.stdout), bool(p.stderr))
