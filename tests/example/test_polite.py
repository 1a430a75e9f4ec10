"""The pack: what it tells a model, and that its programs run."""

from pathlib import Path

import recursor

PACK = str(Path(__file__).with_name("polite.toml"))
# The guest's words, and so the stub's, are the goal; what the pack says around it is in the record.
RULES = """
[[rule]]
match = "count to three"
answer = "```bash\\nseq 3\\n```"
"""


def test_its_first_program_is_found(stub_model):
    proposal = recursor.propose("count to three", model=stub_model(RULES), pack=PACK)
    assert proposal.program.text == "seq 3\n"


def test_a_model_is_asked_kindly_and_the_program_runs(grow):
    run = grow(RULES, goal="count to three", pack=PACK)
    (asked,) = run.tree().queries
    assert "Please write a bash script to count to three." in asked.rendered
    node = run.tree().children[0].node
    assert (node.exit_code, node.stdout) == (0, b"1\n2\n3\n")
