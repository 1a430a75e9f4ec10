# timeit, cProfile and trace run their statements the asked number of times and count the same calls.
import cProfile, contextlib, io, os, pstats, timeit, trace

count = [0]
timeit.timeit("count[0] += 1; f()", setup="f = lambda: count.append(0)", number=5, globals=globals())
print(count[0], len(count), type(timeit.timeit("pass", number=1)).__name__)
try:
    timeit.timeit("1 +")
except SyntaxError as e:
    print(e.filename, e.lineno)
profile = cProfile.Profile()
profile.run("exec('def g(n):\\n    return n and g(n - 1)\\ng(4)'); eval('g(2)')")
stats = pstats.Stats(profile, stream=io.StringIO())
print(stats.total_calls, sorted((k[2], v[0], v[1]) for k, v in stats.stats.items()))
tracer = trace.Trace(count=1, trace=0, countfuncs=0)
tracer.run("exec('for i in range(3):\\n    x = i * 2')")
print(sorted((f.split(os.sep)[-1], n, c) for (f, n), c in tracer.results().counts.items() if f == "<string>"))
with contextlib.redirect_stdout(io.StringIO()) as out:
    trace.Trace(count=0, trace=1, ignoredirs=["/usr"]).runfunc(eval, "(lambda: 1)()")
print(len(out.getvalue().splitlines()), x)
