# Popen passes exactly the descriptors, environment, directory and session that it is told to.
import os
import subprocess
import sys

r, w = os.pipe()
print(r, w, os.get_inheritable(r))
show = "import os; print(sorted(int(f) for f in os.listdir('/proc/self/fd'))[:-1])"
run = lambda *a, **k: print(subprocess.run(*a, capture_output=True, text=True, **k).stdout.strip())
run([sys.executable, "-c", show])
run([sys.executable, "-c", show], pass_fds=[r])
run([sys.executable, "-c", show], close_fds=False)
subprocess.run(["bash", "-c", f"eval 'echo through >&{w}'"], pass_fds=[w])
os.close(w)
print(os.read(r, 100))
run(["bash", "-c", "echo ${A-unset} ${B-unset} $PWD"], env={"A": "1", "PATH": os.environ["PATH"]}, cwd="/")
run([sys.executable, "-c", "import os; print(os.environ.get('A'), os.environ.get('HOME'))"], env={"A": "2"})
run([sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())"], start_new_session=True)
run("umask", shell=True, umask=0o27)
run([sys.executable, "-c", "print(1)"], preexec_fn=lambda: exec("os.chdir('/')"))
os.environ["C"] = "3"
run(["bash", "-c", "echo $C; eval 'echo $C'"])
print(os.open("/dev/null", os.O_RDONLY))
