# exec, eval, compile and os.system are the builtin functions with their own names and types.
import builtins, copy, inspect, os, pickle, subprocess

for f in (exec, eval, compile, builtins.__import__, print, open, input, os.system, os.fork, os.execv):
    print(f, type(f).__name__, f.__name__, f.__qualname__, f.__module__, getattr(f, "__text_signature__", None))
print(exec is builtins.exec, eval is vars(builtins)["eval"], copy.copy(exec) is exec, pickle.loads(pickle.dumps(eval)) is eval)
print(inspect.isbuiltin(exec), inspect.signature(compile), callable(exec), exec.__self__ is builtins, bool(eval.__doc__))
print(type(subprocess.Popen).__name__, subprocess.Popen.__module__, subprocess.Popen.__init__.__qualname__, inspect.isfunction(subprocess.run))
print(hasattr(exec, "__wrapped__"), hasattr(exec, "__code__"), hasattr(exec, "__dict__"), exec == builtins.exec, {exec: 1}[exec])
old, builtins.exec = exec, lambda *a: print("replaced", a[0])
exec("not run")
builtins.exec = old
exec("print('run')")
try:
    exec.attribute = 1
except AttributeError as e:
    print(e)
exec = lambda text: print("shadowed", text)
exec("x")
del exec
exec("print('builtin again')")
