# A forked child evaluates, execs and exits on its own; the parent sees its status.
import os
import sys


def child(body):
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        try:
            exec(body)
        except BaseException as e:
            print("child ends with", repr(e), flush=True)
            os._exit(9)
        sys.stdout.flush()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


x = 1
for body in ("x = 2; print('child', x, globals()['x'])", "raise SystemExit(4)", "1/0", "os._exit(5)", "os.execvp('bash', ['bash', '-c', 'eval \"echo bash; exit 6\"'])",
             "os.execv(sys.executable, [sys.executable, '-c', 'exec(\"print(7)\"); raise SystemExit(7)'])", "child('print(\"grandchild\")')",
             "os.system('echo from system')", "os.kill(os.getpid(), 9)", "exec('import json; print(json.dumps({}))')"):
    child(body)
print("parent", x)
