# A fresh interpreter has no descriptors, threads, children or handlers but the usual ones.
import atexit
import gc
import os
import signal
import sys
import threading

print(os.open("/dev/null", os.O_RDONLY), os.pipe(), open("f.txt", "w").fileno())
print(threading.active_count(), [t.name for t in threading.enumerate()], atexit._ncallbacks())
print(sys.gettrace(), sys.getprofile(), sys.getrecursionlimit(), sys.getswitchinterval(), gc.get_threshold(), gc.isenabled())
print([s.name for s in signal.Signals if signal.getsignal(s) not in (signal.SIG_DFL, None)], signal.pthread_sigmask(signal.SIG_BLOCK, []))
print(sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__, sys.unraisablehook is sys.__unraisablehook__, sys.stdout is sys.__stdout__)
print(sys.flags.optimize, sys.flags.no_site, sys.dont_write_bytecode, sys.warnoptions, sys._xoptions)
print(sorted(globals()), sys.argv[0].rsplit("/", 1)[-1], os.getcwd() == os.path.realpath(os.environ["HOME"]))
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError as e:
    print(e)
exec("import threading, os; print(threading.active_count(), os.open('/dev/null', os.O_RDONLY))")
