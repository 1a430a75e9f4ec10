# Threads exec in shared and separate namespaces without mixing frames or results.
import sys
import threading

shared, results, lock = {"total": 0}, {}, threading.Lock()


def work(i):
    ns = {"i": i, "depth": 0, "lock": lock, "shared": shared}
    exec("def f(n):\n    return n and n + f(n - 1)\nvalue = f(i)\nwith lock: shared['total'] += value", ns)
    results[i] = (ns["value"], eval("threading.current_thread().name", {"threading": threading}))


print(threading.active_count())
threads = [threading.Thread(target=work, args=(i,), name=f"worker{i}") for i in range(6)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(shared["total"], sorted(results.items()), threading.active_count())
threading.excepthook = lambda a: print("thread error:", a.exc_type.__name__, a.exc_value, a.thread.name)
t = threading.Thread(target=exec, args=("raise KeyError('in thread')",), name="failing")
t.start()
t.join()
sys.stdout.flush()
