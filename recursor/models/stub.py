"""A deterministic model whose answers are written down in a TOML file.

    [[rule]]
    match = 'ideas for (\\w+)'         # a regular expression, searched in the guest's words
    answer = "one\\ntwo about \\\\1"     # or answers = [...]: the n-th when one node asks the same
    expand = true                      # words the n-th time; `expand` fills in the match's groups
    delay_ms = 20                      # how long the answer takes
                                       # or error = "...": the model fails

The first rule that matches answers; if none does, the model fails. A token is four UTF-8 bytes,
rounded up, so an answer is cut at 4 x `max_tokens` bytes.
"""

from __future__ import annotations

import asyncio
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recursor import keys, prompts
from recursor.errors import ConfigError, ModelError, UsageError
from recursor.models.base import CHATML
from recursor.types import Answer, ModelInfo, Prompt, Rendered, Request

_BUILT_IN = Path(__file__).parent / "stubs"
_KEYS = {"match", "answer", "answers", "error", "expand", "delay_ms"}


@dataclass(frozen=True)
class Rule:
    """One rule: what it answers to, and the answers (or the error) that it gives."""

    match: re.Pattern[str]
    answers: tuple[str, ...]
    error: str | None
    expand: bool
    delay_s: float

    def answer(self, match: re.Match[str], repeat: int) -> str:
        text = self.answers[min(repeat, len(self.answers) - 1)]
        return match.expand(text) if self.expand else text


class Stub:
    """The model of the specs `stub:NAME` (built in) and `stub:FILE.toml`."""

    def __init__(self, spec: str, rules: list[Rule], digest: str) -> None:
        self._rules = rules
        self.info = ModelInfo(
            spec,
            digest,
            "stub",
            parameters=0,
            quantisation=None,
            engine="stub",
            provenance="planted",
        )

    @classmethod
    def load(cls, name: str) -> Stub:
        """Read a stub by its name or path; raises UsageError or ConfigError."""
        path = Path(name) if name.endswith(".toml") else _BUILT_IN / f"{name}.toml"
        if not name.endswith(".toml") and name not in names():
            known = ", ".join(names())
            raise UsageError(f"there is no stub {name!r}; built in: {known}; or stub:FILE.toml")
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"cannot read the stub {path}: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"the stub {path} is not TOML: {error}") from error
        return cls(f"stub:{name}", _rules(path, data), keys.digest(data))

    def render(self, prompt: Prompt) -> Rendered:
        return prompts.render(prompt, CHATML)

    def count(self, rendered: Rendered) -> int:
        return _tokens(rendered.text)

    async def complete(self, request: Request) -> Answer:
        for rule in self._rules:
            if match := rule.match.search(request.text):
                break
        else:
            raise ModelError(f"no rule of the stub matches {request.text[:60]!r}", kind="no_rule")
        await asyncio.sleep(rule.delay_s)
        if rule.error is not None:
            raise ModelError(rule.error)
        whole = rule.answer(match, request.repeat)
        limit = 4 * request.sampling.max_tokens
        text = whole.encode("utf-8", "surrogatepass")[:limit].decode("utf-8", "ignore")
        return Answer(
            text=text,
            token_ids=None,
            finish_reason="stop" if text == whole else "length",
            prompt_tokens=self.count(request.rendered),
            answer_tokens=_tokens(text),
            decode_s=rule.delay_s,
        )

    def close(self) -> None:
        """Nothing to give back."""


def names() -> list[str]:
    """Return the names of the built-in stubs."""
    return sorted(path.stem for path in _BUILT_IN.glob("*.toml"))


def _tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "surrogatepass")) // 4)


def _rules(path: Path, data: dict[str, Any]) -> list[Rule]:
    if unknown := set(data) - {"rule"}:
        raise ConfigError(f"the stub {path}: unknown key {sorted(unknown)[0]!r}")
    tables = data.get("rule")
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise ConfigError(f"the stub {path} needs at least one [[rule]] table")
    return [_rule(f"the stub {path}, rule {n}", table) for n, table in enumerate(tables, 1)]


def _rule(where: str, table: dict[str, Any]) -> Rule:
    if unknown := set(table) - _KEYS:
        raise ConfigError(f"{where}: unknown key {sorted(unknown)[0]!r}")
    if len({"answer", "answers", "error"} & set(table)) != 1:
        raise ConfigError(f"{where}: it needs exactly one of answer, answers and error")
    match, error = table.get("match"), table.get("error")
    answers = table["answers"] if "answers" in table else [table.get("answer", "")]
    expand, delay = table.get("expand", False), table.get("delay_ms", 0)
    number = isinstance(delay, int | float) and not isinstance(delay, bool)
    for key, valid, needed in (
        ("match", isinstance(match, str), "a text"),
        ("error", error is None or isinstance(error, str), "a text"),
        (
            "answers" if "answers" in table else "answer",
            _texts(answers),
            "text, or a list of texts",
        ),
        ("expand", isinstance(expand, bool), "true or false"),
        ("delay_ms", number and delay >= 0, "a number, 0 or more"),
    ):
        if not valid:
            raise ConfigError(f"{where}: {key} must be {needed}")
    try:
        pattern = re.compile(str(match))
        if expand:
            _check_templates(pattern, answers)
    except (re.error, IndexError) as fault:
        key = "answer" if isinstance(fault, IndexError) else "match or answer"
        raise ConfigError(f"{where}: {key} is not valid: {fault}") from fault
    return Rule(pattern, tuple(answers), error, expand, delay / 1000)


def _texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def _check_templates(pattern: re.Pattern[str], answers: list[str]) -> None:
    """Raise re.error or IndexError if an answer names a group that the pattern does not have."""
    for answer in answers:
        pattern.sub(answer, "")
