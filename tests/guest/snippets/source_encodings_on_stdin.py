# Coding cookies and byte order marks of a program on stdin act as documented.
import subprocess
import sys

TEXT = "s = 'caf\u00e9 \u00a4'\nprint(ascii(s), len(s))\nexec('print(ascii(\"\u00e9\"))')\n"
PROGRAMS = {"latin": "# -*- coding: latin-1 -*-\n".encode() + TEXT.encode("latin-1"), "plain": TEXT.encode(), "bom": b"\xef\xbb\xbf" + TEXT.encode(),
            "wrong": TEXT.encode("latin-1"), "unknown": b"# coding: none-such\nprint(1)\n", "late": b"\n\n# coding: latin-1\nprint('ok')\n",
            "utf16": TEXT.encode("utf-16"), "crlf": b"x = 1\r\nif x:\r\n    print('crlf')\r\n", "utf8": "# coding: utf-8\n".encode() + TEXT.encode()}
for name, data in PROGRAMS.items():
    p = subprocess.run([sys.executable], input=data, capture_output=True)
    print(name, p.returncode, p.stdout, p.stderr)
