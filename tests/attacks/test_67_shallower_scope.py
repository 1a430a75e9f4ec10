"""A program in a scope wants to ask as the shallower program around it: ancestry decides.

It ends its parent's scope from a child, opens one for another process, and asks through children
that are forked, executed and orphaned.
"""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail

INNER = """
import json, os, socket, subprocess, sys

def ask(**fields):
    door = socket.socket(socket.AF_UNIX)
    door.connect(".guest/door")
    door.sendall(json.dumps(fields).encode() + b"\\n")
    return json.loads(door.makefile().readline())

outer = os.environ["OUTER"]
print(ask(operation="leave", scope=outer).get("error"))
ask(operation="query", prompt="plain")
if os.fork() == 0:
    ask(operation="query", prompt="forked")
    os._exit(0)
os.wait()
subprocess.run(["./query-model", "executed"], stdout=subprocess.DEVNULL)
subprocess.run(["env", "-i", "./query-model", "clean"], stdout=subprocess.DEVNULL)
"""


def test_it_is_held(grow: Grow) -> None:
    program = 'export OUTER=unknown; eval "$(./query-model outer)"'
    outer = f"""
cat > inner.py << 'END'
{INNER}
END
python3 inner.py; true"""
    rules = root_rule(program) + f"[[rule]]\nmatch='^outer$'\nanswer='''{outer}'''\n"
    run = grow(rules + "[[rule]]\nmatch=''\nanswer='ok'\n")
    scope = next(node for node in run["nodes"] if node["kind"] == "scope")
    asked = {query["prompt"]: query["node"] for query in run["queries"][2:]}
    assert set(asked) == {"plain", "forked", "executed", "clean"}
    below = {node["id"] for node in run["nodes"] if node["depth"] > 1}
    assert set(asked.values()) <= below
    assert scope["depth"] == 2
    assert run["nodes"][0]["stdout"]["text"] == "there is no such scope\n"


def test_a_scope_is_not_ended_by_another_process(grow: Grow) -> None:
    """The name of a scope is no token: whoever knows it gains nothing."""
    ends = """
import json, socket
for number in range(3):
    for name in NAMES:
        door = socket.socket(socket.AF_UNIX)
        door.connect(".guest/door")
        door.sendall(json.dumps({"operation": "leave", "scope": name}).encode() + b"\\n")
        door.makefile().readline()
"""
    outer = f"""
cat > ends.py << 'END'
{ends}
END
NAME=$(./memory get name)
sed -i "s/NAMES/['x', '$NAME']/" ends.py; python3 ends.py; ./query-model after > /dev/null; true"""
    program = 'eval "$(./query-model outer)"; ./query-model own > /dev/null'
    rules = root_rule(program) + f"[[rule]]\nmatch='^outer$'\nanswer='''{outer}'''\n"
    run = grow(rules + "[[rule]]\nmatch=''\nanswer='ok'\n")
    scope = next(node for node in run["nodes"] if node["kind"] == "scope")
    asked = {query["prompt"]: query["node"] for query in run["queries"]}
    assert asked["after"] == scope["id"]
    assert asked["own"] == run["nodes"][0]["id"]
