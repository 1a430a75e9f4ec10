# Unpickling and marshal run code without its source, and give what it returns.
import marshal
import os
import pickle
import subprocess
import types


class Run:
    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


for call in ((eval, "1 + 1"), (exec, "made = 'by pickle'"), (os.system, "exit 3"), (compile, "5", "<p>", "eval"), (eval, "1/0"), (subprocess.call, ["true"])):
    try:
        print(str(pickle.loads(pickle.dumps(Run(*call)))).split(" at 0x")[0])
    except ZeroDivisionError as e:
        print(e)
code = marshal.loads(marshal.dumps(compile("print('marshalled', __name__)\nw = 2", "gone.py", "exec")))
exec(code)
print(types.FunctionType(code, {"print": print, "__name__": "given"})(), w)
