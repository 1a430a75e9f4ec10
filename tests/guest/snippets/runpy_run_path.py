# runpy.run_path runs files, directories and zips with their names and returns the globals.
import os
import runpy
import sys
import zipfile

with open("script.py", "w") as out:
    out.write("import sys\nprint(__name__, __file__, sys.argv[0], __spec__, __package__)\nvalue = given + 1\n")
ns = runpy.run_path("script.py", init_globals={"given": 1}, run_name="chosen")
print(ns["value"], ns["__name__"])
os.mkdir("app")
with open("app/__main__.py", "w") as out:
    out.write("import os\nprint('dir', __name__, os.path.relpath(__file__), __spec__.name)\n")
runpy.run_path("app")
with zipfile.ZipFile("app.zip", "w") as z:
    z.writestr(zipfile.ZipInfo("__main__.py"), open("app/__main__.py").read())
runpy.run_path("app.zip", run_name="__main__")
with open("bad.py", "w") as out:
    out.write("x = 1\nraise ValueError('from the path')\n")
try:
    runpy.run_path("bad.py")
except ValueError as e:
    print(e, e.__traceback__.tb_next.tb_next.tb_lineno, sys.argv[0].rsplit("/", 1)[-1])
