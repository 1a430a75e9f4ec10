# Buffered output and the output of children come in the order that flushing gives them.
import os
import subprocess
import sys

os.system("echo first")
print("second, buffered")
sys.stdout.write("no newline yet")
os.system("echo before the buffer")
sys.stdout.flush()
subprocess.run(["bash", "-c", "eval 'echo from bash'"])
exec("print('in exec', end=' '); import os; os.system('echo child in exec'); print('done', flush=True)")
os.write(1, b"raw\n")
print("buffered again")
pid = os.fork()
if not pid:
    exec("print('child has its copy')")
    sys.stdout.flush()
    os._exit(0)
os.waitpid(pid, 0)
subprocess.run([sys.executable, "-u", "-c", "print(1); import os; os.system('echo 2'); exec('print(3)')"])
subprocess.run([sys.executable, "-c", "print(1); import os; os.system('echo 2'); exec('print(3)')"])
print("to stderr", file=sys.stderr)
os.dup2(os.open("file.txt", os.O_CREAT | os.O_WRONLY), 1)
print("goes to the file")
