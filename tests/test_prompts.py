"""Packs, and who wrote which words of a prompt."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recursor import prompts
from recursor.errors import ConfigError, ModelError, UsageError
from recursor.models.base import CHATML
from recursor.programs import Delivered
from recursor.types import Language, Message, Prompt, Rendered, Segment

LADDER = [
    "bare", "examples", "examples-everywhere", "examples-memory", "examples-plain", "manual",
    "mention", "qa", "seedling",
]  # fmt: skip


def sources(rendered: Rendered) -> list[tuple[str, str]]:
    return [(rendered.text[s.start : s.end], s.source) for s in rendered.spans]


def test_the_ladder_ships() -> None:
    assert prompts.names() == LADDER


@pytest.mark.parametrize("name", LADDER)
def test_every_pack_puts_the_goal_in_its_place(name: str) -> None:
    pack = prompts.load(name)
    for language in pack.forms:
        prompt, _ = pack.root("fold 7 cranes", language)
        rendered = prompts.render(prompt, CHATML)
        guest = [text for text, source in sources(rendered) if source == "guest"]
        assert guest == ["fold 7 cranes"]
        assert "{goal}" not in rendered.text


def test_packs_declare_what_they_plant() -> None:
    planted = {name: set(prompts.load(name).plants) for name in LADDER}
    assert planted["bare"] == planted["examples-plain"] == planted["qa"] == set()
    assert all(
        "query" in planted[name] for name in LADDER if name not in ("bare", "examples-plain", "qa")
    )


@pytest.mark.parametrize("name", LADDER)
def test_a_pack_that_plants_no_query_never_mentions_one(name: str) -> None:
    text = prompts.path_of(name).read_text()
    assert ("query-model" in text) == ("query" in prompts.load(name).plants)


def test_guest_queries_are_raw_unless_the_pack_frames_them() -> None:
    words = [Segment("what is a clip?", "guest")]
    raw, sampling = prompts.load("examples").guest(words, Language.BASH)
    assert raw == Prompt(messages=(Message("user", tuple(words)),))
    assert sampling.stop == ()
    framed, sampling = prompts.load("examples-everywhere").guest(words, Language.BASH)
    assert framed.plain
    assert sampling.stop == ("```",)


@given(st.text(min_size=1), st.text(min_size=1))
def test_spans_cover_the_prompt_and_name_the_guest(system: str, guest: str) -> None:
    messages = (
        Message("system", (Segment(system),)),
        Message("user", (Segment("Goal: "), Segment(guest, "guest"))),
    )
    rendered = prompts.render(Prompt(messages=messages), CHATML)
    assert "".join(text for text, _ in sources(rendered)) == rendered.text
    assert [text for text, source in sources(rendered) if source == "guest"] == [guest]


def test_words_that_occur_twice_are_told_apart() -> None:
    messages = (Message("system", (Segment("a cat"),)), Message("user", (Segment("cat", "guest"),)))
    rendered = prompts.render(Prompt(messages=messages), CHATML)
    (span,) = [span for span in rendered.spans if span.source == "guest"]
    assert span.start > rendered.text.index("user")


def test_a_template_that_strips_still_has_provenance() -> None:
    template = "{% for m in messages %}[{{ m.content | trim }}]{% endfor %}"
    message = Message("user", (Segment("  hi ", "guest"),))
    rendered = prompts.render(Prompt(messages=(message,)), template)
    assert sources(rendered) == [("[", "host"), ("hi", "guest"), ("]", "host")]


def test_a_template_that_rewrites_has_none() -> None:
    message = Message("user", (Segment("hi", "guest"),))
    rendered = prompts.render(Prompt(messages=(message,)), "{{ messages[0].content | upper }}")
    assert sources(rendered) == [("HI", "host")]


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ messages.__class__.__mro__[1].__subclasses__() }}",
        "{{ 1 / 0 }}",
        "{{ 'a' * 10**15 }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    ],
)
def test_a_hostile_template_is_an_error(hostile: str) -> None:
    message = Message("user", (Segment("hi"),))
    with pytest.raises(ModelError, match="chat template"):
        prompts.render(Prompt(messages=(message,)), hostile)


def test_quotations_are_attributed_to_the_latest_answer() -> None:
    answers = [
        Delivered("new", "write a guest list\nbake the cake slowly"),
        Delivered("old", "bake the cake slowly"),
    ]
    segments = prompts.attribute("Do this: bake the cake slowly. And more.", answers)
    assert segments == (
        Segment("Do this: ", "guest"),
        Segment("bake the cake slowly", "answer:new"),
        Segment(". And more.", "guest"),
    )
    assert prompts.attribute("nothing", answers) == (Segment("nothing", "guest"),)


@given(st.text(), st.lists(st.text()))
def test_attribution_loses_no_words(text: str, answers: list[str]) -> None:
    heard = [Delivered(str(n), answer) for n, answer in enumerate(answers)]
    segments = prompts.attribute(text, heard)
    assert "".join(segment.text for segment in segments) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[bash", "not TOML"),
        ("colour = 1", "colour"),
        ("summary = 'x'", "neither [bash] nor [python]"),
        ("guest = 'x'\n[bash]\ntext='{goal}'", "guest: "),
        ("[bash]\ntext = 'no place'", "bash: it must name {goal} exactly once"),
        ("[bash]\ntext = '{goal} {goal}'", "bash: it must name {goal} exactly once"),
        ("[bash]\nstop = ['a']", "bash: it needs either text or messages"),
        ("[bash]\ntext = '{goal}'\nstop = 'a'", "bash.stop"),
        ("[bash]\ntext = '{goal}'\nstop = ['']", "bash.stop.1"),
        ("[bash]\nmessages = [{role='user'}]", "bash.messages.1.text"),
        ("[sampling]\ntemperature = -1\n[bash]\ntext='{goal}'", "sampling.temperature"),
        ("[sampling]\ntemperature = inf\n[bash]\ntext='{goal}'", "sampling.temperature"),
        ("[sampling]\nheat = 1\n[bash]\ntext='{goal}'", "sampling.heat"),
        ("bash = 1", "bash: "),
        ("sampling = 1\n[bash]\ntext='{goal}'", "sampling: "),
        ("plants = 'x'\n[bash]\ntext='{goal}'", "plants: "),
    ],
)
def test_a_bad_pack_is_one_clear_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    for temperature in (None, 0.5):
        with pytest.raises(ConfigError) as caught:
            prompts.load(str(path), temperature)
        assert message in str(caught.value)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("temperature", [-1, float("inf"), float("nan")])
def test_a_temperature_that_no_pack_can_have_is_a_usage_error(temperature: float) -> None:
    with pytest.raises(UsageError, match="a temperature is"):
        prompts.load("examples", temperature)


def test_an_unknown_pack_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="prompts list"):
        prompts.load("no-such-pack")
    with pytest.raises(UsageError, match="no python form"):
        prompts.load("examples-plain").form(Language.PYTHON)
