# Context variables and thread-local data are the same inside and outside exec.
import contextvars
import decimal
import threading

var = contextvars.ContextVar("var", default="default")
local = threading.local()
exec("token = var.set('in exec'); local.x = 1")
print(var.get(), local.x, eval("var.get()"), token.old_value is contextvars.Token.MISSING)
context = contextvars.copy_context()
print(context.run(exec, "var.set('in copy'); print(var.get())"), var.get(), context[var], len(contextvars.copy_context()))
exec("var.reset(token)")
print(var.get())
t = threading.Thread(target=exec, args=("print(var.get(), hasattr(local, 'x')); local.x = 2; var.set('thread')", globals()))
t.start()
t.join()
print(var.get(), local.x)
with decimal.localcontext() as c:
    exec("c.prec = 3; print(decimal.Decimal(1) / 3)")
print(eval("decimal.Decimal(1) / 3"), eval("decimal.getcontext().prec"))
context2 = contextvars.Context()
print(list(context2), context2.run(eval, "var.get()", {"var": var}))
