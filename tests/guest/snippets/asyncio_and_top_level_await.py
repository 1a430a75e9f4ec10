# Coroutines from exec'd and eval'd code, top-level await included, run in the event loop.
import ast, asyncio, inspect

FLAG = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


async def main():
    code = compile("import asyncio\nawait asyncio.sleep(0)\nx = [i async for i in agen()]\nprint('ran', x)", "<top>", "exec", flags=FLAG)
    ns = {"agen": agen}
    print(bool(code.co_flags & inspect.CO_COROUTINE), await eval(code, ns), ns["x"])
    print(await eval(compile("await asyncio.sleep(0, 'value')", "<e>", "eval", flags=FLAG)))
    tasks = [asyncio.create_task(eval("job(n)", {"job": job, "n": n})) for n in range(3)]
    print(await asyncio.gather(*tasks, return_exceptions=True))
    p = await asyncio.create_subprocess_shell("eval 'cat; exit 3'", stdin=-1, stdout=-1)
    print(await p.communicate(b"through a shell"), p.returncode)
    p = await asyncio.create_subprocess_exec("bash", "-c", "echo $0", stdout=-1)
    print(await p.stdout.read(), await p.wait(), await asyncio.to_thread(eval, "1 + 1"))
    exec("async def late(): return await job(5)", globals())
    return await late()


exec("async def agen():\n    for i in range(3):\n        yield i\n        await asyncio.sleep(0)")
exec("async def job(n):\n    await asyncio.sleep(0)\n    return 6 // n")
print(asyncio.run(main()))
