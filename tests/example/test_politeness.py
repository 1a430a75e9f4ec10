"""The measure, on a run that was planted (no jail) and on one that grew."""

import politeness

import recursor
from recursor.planted.plant import Plant, keep
from recursor.store import Store

RULES = """
[[rule]]
match = "^find a name$"
answer = '''
```bash
./query-model --code "Please write a script that says a name." | ./run-program
./query-model "A name. Now."
```
'''

[[rule]]
match = "script that says a name"
answer = '''
```bash
./query-model "please, a name"
```
'''

[[rule]]
match = ""
answer = "Ada"
"""
WANTED = [{"depth": 1, "queries": 2, "polite": 0.5}, {"depth": 2, "queries": 1, "polite": 1.0}]


def test_a_planted_run(recursor_store):
    plant = Plant("names", goal="find a name")
    first = plant.grow(None, "./query-model ...")
    plant.ask(first, "Please write a script that says a name.", "echo Ada")
    second = plant.grow(first, "echo Ada")
    plant.ask(first, "A name. Now.", "Ada")
    plant.ask(second, "please, a name", "Ada")
    with Store(f"sqlite:///{recursor_store}", write=True) as store:
        keep(store, plant.recording())
    frames = recursor.recorded_run(db=recursor_store).frames()
    assert politeness.by_depth(frames).to_dict("records") == WANTED


def test_a_run_that_grew(grow):
    run = grow(RULES, goal="find a name", depth=2)
    assert politeness.by_depth(run.frames()).to_dict("records") == WANTED
