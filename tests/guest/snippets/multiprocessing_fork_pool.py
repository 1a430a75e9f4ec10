# A forked pool evaluates text in its workers and carries results and errors back.
import multiprocessing


def run(text):
    ns = {}
    exec(text, ns)
    return ns["r"]


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        print(pool.map(run, ["r = 1", "r = eval('2 + 3')", "exec('r = \"deep\"')", "r = [i for i in range(3)]"]))
        print(pool.apply(eval, ("__name__ and 6 * 7",)))
        try:
            pool.map(run, ["r = 1", "r = 1 / 0"])
        except ZeroDivisionError as e:
            print("error", e, e.__cause__ is not None)
    queue = context.SimpleQueue()
    p = context.Process(target=exec, args=("queue.put(eval('1 + 1')); raise SystemExit(3)", {"queue": queue}))
    p.start()
    print(queue.get())
    p.join()
    print(p.exitcode, multiprocessing.active_children())
