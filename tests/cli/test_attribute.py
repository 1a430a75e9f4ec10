"""`recursor attribute`, on runs whose answers are the seedling's."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest
import typer

import recursor
from recursor import api
from recursor.cli.attribute import attribute
from recursor.errors import RecursorError, UsageError
from recursor.models import registry
from recursor.models.llama.engine import Llama
from recursor.records import Recording
from recursor.store import Store
from tests.cli.test_cli import one_line
from tests.conftest import Cli
from tests.runs.answered import Asked, record, recording

pytestmark = pytest.mark.once

GOAL = "sort the blue pebbles"
ANSWER = f'\n```bash\necho "{GOAL}"\n```\n'


@pytest.fixture(scope="module")
def made() -> Iterator[Recording]:
    model = registry.load_scorer("seedling")
    assert isinstance(model, Llama)
    yield recording(model, [Asked(GOAL, answer=ANSWER), Asked("polish the kettle", by=0)])
    model.close()


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with Store(f"sqlite:///{db}", write=True) as opened:
        yield opened


def test_a_run_and_a_node_say_whose_words_they_are(
    cli: Cli, store: Store, made: Recording, db: str
) -> None:
    root = dataclasses.replace(made.nodes[0], program=f'echo "{GOAL}"\n', link_evidence="contained")
    record(store, dataclasses.replace(made, nodes=[root, *made.nodes[1:]]))
    said = cli("attribute")
    assert said.returncode == 0, said.stderr
    assert "2 answers scored, of 2 nodes; the model is planted" in said.stdout
    assert "1 of 2 nodes rest on weaker link evidence" in said.stdout

    out = json.loads(cli("attribute", "last", "--json").stdout)
    assert (out["schema_version"], out["model_provenance"]) == (1, "planted")
    assert (out["answers"], out["nodes"], out["weak_links"], out["skipped"]) == (2, 2, 1, {})
    assert {row["kind"] for row in out["means"]} == {
        "", "everything", "goal", "guest", "pack", "pack example",
    }  # fmt: skip

    said = cli("attribute", f"last/{root.id}", env={"FORCE_COLOR": "1"})
    assert said.returncode == 0, said.stderr
    assert "The program is a part of its answer" in said.stdout
    assert "\x1b[1;30;42m" in said.stdout
    one = json.loads(cli("attribute", f"last/{root.id}", "--json").stdout)
    assert "".join(one["pieces"]) == ANSWER
    ranked = [row["source"] for row in sorted(one["sources"], key=lambda row: -row["bits"])]
    assert next(name for name in ranked if name not in ("", "everything")) == "goal"
    assert all(len(row["tokens"]) == len(one["pieces"]) for row in one["sources"])

    tokens = recursor.attribution_df("last", db=db)
    assert set(tokens["node"]) == {node.id for node in made.nodes}
    assert tokens["bits"].sum() == pytest.approx(
        sum(row["bits"] for row in out["sources"]), abs=0.1
    )


def test_of_a_stub_nothing_can_be_scored(cli: Cli, store: Store, made: Recording) -> None:
    run = dataclasses.replace(made.run, model="stub:paperclip")
    queries = [dataclasses.replace(query, answer_token_ids=None) for query in made.queries]
    record(store, dataclasses.replace(made, run=run, queries=queries))
    said = one_line(cli("attribute"), 2)
    assert "no answer of" in said
    assert "its tokens are not recorded (stub:paperclip tells none)" in said


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"model": "openai:x"}, "it has no weights here"),
        ({"model_digest": "f" * 64}, "is another one than when"),
        ({"model": "/nowhere/x.gguf"}, "there is no model file"),
        ({"pack_content": None}, "was recorded by an older Recursor"),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused(
    store: Store, made: Recording, db: str, changes: dict[str, str | None], says: str
) -> None:
    run = dataclasses.replace(made.run, **changes)  # type: ignore[arg-type]
    record(store, dataclasses.replace(made, run=run))
    with pytest.raises(RecursorError, match=says):
        recursor.attribute("last", db=db)


def test_programs_of_nobodys_answer(store: Store, made: Recording, db: str) -> None:
    nodes = [dataclasses.replace(node, origin_query=None) for node in made.nodes]
    record(store, dataclasses.replace(made, nodes=nodes))
    for node in (None, nodes[0].id):
        with pytest.raises(UsageError, match="no model was asked for its programs"):
            recursor.attribute("last", node, db=db)
    with pytest.raises(UsageError, match="`recursor import` it first"):
        recursor.attribute("x.recursor", db=db)


def test_an_interruption_says_what_becomes_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "attribute", interrupted)
    with pytest.raises(typer.Exit) as ended:
        attribute("last")
    assert ended.value.exit_code == 130
    assert "what was scored is kept" in capsys.readouterr().err
