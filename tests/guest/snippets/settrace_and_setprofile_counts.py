# Trace and profile functions see the same events in the same order around exec and eval.
import sys
import threading

events = []
def tracer(frame, event, arg):
    events.append((event, frame.f_code.co_name, frame.f_lineno, frame.f_code.co_filename.rsplit("/", 1)[-1]))
    return tracer

def profiler(frame, event, arg):
    events.append((event, getattr(arg, "__name__", frame.f_code.co_name)))

for hook, function in ((sys.settrace, tracer), (sys.setprofile, profiler)):
    hook(function)
    exec("a = 1\nb = eval('a + 1')\ntry:\n    eval('1/0')\nexcept ZeroDivisionError: pass")
    compile("x", "<c>", "eval")
    hook(None)
    print(len(events), *events, sep="\n")
    events.clear()
threading.settrace(tracer)
t = threading.Thread(target=exec, args=("z = 1", {}))
t.start()
t.join()
print([e for e in events if e[3] == "<string>"], sys.gettrace(), sys.getprofile())
