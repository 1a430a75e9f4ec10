# python - and piped programs take the text from stdin to its end, so input() finds none.
import subprocess
import sys


def run(text, *args):
    p = subprocess.run([sys.executable, *args], input=text, capture_output=True, text=True)
    print(args, p.returncode, repr(p.stdout), p.stderr)


run("import sys\nprint(sys.argv, __name__, repr(sys.path[0]))\n")
run("import sys\nprint(sys.argv)\nexec('print(__name__)')", "-", "a", "b")
run("print(repr(__import__('sys').stdin.read()))\n# the rest\n")
run("try:\n    input()\nexcept EOFError as e:\n    print('EOF', e)\n")
run("x = 1\ny = = 2\nprint('never')\n")
run("print('first')\ndef f():\n    eval('1/0')\nf()\n", "-")
run("")
run("import sys; sys.exit(5)")
run("line from stdin\nsecond\n", "-c", "print(input()); exec('print(input())')")
run("print(open(0).read() == '', __file__ if '__file__' in globals() else 'no file')")
run("# coding: latin-1\nprint('ok')\n" + "x = 1\n" * 3000 + "print(x, len(dir()))")
