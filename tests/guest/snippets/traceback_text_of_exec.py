# Tracebacks through exec and eval show the frames and lines that a plain run shows.
import os
import traceback


def show():
    print(traceback.format_exc().replace(os.getcwd() + os.sep, ""), end="")


def call(source):
    try:
        exec(source)
    except Exception:
        show()


call("x = 1\ny = x / 0")
call("def f(n):\n    return f(n - 1) if n else eval('1 + None')\nf(2)")
call("try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('second') from e")
call("import json\njson.loads('[1,')")
call("exec('exec(\"raise OSError(2, \\'none\\')\")')")
call("exec(compile('\\n\\nraise RuntimeError(1)', 'not_a_file_at_all.py', 'exec'))")
