# Objects made by exec and eval die when their namespaces do; nothing else keeps them.
import gc
import sys
import weakref

gc.disable()
ns = {}
exec("class C:\n    def __del__(self): print('deleted', self.n)\n    def __init__(self, n): self.n = n\na, b = C(1), C(2)", ns)
refs = [weakref.ref(ns["a"]), weakref.ref(ns["C"])]
del ns["a"]
print(refs[0]() is None)
exec("del b; c = C(3)", ns)
text = "d = C(4)" + " " * 5
print(sys.getrefcount(text), exec(text, ns), sys.getrefcount(text))
before = sys.getrefcount(ns), sys.getrefcount(exec)
exec("x = 1", ns), eval("x", ns), compile("x", "<c>", "eval")
print(before == (sys.getrefcount(ns), sys.getrefcount(exec)), sys.getrefcount(ns))
code = compile("y = 1", "<code>", "exec")
watch = weakref.ref(code)
exec(code, {})
del code
print(watch() is None, eval("C(5).n", ns))
ns.clear()
gc.collect()
print(refs[1]() is None, len(gc.garbage), exec("import gc; print(gc.isenabled())"))
