# An audit hook that the program adds sees its own events, each once, and can refuse them.
import os
import subprocess
import sys

seen, watched = [], ("compile", "exec", "os.system", "subprocess.Popen", "os.fork", "os.exec", "import", "os.posix_spawn")
def hook(event, args):
    if seen is not None and event in watched:
        seen.append((event, getattr(args[0], "co_filename", args[0])))
        if event == "os.system" and b"forbidden" in args[0]:
            raise PermissionError("refused by the program")

sys.addaudithook(hook)
exec("a = 1")
eval("a")
compile("a", "named.py", "eval")
os.system("true")
subprocess.run(["true"])
try:
    os.system("echo forbidden")
except PermissionError as e:
    print(e)
sys.audit("exec", compile("", "made.py", "exec"))
shown, seen = seen, None
print(*shown, sep="\n")
