# contextlib helpers around exec redirect, suppress, unwind and pass errors as usual.
import contextlib
import io

@contextlib.contextmanager
def scope(name):
    print("enter", name)
    try:
        yield {"name": name}
    except ValueError as e:
        print("handled", e, e.__traceback__.tb_next.tb_next.tb_frame.f_code.co_filename)
    finally:
        print("leave", name)


with scope("a") as ns:
    exec("print('in', name); raise ValueError('from exec')", ns)
buffer = io.StringIO()
with contextlib.redirect_stdout(buffer), contextlib.suppress(ZeroDivisionError), scope("b"):
    exec("print('hidden')\n1 / 0\nprint('never')")
print(repr(buffer.getvalue()))
with contextlib.ExitStack() as stack:
    [stack.enter_context(scope(n)) for n in "cd"]
    stack.callback(exec, "print('callback')")
exec("with scope('e') as ns, contextlib.closing(io.StringIO()) as f:\n    print(ns, f.closed)\nprint(f.closed)")
