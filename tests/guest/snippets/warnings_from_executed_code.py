# Warnings raised in or by exec'd code name the right file and line, once each.
import sys
import warnings

sys.stderr = sys.stdout
warnings.simplefilter("always")
warnings.showwarning = lambda m, c, f, n, file=None, line=None: print(c.__name__, f.rsplit("/", 1)[-1], n, m)
exec("import warnings\nwarnings.warn('direct')")
exec("def old():\n    warnings.warn('old is old', DeprecationWarning, stacklevel=2)\n\nold()")
exec("x = 1 is 1")
compile("'\\d'", "escape.py", "eval")
compile("print((1)(2))", "call.py", "exec")
exec("assert (1, 'always true')")
warnings.simplefilter("error")
for source in ("'a' is 'b'", "'\\q'", "warnings.warn('as error')"):
    try:
        exec(source)
    except (Warning, SyntaxError) as e:
        print(type(e).__name__, e)
warnings.simplefilter("default")
exec("for i in range(3): warnings.warn('once per place')")
with warnings.catch_warnings(record=True) as seen:
    exec("warnings.warn('recorded', stacklevel=1)")
print([(str(w.message), w.lineno, w.filename) for w in seen], len(warnings.filters) > 0)
