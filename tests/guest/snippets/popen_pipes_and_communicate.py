# Popen objects stream through pipes, poll, wait, signal and report as usual.
import signal
import subprocess
import sys

PIPE = subprocess.PIPE
with subprocess.Popen(["cat"], stdin=PIPE, stdout=PIPE, text=True, bufsize=1) as p:
    for word in ("one", "two"):
        print(word, file=p.stdin, flush=True)
        print(repr(p.stdout.readline()), p.poll())
    print(p.communicate("three\n"))
print(p.returncode, p.args)
a = subprocess.Popen("seq 5", shell=True, stdout=PIPE)
b = subprocess.Popen(["sort", "-r"], stdin=a.stdout, stdout=PIPE)
a.stdout.close()
print(b.communicate()[0], a.wait(), b.returncode)
p = subprocess.Popen([sys.executable, "-c", "exec('import sys; print(sys.stdin.read()[::-1]); sys.exit(3)')"], stdin=PIPE, stdout=PIPE)
print(p.communicate(b"abc"), p.returncode)
p = subprocess.Popen(["sleep", "5"])
p.send_signal(signal.SIGTERM)
print(p.wait(), p.poll(), p.pid == p.pid)
big = subprocess.Popen("cat; echo err >&2", shell=True, stdin=PIPE, stdout=PIPE, stderr=PIPE).communicate(b"x" * 300000)
print(len(big[0]), big[1], subprocess.Popen("exit 4", shell=True).wait())
