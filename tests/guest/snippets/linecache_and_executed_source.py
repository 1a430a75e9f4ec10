# Source registered in linecache for exec'd text appears in tracebacks, marks and inspect.
import inspect
import linecache
import os
import traceback
import warnings

source = "def boom(x):\n    return (x +\n            x['key'])\n\ndef call(): return boom(1) or 2\n"
linecache.cache["<made 1>"] = (len(source), None, source.splitlines(True), "<made 1>")
exec(compile(source, "<made 1>", "exec"))
try:
    call()
except TypeError:
    print(traceback.format_exc().replace(os.getcwd() + os.sep, ""))
print(inspect.getsource(boom), linecache.getline("<made 1>", 5), linecache.getline("<string>", 1), sorted(k for k in linecache.cache if k.startswith("<")))
linecache.checkcache()
try:
    exec("\n\ncall()")
except TypeError as e:
    print([(f.filename.rsplit("/")[-1], f.lineno, f.name, f.line) for f in traceback.extract_tb(e.__traceback__)])
linecache.clearcache()
print(repr(linecache.getline("<made 1>", 1)), repr(traceback.format_stack()[-1].split("line")[1][:5]))
print(warnings.formatwarning("text", UserWarning, "<made 1>", 1, "the line"))
