# Modules made by importlib.util and by a finder of one's own run their code once, by name.
import importlib.abc
import importlib.machinery
import importlib.util
import sys

with open("odd-name.txt", "w") as out:
    out.write("print('running', __name__)\nv = __spec__.name\n")
loader = importlib.machinery.SourceFileLoader("odd", "odd-name.txt")
module = importlib.util.module_from_spec(importlib.util.spec_from_loader("odd", loader))
loader.exec_module(module)
print(module.v, "odd" in sys.modules, importlib.util.spec_from_file_location("x", "absent.py").name)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    def find_spec(self, name, path, target=None):
        return importlib.util.spec_from_loader(name, self) if name.startswith("made_") else None

    def get_source(self, name):
        return f"print('making', __name__)\nhalf = {len(name)} // {0 if 'zero' in name else 2}"


sys.meta_path.append(Finder())
import made_here
print(made_here.half, eval("__import__('made_too').half"), importlib.util.find_spec("no_such"))
