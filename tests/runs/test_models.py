"""Several models in one run, and what a model's faults do to it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

import recursor
from recursor.errors import ModelError, UsageError
from recursor.models import registry
from recursor.models.llama import weights
from recursor.models.llama.context import Context, Row
from recursor.runs import guest
from recursor.types import Allocation, Language, Program
from tests.conftest import Cli, read
from tests.models import tiny

ASK_BOTH = """
./query-model "who?"; ./query-model --model clever "who?"; ./query-model --model plain "who?"
./query-model --model nobody "who?"; echo "exit $?"
./query-model "who is left?"
"""
ASKED_AND_KILLED = """
./query-model slow & until ./budget | grep -q "queries 8"; do :; done
kill $!; wait $!; echo $?
./query-model quick
"""


def rules(path: Path, answer: str) -> str:
    path.write_text(f"[[rule]]\nmatch = ''\nanswer = '{answer}'\n", encoding="utf-8")
    return f"stub:{path}"


@pytest.mark.jail
@pytest.mark.once
def test_a_program_asks_models_by_name(tmp_path: Path, db: str) -> None:
    models = {
        "plain": rules(tmp_path / "plain.toml", "me"),
        "clever": rules(tmp_path / "clever.toml", "you"),
    }
    root = Program(Language.BASH, ASK_BOTH)
    run = read(db, recursor.run("", model=models, root=root, db=db).id)
    (only,) = run["nodes"]
    assert only["stdout"]["text"] == "me\nyou\nme\nexit 4\nme\n"
    assert "there is no model 'nobody'" in only["stderr"]["text"]
    asked = [(query["model"], query["decision"]) for query in run["queries"]]
    assert asked == [
        (None, "granted"), ("clever", "granted"), ("plain", "granted"), ("nobody", "failed"),
        (None, "granted"),
    ]  # fmt: skip
    assert run["queries"][3]["finish_reason"] == "unknown_model"
    assert run["queries"][0]["request_digest"] != run["queries"][1]["request_digest"]
    assert run["run"]["model"] == models["plain"]
    assert {name: info["spec"] for name, info in run["run"]["models"].items()} == models


@pytest.mark.jail
@pytest.mark.once
def test_an_unknown_model_costs_nothing(tmp_path: Path, db: str) -> None:
    root = Program(Language.BASH, "./query-model --model no x; ./query-model y; ./query-model z")
    spec = rules(tmp_path / "plain.toml", "me")
    run = read(db, recursor.run("", model=spec, root=root, breadth=2, db=db).id)
    assert [query["decision"] for query in run["queries"]] == ["failed", "granted", "granted"]


@pytest.mark.jail
@pytest.mark.once
def test_unknown_models_are_no_way_to_fill_the_record(
    tmp_path: Path, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They cost nothing of the budget, so they count as denials do."""
    monkeypatch.setattr(guest, "DENIALS_END", 20)
    root = Program(Language.BASH, "while true; do ./query-model --model no x; done")
    run = read(db, recursor.run("", model="stub:story", root=root, db=db).id)
    assert run["nodes"][0]["end_cause"] == "denials"
    assert len(run["queries"]) <= 21


@pytest.mark.jail
@pytest.mark.once
def test_models_from_the_command_line(cli: Cli, tmp_path: Path) -> None:
    one, other = rules(tmp_path / "one.toml", "1"), rules(tmp_path / "other.toml", "2")
    (tmp_path / "root.sh").write_text("./query-model x; ./query-model --model b x")
    ran = cli("run", "--root", "root.sh", "-m", f"a={one}", "-m", f"b={other}", "--json")
    assert ran.returncode == 0, ran.stderr
    shown = cli("show", "last", "--json").stdout
    assert '"text": "1\\n2\\n"' in shown


def test_two_models_of_one_name(cli: Cli) -> None:
    ran = cli("run", "goal", "-m", "a=stub:story", "-m", "a=stub:paperclip")
    assert (ran.returncode, ran.stderr) == (2, "recursor: two models are called 'a'\n")


def test_a_model_that_cannot_be_loaded_closes_the_others(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "tiny.gguf")
    with pytest.raises(ModelError, match="there is no model file"):
        registry.load_all(str(path), {"other": str(tmp_path / "none.gguf")})


def test_several_models_need_names(cli: Cli) -> None:
    ran = cli("run", "goal", "-m", "a=stub:story", "-m", "stub:paperclip")
    assert ran.returncode == 2
    assert ran.stderr == ("recursor: of several models each needs a name: -m NAME=stub:paperclip\n")


@pytest.mark.parametrize("spec", ["~nobody-of-this-name/x.gguf", "x" * 300 + ".gguf", "a\0.gguf"])
def test_impossible_paths(spec: str) -> None:
    with pytest.raises(ModelError, match="model file"):
        registry.load(spec)


@pytest.mark.parametrize(
    "options", ["mode=quick", "context=12", "slots=0", "slots=many", "speed=1", "mode"]
)
def test_what_stands_after_the_question_mark_is_checked(tmp_path: Path, options: str) -> None:
    path = tiny.write(tmp_path / "tiny.gguf")
    with pytest.raises(UsageError, match=r"mode=exact\|fast, context=TOKENS and slots=NUMBER"):
        registry.load(f"{path}?{options}")


def test_options_of_the_engine_are_recorded(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "tiny.gguf")
    model = registry.load(f"{path}?mode=fast&slots=2&context=300")
    model.close()
    inference = dict(model.info.inference)
    assert (inference["mode"], inference["slots"], inference["context"]) == ("fast", 2, 300)


@pytest.mark.jail
@pytest.mark.once
def test_a_fault_while_decoding_fails_its_queries_and_the_run_goes_on(
    tmp_path: Path, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode, steps = Context.decode, 0

    def faulty(self: Context, rows: list[Row]) -> None:
        nonlocal steps
        steps += 1
        if steps == 12:
            raise ModelError("llama.cpp failed while decoding (code -3)")
        decode(self, rows)

    monkeypatch.setattr(Context, "decode", faulty)
    path = tiny.write(tmp_path / "tiny.gguf")
    ask = "./query-model --max-tokens 20"
    root = Program(
        Language.BASH, f'{ask} one; echo "exit $?"; {ask} two >/dev/null; echo "exit $?"'
    )
    run = read(db, recursor.run("", model=str(path), root=root, db=db).id)
    failed, answered = run["queries"]
    assert (failed["decision"], failed["error"]) == (
        "failed", "llama.cpp failed while decoding (code -3)",
    )  # fmt: skip
    assert answered["decision"] == "granted"
    assert run["nodes"][0]["stdout"]["text"] == "exit 4\nexit 0\n"
    assert run["run"]["end_cause"] == "completed"


@pytest.mark.jail
@pytest.mark.once
def test_a_model_whose_template_fails_fails_its_queries_alone(
    tmp_path: Path, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tiny.write(tmp_path / "tiny.gguf"))
    init = weights.Weights.__init__

    def with_template(self: weights.Weights, spec: str, file: Path) -> None:
        init(self, spec, file)
        self.template = "{{ raise_exception('no') }}"

    monkeypatch.setattr(weights.Weights, "__init__", with_template)
    models = {"plain": rules(tmp_path / "plain.toml", "me"), "odd": path}
    root = Program(Language.BASH, "./query-model --model odd x; echo $?; ./query-model y")
    run = read(db, recursor.run("", model=models, root=root, db=db).id)
    assert run["nodes"][0]["stdout"]["text"] == "4\nme\n"
    assert run["nodes"][0]["stderr"]["text"].strip().endswith("the model gave no answer")
    failed = run["queries"][0]
    assert (failed["decision"], failed["finish_reason"]) == ("failed", "unrenderable")
    assert "chat template fails" in failed["error"]
    assert run["run"]["end_cause"] == "completed"


@pytest.mark.jail
@pytest.mark.once
def test_a_query_whose_asker_was_killed_is_broken_off(tmp_path: Path, db: str) -> None:
    """Its slot goes to the next one: with one slot that is not kept waiting."""
    (tmp_path / "slow.toml").write_text(
        "[[rule]]\nmatch = 'slow'\nanswer = 'x'\ndelay_ms = 60000\n"
        "[[rule]]\nmatch = 'quick'\nanswer = 'y'\n"
    )
    root = Program(Language.BASH, ASKED_AND_KILLED)
    spec = f"stub:{tmp_path}/slow.toml"
    run = read(db, recursor.run("", model=spec, root=root, db=db, queries=9).id)
    assert run["nodes"][0]["stdout"]["text"] == "143\ny\n"
    gone = run["queries"][0]
    assert (gone["decision"], gone["error"]) == ("failed", "whoever asked is gone")
    began, ended = (datetime.fromisoformat(gone[name]) for name in ("started_at", "ended_at"))
    assert (ended - began).total_seconds() < 50


@pytest.mark.jail
@pytest.mark.once
def test_a_random_denial_looks_like_that_of_a_share(tmp_path: Path, db: str) -> None:
    root = Program(Language.BASH, "./query-model x")
    run = read(
        db,
        recursor.run(
            "", model=rules(tmp_path / "a.toml", "me"), root=root, db=db, deny_random=1.0,
            allocation=Allocation.LINEAGE, queries=14, breadth=6,
        ).id,
    )  # fmt: skip
    assert "limit queries is 2, asked 3" in run["nodes"][0]["stderr"]["text"]


@pytest.mark.jail
@pytest.mark.once
def test_a_prompt_beyond_the_context_is_told(tmp_path: Path, db: str) -> None:
    path = tiny.write(tmp_path / "tiny.gguf")
    root = Program(Language.BASH, 'head -c 3000 /dev/zero | tr "\\0" x | ./query-model; echo $?')
    run = read(db, recursor.run("", model=str(path), root=root, db=db).id)
    (asked,) = run["queries"]
    assert (asked["decision"], asked["finish_reason"]) == ("failed", "context_overflow")
    assert run["nodes"][0]["stdout"]["text"] == "4\n"


@pytest.mark.jail
@pytest.mark.once
def test_a_pack_with_a_grammar(tmp_path: Path, db: str) -> None:
    """The answer is a program because the grammar leaves nothing else."""
    grammar = 'root ::= "```bash\\necho " [a-d] [a-d]? "\\n```"'
    (tmp_path / "bound.toml").write_text(
        f"[bash]\ntext = 'do {{goal}}'\ngrammar = '''{grammar}'''\n", encoding="utf-8"
    )
    path = tiny.write(tmp_path / "tiny.gguf")
    run = recursor.run("it", model=str(path), pack=str(tmp_path / "bound.toml"), db=db)
    (only,) = read(db, run.id)["nodes"]
    assert only["exit_code"] == 0
    assert set(only["stdout"]["text"].strip()) <= set("abcd")
    assert read(db, run.id)["queries"][0]["parameters"]["grammar"] == grammar
