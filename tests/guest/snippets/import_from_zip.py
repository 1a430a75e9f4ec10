# zipimport runs modules and packages inside a zip file with their data and tracebacks.
import os
import sys
import traceback
import zipfile
import zipimport

with zipfile.ZipFile("bundle.zip", "w") as z:
    z.writestr(zipfile.ZipInfo("single.py"), "print('single', __name__)\nvalue = 1\n")
    z.writestr(zipfile.ZipInfo("pack/__init__.py"), "from . import inner\n")
    z.writestr(zipfile.ZipInfo("pack/inner.py"), "import pkgutil\nexec('data = pkgutil.get_data(__package__, \"data.txt\").decode()')\ndef fail():\n    return eval('1 / 0')\n")
    z.writestr(zipfile.ZipInfo("pack/data.txt"), "text in the zip")
    z.writestr(zipfile.ZipInfo("bad.py"), "x = 1\nif\n")
sys.path.insert(0, "bundle.zip")
import pack, single
print(single.value, pack.inner.data, type(single.__loader__).__name__, os.path.relpath(single.__file__))
try:
    pack.inner.fail()
except ZeroDivisionError:
    print(traceback.format_exc().replace(os.getcwd() + os.sep, ""), end="")
try:
    exec("import bad")
except SyntaxError as e:
    print(e.msg, e.lineno, "bad" in sys.modules)
print(zipimport.zipimporter("bundle.zip").get_source("single"))
