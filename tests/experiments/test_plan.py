"""A plan is expanded before anything runs, or refused with one line that names the key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer.main

from recursor import prompts
from recursor.cli import run as run_command
from recursor.errors import ConfigError
from recursor.experiments import expand
from recursor.runs.options import Options
from tests.experiments.plans import SMALL, loaded, write


def test_conditions_are_all_combinations_and_pairs_run_in_each(tmp_path: Path) -> None:
    found = loaded(
        tmp_path, depth='depth = [1, 2]\nmemory = ["none", "run"]', seeds="seeds = [7, 3]"
    )
    labels = [condition.label for condition in found.conditions]
    assert labels == ["depth 1, memory none", "depth 1, memory run",
                      "depth 2, memory none", "depth 2, memory run"]  # fmt: skip
    assert [(t.pair, t.seed, t.condition.label) for t in found.trials] == [
        (f"text-1/{seed}", seed, label) for seed in (7, 3) for label in labels
    ]
    assert [trial.number for trial in found.trials] == list(range(8))
    assert found.pairs == 2
    assert found.independent == 2, "conditions share a goal and seed, whatever factor differs"


def test_a_repeat_is_a_pair_of_its_own(tmp_path: Path) -> None:
    found = loaded(tmp_path, seeds="seeds = 1\nrepeats = 2")
    assert {trial.pair for trial in found.trials} == {"text-1/0/0", "text-1/0/1"}
    assert (found.pairs, found.independent) == (2, 1)


def test_a_trial_is_a_configuration_with_its_place(tmp_path: Path) -> None:
    found = loaded(tmp_path, time='time = "90s"\ntemperature = 0.25\ntokens = 600')
    trial = found.trials[3]
    config = trial.condition.config(trial, "EXPERIMENT")
    assert (config.goal, config.seed, config.limits.depth) == ("goal", 1, 2)
    assert (config.limits.seconds, config.limits.tokens) == (90, 600)
    assert trial.condition.pack.sampling.temperature == 0.25
    assert config.place is not None
    assert config.place.condition == {"depth": 2}
    assert (config.place.pair, config.place.trial) == ("text-1/1", 3)


def test_the_digest_is_of_what_decides_and_of_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tmp_path / "pack.toml"
    pack.write_text(prompts.path_of("bare").read_text())
    text = SMALL.replace("[factors]", f'pack = "{pack}"\n[factors]')
    digest = loaded(tmp_path, text).digest
    monkeypatch.setattr("recursor.config.parallel_default", lambda: 77)
    assert loaded(tmp_path, text).digest == digest, "of the machine"
    assert loaded(tmp_path, text, seeds="seeds = 3").digest != digest
    assert loaded(tmp_path, text, time='time = "61s"').digest != digest
    pack.write_text(pack.read_text().replace("{goal}", "{goal} "))
    assert loaded(tmp_path, text).digest != digest, "the words of a pack"


def test_the_content_of_a_plan_survives_json(tmp_path: Path) -> None:
    content = loaded(tmp_path).content
    assert json.loads(json.dumps(content)) == content


def test_without_declared_comparisons_the_first_value_is_the_baseline(tmp_path: Path) -> None:
    found = loaded(tmp_path, depth="depth = [1, 2, 3]")
    assert [each.levels for each in found.comparisons] == [[1, 2], [1, 3]]
    declared = SMALL + '[[comparison]]\nfactor = "depth"\nlevels = [2, 1]\nmeasures = ["nodes"]'
    assert [each.levels for each in loaded(tmp_path, declared).comparisons] == [[2, 1]]


def test_every_option_of_a_run_can_be_a_factor() -> None:
    command = typer.Typer()
    command.command()(run_command.run)
    flags = {
        name.removeprefix("--")
        for parameter in typer.main.get_command(command).params
        for name in parameter.opts
        if name.startswith("--")
    }
    of_one_run = {
        "seed", "name", "approve", "dry-run", "fail-on-limit", "display", "json", "db", "warm",
        "help", "install-completion", "show-completion",
    }  # fmt: skip
    assert {field.alias for field in Options.model_fields.values()} == flags - of_one_run


BAD = {
    "factors.colour": {'depth': 'colour = ["red"]'},
    "run.seed": {'time': "seed = 3"},
    "run.depth": {'time': "depth = 3"},
    "factors.depth": {'depth': "depth = [1, 0]"},
    "factors.depth ": {'depth': "depth = []"},
    "factors.depth: a value": {'depth': "depth = [2, 2]"},
    "factors.memory": {'depth': 'memory = ["none", "all"]'},
    "factors.pack": {'depth': 'pack = ["bare", "nonesuch"]'},
    "factors.model": {'model': "", 'depth': 'model = ["stub:paperclip", "nonesuch"]'},
    "run.model": {'model': 'model = "stub:nonesuch"'},
    "run.time": {'time': 'time = "soon"'},
    "run.root": {'time': 'root = "nonesuch.sh"'},
    "run.forbid-program": {'time': 'forbid-program = "nonesuch"'},
    "run.temperature": {'time': "temperature = -1"},
    "run.temperature: ": {'time': "temperature = inf"},
    "run.deny-random": {'time': "deny-random = 2"},
    "run.trace": {'time': 'trace = "yes"'},
    "measures": {'measures': 'measures = ["nodes", "joy"]'},
    "measures: a measure": {'measures': 'measures = ["nodes", "nodes"]'},
    "measures ": {'measures': "measures = []"},
    "goals": {'goals': 'goals = { names = ["nonesuch"] }'},
    "goals: no goal": {'goals': 'goals = { tags = ["nonesuch"] }'},
    "goals: say": {'goals': "goals = {}"},
    "goals.texts": {'goals': 'goals = { texts = [" "] }'},
    "seeds": {'seeds': "seeds = [1, 1]"},
    "seeds ": {'seeds': "seeds = 0"},
    "seeds: from 1 to 100000": {'seeds': f"seeds = {10**30}"},
    "seeds: from 0 to 2^63 - 1": {'seeds': f"seeds = [{2**63}]"},
    "goals: text-1 and text-2": {'goals': 'goals = { texts = ["a", "a"] }'},
    "factors.temperature": {'depth': "temperature = [1.0, nan]"},
    "factors.depth: a value that": {'depth': "depth = [1979-05-27]"},
    "run.root: ": {'time': r'root = "a\u0000b"'},
    "nested": {'time': f"files = {'[' * 5000}{']' * 5000}"},
    "repeats": {'seeds': "seeds = 1\nrepeats = 0"},
    "name": {'name': 'name = "two words"'},
    "colour": {'name': 'name = "x"\ncolour = 1'},
    "runs are more": {'seeds': "seeds = 100000"},
    "factors: more": {
        'depth': f"depth = {list(range(1, 400))}\nbreadth = {list(range(1, 400))}",
    },
}  # fmt: skip


@pytest.mark.parametrize("key", BAD)
def test_what_is_wrong_is_named(key: str, tmp_path: Path) -> None:
    path = write(tmp_path, **BAD[key])
    with pytest.raises(ConfigError) as raised:
        expand.load(path)
    told = str(raised.value)
    assert told.startswith(f"{path}: ")
    assert key.strip() in told
    assert "\n" not in told
    assert "pydantic" not in told


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ("depth = [4]\nnodes = [3]", "factors.depth: 4 can never be reached with nodes = 3"),
        ("answer-tokens = [500]\ntokens = [400]", "factors.answer-tokens: 500"),
        ('program-time = ["2m"]', "factors.program-time: 2m can never be reached with time = 60s"),
        ("breadth = [9]\nqueries = [8]", "factors.breadth"),
    ],
)
def test_limits_that_contradict_each_other_are_refused(
    lines: str, key: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=key):
        loaded(tmp_path, depth=lines)


def test_limits_that_are_not_given_contradict_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path, time='time = "1s"')  # a program may have 60 s by default


def test_a_pack_without_the_language_is_refused(tmp_path: Path) -> None:
    pack = tmp_path / "bash-only.toml"
    pack.write_text("[bash]\ntext = '{goal}'")
    with pytest.raises(ConfigError, match="depth 1: the pack bash-only has no python form"):
        loaded(tmp_path, time=f'pack = "{pack}"\nlanguage = "python"')


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ('factor = "breadth"\nlevels = [1, 2]', "comparison.1.factor"),
        ('factor = "depth"\nlevels = [1, 3]', "comparison.1.levels"),
        ('factor = "depth"\nlevels = [1, [1979-05-27]]', "comparison.1.levels"),
        ('factor = "depth"\nlevels = [1, 1]', "comparison.1.levels"),
        ('factor = "depth"\nlevels = [1]', "comparison.1.levels"),
        ('factor = "depth"\nlevels = [1, 2]\nmeasures = ["tokens"]', "comparison.1.measures"),
        ('factor = "depth"\nlevels = [1, 2]\ndetect = 0', "comparison.1.detect"),
        (
            'factor = "depth"\nlevels = [1, 2]\n[[comparison]]\nfactor = "depth"\nlevels = [1, 2]',
            "comparison.2",
        ),
    ],
)
def test_a_comparison_of_what_is_not_there_is_refused(lines: str, key: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=key):
        loaded(tmp_path, f"{SMALL}\n[[comparison]]\n{lines}")


def test_a_file_that_is_no_plan_is_refused(tmp_path: Path) -> None:
    for text in ("name = ", "", 'goal = "x"'):
        path = tmp_path / "bad.toml"
        path.write_text(text)
        with pytest.raises(ConfigError, match=r"bad\.toml"):
            expand.load(path)
    with pytest.raises(ConfigError, match="nonesuch"):
        expand.load(tmp_path / "nonesuch.toml")
