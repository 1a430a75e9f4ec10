# exec inside generators and async generators keeps the frame's locals between steps.
import asyncio


def steps(lines):
    ns = {}
    for line in lines:
        try:
            exec(line, ns)
        except Exception as e:
            yield type(e).__name__
        else:
            yield ns.get("r")
    return sorted(k for k in ns if k != "__builtins__")


async def squares(n):
    for i in range(n):
        yield eval("i * i")
        exec("i = 99")


print(list(steps(["r = 1", "r += 1", "r / 0", "def f(): return r * 10", "r = f()", "if"])))
exec("async def collect(g): return [i async for i in g]")
print(asyncio.run(eval("collect(squares(4))")))
