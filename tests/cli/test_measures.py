"""`recursor stats`, `motifs`, `denials`, `label` and `planted`, of whatever was recorded."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import recursor
from recursor.analysis import groups
from recursor.planted import branching, mutation
from recursor.planted.plant import Plant, keep
from recursor.records import Recording
from recursor.store import Store
from recursor.types import Denial
from tests.cli.test_cli import one_line
from tests.conftest import Cli


def record(db: str, *recordings: Recording) -> list[str]:
    with Store(f"sqlite:///{db}", write=True) as store:
        for each in recordings:
            keep(store, each)
    return [each.run.id for each in recordings]


def trees(number: int) -> list[Recording]:
    return [branching.plant(seed, "binomial-1.5", "usual").recording for seed in range(number)]


def denied() -> Recording:
    plant = Plant("denied")
    top = plant.grow(None, './query-model "what?" || ./query-model "what?"\n')
    plant.ask(top, "what?", denial=Denial("breadth", 6, 7))
    plant.ask(top, "what?", "that")
    return plant.recording()


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["schema_version"] == 1
    return found


def test_stats_of_several_runs(db: str, cli: Cli) -> None:
    runs = record(db, *trees(3))
    lines = cli("stats", *runs).stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == runs
    assert [each["run"] for each in told(cli("stats", *runs, "--json"))["runs"]] == runs


def test_stats_by_depth_tell_branching(db: str, cli: Cli) -> None:
    runs = record(db, *trees(30))
    found = told(cli("stats", *runs, "--by", "depth", "--json"))
    assert found["model_provenance"] == "planted"
    assert [row["depth"] for row in found["branching"]] == [1, 2, 3, 4]
    first = found["branching"][0]
    assert first["low"] < 1.5 < first["high"]
    assert found["survival"][0]["share"] == 1.0


def test_stats_by_what_nodes_and_runs_have_in_common(db: str, cli: Cli) -> None:
    runs = record(db, denied(), *trees(2))
    (row,) = told(cli("stats", runs[0], "--by", "end_cause", "--json"))["by_end_cause"]
    assert (row["end_cause"], row["nodes"], row["clean_exits"]) == ("exited", 1, 1.0)
    frames = recursor.frames(*runs, db=db)
    by_language = groups.nodes_by(frames, "language")
    assert by_language["nodes"].sum() == len(frames.nodes)
    by_condition = groups.runs_by_condition(frames)
    assert set(by_condition["condition"]) == {groups.NONE}
    assert by_condition.set_index("measure").loc["nodes", "runs"] == 3


def test_measures_of_a_tree(db: str, cli: Cli) -> None:
    record(db, trees(1)[0])
    done = cli("stats", "--measures")
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("branching", "survival", "extinction", "shape against chance",
                 "information flow", "population over time"):  # fmt: skip
        assert f"── {part}" in done.stdout


def test_denials_and_motifs(db: str, cli: Cli) -> None:
    record(db, denied())
    found = told(cli("denials", "--json"))
    assert [row["response"] for row in found["responses"]] == ["retry"]
    shown = cli("motifs", "--motif", "retry")
    assert "retry, effective: asked for the same again, 1 times" in shown.stdout
    assert './query-model "what?" ||' in shown.stdout
    motifs = told(cli("motifs", "--json"))
    assert {row["motif"] for row in motifs["found"]} == {"query", "retry", "safe-failure"}
    retried = next(row for row in motifs["found"] if row["motif"] == "retry")
    assert retried["evidence"] == {"1": './query-model "what?" || ./query-model "what?"'}


def test_what_is_not_there_is_told_in_one_line(db: str, cli: Cli) -> None:
    record(db, denied())
    assert "there is no motif 'love'" in one_line(cli("motifs", "--motif", "love"), 2)
    for command in ("stats", "motifs", "denials", "lineage", "label"):
        assert "there is no run 'nosuch'" in one_line(cli(command, "nosuch"), 2)
    assert "there is no recording x.recursor" in one_line(cli("stats", "x.recursor"), 2)
    assert "there is no recording x.recursor" in one_line(cli("motifs", "x.recursor"), 2)


def test_planted_and_general_models_are_not_mixed_unasked(db: str, cli: Cli) -> None:
    recording = Path(recursor.__file__).parents[1] / "runs/gallery/smollm2.recursor"
    (run,) = record(db, denied())
    assert "general + planted" in one_line(cli("motifs", run, str(recording)), 2)
    assert cli("motifs", run, str(recording), "--mixed").returncode == 0


def test_labels_are_kept_and_compared(db: str, cli: Cli, tmp_path: Path) -> None:
    record(db, denied())
    shown = cli("label", "--blind", "--sample", "5", "-o", "l.jsonl", input="nonsense\n²\n1 5\n")
    assert shown.returncode == 0
    assert "the detector says" not in shown.stdout
    assert "query, denied: what?" in shown.stdout
    (line,) = (tmp_path / "l.jsonl").read_text().splitlines()
    assert json.loads(line)["motifs"] == ["query", "retry"]
    found = told(cli("label", "--blind", "--sample", "5", "-o", "l.jsonl", "--json"))
    assert (found["labelled"], found["sample"]) == (1, 1)
    of = {row["motif"]: row for row in found["agreement"]}
    assert (of["query"]["both"], of["safe-failure"]["b_only"]) == (1, 1)
    for none in ("no label", json.dumps({"node": "N", "motifs": []})):
        (tmp_path / "l.jsonl").write_text(f"{none}\n")
        assert "holds no labels" in one_line(cli("label", "-o", "l.jsonl"), 2)


def test_a_planted_run_is_recorded_once_with_its_truth(cli: Cli, tmp_path: Path) -> None:
    first = cli("planted", "--kind", "mutation", "--seed", "2")
    facts = [json.loads(line) for line in first.stdout.splitlines()]
    expected = mutation.plant(2, "dev", mutation.RATES[0])
    assert [fact["node"] for fact in facts] == [row["node"] for row in expected.truth]
    assert cli("planted", "--kind", "mutation", "--seed", "2").stdout == first.stdout
    assert len(json.loads(cli("runs", "--json").stdout)["runs"]) == 1
    cli("planted", "--kind", "clones", "-o", "truth.jsonl")
    assert (tmp_path / "truth.jsonl").read_text()
    again = cli("planted", "--kind", "clones", "-o", "truth.jsonl")
    assert "truth.jsonl is there already" in one_line(again, 2)
    nowhere = cli("planted", "--kind", "clones", "-o", "nowhere/truth.jsonl")
    assert "there is no folder nowhere" in one_line(nowhere, 2)


def test_frames_from_python(db: str) -> None:
    runs = record(db, *trees(2))
    frames = recursor.frames(*runs, db=db)
    assert list(frames.runs["id"]) == runs
    assert len(recursor.nodes_df(*runs, db=db)) == len(frames.nodes)
    assert list(recursor.runs_df(runs[0], db=db)["seed"]) == [0]
    assert set(recursor.queries_df(db=db)["run"]) <= set(runs)
    assert set(recursor.events_df(*runs, db=db)["kind"]) <= {"refused"}


def test_numbers_are_numbers_to_pandas(db: str) -> None:
    record(db, *trees(2))
    nodes, queries = recursor.nodes_df(db=db), recursor.queries_df(db=db)
    runs, events = recursor.runs_df(db=db), recursor.events_df(db=db)
    assert {str(nodes[name].dtype) for name in ("depth", "index", "occurrence")} == {"int64"}
    assert [str(nodes[name].dtype) for name in ("exit_code", "waited_s")] == ["Int64", "float64"]
    assert [str(each.dtype) for each in (runs["seed"], events["sequence"])] == ["int64", "int64"]
    assert "depth" in nodes.describe() and "answer_tokens" in queries.describe()
    assert list(nodes["program"]) == list(recursor.frames(db=db).nodes["program"])
