# os.popen, os.spawn*, posix_spawn and pty-free pipes run commands with their statuses.
import os
import sys

with os.popen("echo read; exit 3") as p:
    print(repr(p.read()))
print(os.popen("exit 4").close(), os.popen("true").close())
with os.popen("cat > written.txt", "w") as p:
    p.write("by popen\n")
print(open("written.txt").read(), end="")
sys.stdout.flush()
print(os.spawnvp(os.P_WAIT, "bash", ["bash", "-c", "eval 'echo spawned'; exit 5"]))
pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 6"], os.environ)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
pid = os.posix_spawnp("cat", ["cat", "written.txt"], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "copy.txt", os.O_CREAT | os.O_WRONLY, 0o600)])
print(os.waitpid(pid, 0)[1], open("copy.txt").read(), end="")
print(os.spawnlp(os.P_WAIT, "no_such_program", "x"), list(os.popen("seq 2")))
try:
    os.execvp("no_such_program", ["x"])
except FileNotFoundError as e:
    print(e)
