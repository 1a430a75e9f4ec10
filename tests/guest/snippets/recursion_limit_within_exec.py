# Recursion without end through exec and eval ends at the limit, and the program goes on.
import sys

sys.setrecursionlimit(150)
depth = 0


def dive(via=None):
    global depth
    depth += 1
    exec(via) if via else dive()


for text in ("dive()", "exec('dive()')", "[dive() for _ in [0]]", "dive('dive(text)')", "text2 = text; dive('exec(text2)')",
             "(lambda: eval('dive()'))()"):
    depth = 0
    try:
        exec(text)
    except RecursionError as e:
        print(text, depth > 20, str(e)[:32])
print(sys.getrecursionlimit())
