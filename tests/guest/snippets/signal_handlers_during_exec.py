# Signal handlers run between the steps of exec'd code and see its frame; their errors pass through.
import os
import signal
import subprocess
import sys


def handler(number, frame):
    print(signal.Signals(number).name, frame.f_code.co_filename.rsplit("/", 1)[-1], frame.f_lineno)


signal.signal(signal.SIGUSR1, handler)
exec("import os, signal\nos.kill(os.getpid(), signal.SIGUSR1)\nx = 1")
eval("signal.raise_signal(signal.SIGUSR1)")
signal.signal(signal.SIGUSR2, lambda n, f: exec("raise KeyError('from handler')"))
try:
    exec("signal.raise_signal(signal.SIGUSR2)\nprint('not reached')")
except KeyError as e:
    print(repr(e), x)
try:
    exec("signal.raise_signal(signal.SIGINT)")
except KeyboardInterrupt:
    print("interrupted")
for text in ("exec('import signal; signal.raise_signal(15)')", "import signal; exec('signal.raise_signal(2)')"):
    print(subprocess.run([sys.executable, "-c", text], stderr=subprocess.DEVNULL).returncode)
