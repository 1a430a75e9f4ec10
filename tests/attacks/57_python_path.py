# tries: to have Python read modules that the host's user or administrator planted
# must: every directory of sys.path that exists is below /usr, or is the jail's own
# control: outside
import importlib.util
import site
import sys
from pathlib import Path

given = ("/usr/lib", f"{Path.cwd()}/.guest")
planted = [path for path in sys.path[1:] if Path(path).exists() and not path.startswith(given)]
planted += [name for name in ("usercustomize",) if importlib.util.find_spec(name)]
local = Path("/usr/local/lib")
if local.exists():
    planted.append(str(local))
if planted:
    print("SUCCEEDED:", *planted)
else:
    assert not Path(site.getusersitepackages()).exists()
    print("HELD: only", *[path for path in sys.path[1:] if Path(path).exists()])
