# A spawned process imports the program again under another name and runs its text.
import multiprocessing
import sys

print("module", __name__, flush=True)


def run(connection, text):
    exec("made = 5", globals())
    connection.send([eval(text), made, __name__])
    sys.exit(4)


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    p = context.Process(target=run, args=(theirs, "[n * n for n in range(4)]"))
    p.start()
    print(mine.recv())
    p.join()
    print(p.exitcode, "made" in globals())
