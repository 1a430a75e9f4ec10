# eval and exec take str, bytes, bytearray, memoryview and subclasses, and decode by cookie.
class Text(str):
    pass


print(eval(b"1 + 1"), eval(bytearray(b"'ab'")), eval(memoryview(b"[1, 2]")), eval(Text("3 * 3")))
exec(b"x = 'caf\xc3\xa9'")
print(x)
exec("# coding: latin-1\ny = 'caf\xe9'".encode("latin-1"))
print(y, eval(b"\xef\xbb\xbf'with bom'"), eval("'\xe9 \u6f22'"))
exec("# coding: ascii\nz = 'str ignores the cookie \xe9'")
print(z)
for bad in (b"'\xff'", b"# coding: nonsense\n1", b"\xef\xbb\xbf# coding: latin-1\n1", "'\ud800'", b"x\x00y"):
    try:
        exec(bad)
        print("accepted", bad)
    except (SyntaxError, UnicodeError, ValueError) as e:
        print(type(e).__name__, ascii(str(e)))
exec(b"a = 1\r\nb = 2\rc = 3\n")
print(a, b, c, eval(b"  4  "), eval("\t5"), eval("6 # comment"))
