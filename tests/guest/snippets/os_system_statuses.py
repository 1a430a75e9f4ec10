# os.system returns the wait status of the shell and shares stdin, stdout, stderr and directory.
import os
import signal

for command in ("false", "exit 3", "exit 256", "no_such_command_here", "kill -TERM $$", "kill -9 $$", "", "(exit 7)",
                "echo out; echo err >&2; exit 4", "cd / && pwd", "if", "exec true", "read x; echo \"[$x]\""):
    status = os.system(command)
    print(repr(command), status, os.waitstatus_to_exitcode(status), flush=True)
print(os.system(b"exit 5") >> 8, os.path.exists("made"), os.system("touch made"), os.path.exists("made"))
os.environ["FROM_PYTHON"] = "value"
os.system('echo "$FROM_PYTHON"')
for bad in ("a\0b", None):
    try:
        os.system(bad)
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
exec("import os; print(os.system('exit 6'))")
