# Generators and coroutines from exec'd code run, receive values, close and report frames.
exec('''
def gen(n):
    try:
        for i in range(n):
            print("got", (yield i))
        return "done"
    finally:
        print("closed")
def wrap(n):
    print("result", (yield from gen(n)))
''')
g = wrap(3)
print(next(g), g.send("hello"), list(g))
g = gen(5)
next(g)
print(g.gi_frame.f_lineno, g.gi_code.co_filename, g.gi_code.co_firstlineno)
g.close()
next(g := gen(2))
try:
    g.throw(ValueError("thrown"))
except ValueError as e:
    print(e, e.__traceback__.tb_next.tb_lineno)
print(list(eval("(x * x for x in range(4))")), sum(eval("(x for x in [1, 2])")))
