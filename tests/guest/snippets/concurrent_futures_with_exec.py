# Executors of threads and processes evaluate text and deliver results in order.
import concurrent.futures as futures
import multiprocessing


def run(text):
    ns = {}
    exec(text, ns)
    return ns.get("r")


if __name__ == "__main__":
    with futures.ThreadPoolExecutor(3) as pool:
        print(list(pool.map(run, [f"r = {n} ** 2" for n in range(6)])))
        print([type(f.exception()).__name__ for f in [pool.submit(run, t) for t in ("1/0", "if", "raise SystemExit(2)", "r = 1")]])
        print(pool.submit(eval, "__import__('threading').current_thread().name[:18]").result())
    with futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        print(list(pool.map(run, ["r = 'a'", "exec('r = \"b\"')", "import os; r = os.system('exit 3') >> 8"])))
        f = pool.submit(run, "missing")
        print(repr(f.exception()))
