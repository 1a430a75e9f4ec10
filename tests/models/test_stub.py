"""The stub says what its file says, and refuses a bad file with one line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from recursor.errors import ConfigError, ModelError, UsageError
from recursor.models.stub import Stub, names
from recursor.types import Answer, Rendered, Request, Sampling


def ask(spec: str, text: str, *, repeat: int = 0, tokens: int = 512) -> Answer:
    model = Stub.load(spec.removeprefix("stub:"))
    call = Request(Rendered("prompt", ()), Sampling(max_tokens=tokens), 0, text, repeat)
    return asyncio.run(model.complete(call))


def test_the_first_rule_that_matches_answers(stub: Callable[[str], str]) -> None:
    spec = stub("[[rule]]\nmatch='b+'\nanswer='first'\n[[rule]]\nmatch='a'\nanswer='second'\n")
    assert ask(spec, "a bb").text == "first"
    assert ask(spec, "a").text == "second"


def test_answers_follow_the_repetitions_and_the_last_stays(stub: Callable[[str], str]) -> None:
    spec = stub("[[rule]]\nmatch=''\nanswers=['1','2']\n")
    assert [ask(spec, "x", repeat=n).text for n in range(4)] == ["1", "2", "2", "2"]


def test_expand_fills_in_groups(stub: Callable[[str], str]) -> None:
    spec = stub("[[rule]]\nmatch='find (?P<what>\\w+)'\nanswer='\\g<what>, \\1'\nexpand=true\n")
    assert ask(spec, "find cats").text == "cats, cats"
    plain = stub("[[rule]]\nmatch='find (\\w+)'\nanswer='\\1'\n")
    assert ask(plain, "find cats").text == "\\1"


def test_tokens_are_four_bytes_and_the_limit_cuts(stub: Callable[[str], str]) -> None:
    answer = ask(stub("[[rule]]\nmatch=''\nanswer='éééééé'\n"), "x", tokens=2)
    assert (answer.text, answer.answer_tokens, answer.finish_reason) == ("éééé", 2, "length")


def test_errors_and_no_rule_are_model_errors(stub: Callable[[str], str]) -> None:
    spec = stub("[[rule]]\nmatch='bad'\nerror='down'\n")
    with pytest.raises(ModelError, match="down"):
        ask(spec, "bad")
    with pytest.raises(ModelError, match="no rule") as caught:
        ask(spec, "other")
    assert caught.value.kind == "no_rule"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("", "rule: Field required"),
        ("rule = 1", "rule"),
        ("[[rule]]\nanswer='x'", "rule.1.match"),
        ("[[rule]]\nmatch='x'\nanswer='x'\n[[rule]]\nmatch='('\nanswer='x'", "rule.2.match"),
        ("[[rule]]\nmatch='x'", "exactly one of answer, answers and error"),
        ("[[rule]]\nmatch='x'\nanswer='a'\nerror='b'", "exactly one of"),
        ("[[rule]]\nmatch='x'\nanswer=1", "rule.1.answer"),
        ("[[rule]]\nmatch='x'\nanswers=[]", "rule.1.answers"),
        ("[[rule]]\nmatch='x'\nanswer='a'\ncolour='b'", "rule.1.colour"),
        ("[[rule]]\nmatch='x'\nanswer='a'\ndelay_ms=-1", "rule.1.delay_ms"),
        ("[[rule]]\nmatch='x'\nanswer='a'\ndelay_ms=inf", "rule.1.delay_ms"),
        ("[[rule]]\nmatch='x'\nanswer='\\2'\nexpand=true", "rule.1: answer cannot be expanded"),
        ("[[rule]]\nmatch='x'\nanswer='a'\nexpand='yes'", "rule.1.expand"),
        ("[[rule", "not TOML"),
    ],
)
def test_a_bad_file_names_rule_and_key(
    stub: Callable[[str], str], rules: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        Stub.load(stub(rules).removeprefix("stub:"))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_built_in_stubs_load() -> None:
    assert {"paperclip", "quine"} <= set(names())  # beside the package, and in the gallery
    for name in names():
        assert Stub.load(name).info.provenance == "planted"


def test_an_unknown_stub_names_the_known() -> None:
    with pytest.raises(UsageError, match="paperclip"):
        Stub.load("no-such-stub")
