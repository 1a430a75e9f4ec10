# doctest executes its examples one after another and reports the failures with their lines.
import doctest
import subprocess
import sys

TEXT = '''Examples
>>> x = 1
>>> exec("x += 1")
>>> x
2
>>> for i in range(2): eval("print(i)")
0
1
>>> 1 / 0
Traceback (most recent call last):
ZeroDivisionError: division by zero
>>> x  # fails
3
'''
with open("examples.txt", "w") as out:
    out.write(TEXT)
p = subprocess.run([sys.executable, "-m", "doctest", "examples.txt"], capture_output=True, text=True)
print(p.returncode, p.stdout, p.stderr)
test = doctest.DocTestParser().get_doctest(TEXT.rsplit(">>>", 1)[0], {}, "name", "file", 0)
print(doctest.DocTestRunner().run(test), [e.lineno for e in test.examples])
