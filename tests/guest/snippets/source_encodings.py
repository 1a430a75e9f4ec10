# Coding cookies, byte order marks and the stdio encoding act on programs as documented.
import os
import subprocess
import sys

TEXT = "s = 'caf\u00e9 \u00a4'\nprint(ascii(s), len(s))\nexec('print(ascii(\"\u00e9\"))')\n"
PROGRAMS = {"latin": "# -*- coding: latin-1 -*-\n".encode() + TEXT.encode("latin-1"), "nine": b"#!/bin/x\n# vim: fileencoding=iso8859-15\n" + TEXT.encode("latin-1"),
            "plain": TEXT.encode(), "bom": b"\xef\xbb\xbf" + TEXT.encode(), "wrong": TEXT.encode("latin-1"), "unknown": b"# coding: none-such\nprint(1)\n",
            "late": b"\n\n# coding: latin-1\nprint('ok')\n", "utf16": TEXT.encode("utf-16"), "crlf": b"x = 1\r\nif x:\r\n    print('crlf')\r\n"}
for name, data in PROGRAMS.items():
    with open(name + ".py", "wb") as out:
        out.write(data)
    p = subprocess.run([sys.executable, name + ".py"], capture_output=True, text=True)
    print(name, p.returncode, p.stdout.split("\n"), p.stderr.replace(os.getcwd() + os.sep, ""))
for encoding in ("ascii:replace", "latin-1", "utf-8"):
    p = subprocess.run([sys.executable, "-c", "exec('print(\"é\")')"], env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True)
    print(encoding, p.stdout)
p = subprocess.run([sys.executable, b"-c", b"print(ascii('\xff'))"], capture_output=True)
print(p.returncode, p.stdout, p.stderr)
