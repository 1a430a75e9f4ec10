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
from pathlib import Path

from pydantic import Field, field_validator, model_validator

from recursor import keys, prompts, tomlfile
from recursor.errors import ModelError, UsageError
from recursor.models.base import CHATML
from recursor.resources import shipped
from recursor.tomlfile import Document
from recursor.types import Answer, ModelInfo, Prompt, Provenance, Rendered, Request

_SUFFIX = ".stub.toml"
"""How the file of a stub of the gallery ends."""


class Rule(Document):
    """One rule: what it answers to, and the answers (or the error) that it gives."""

    match: re.Pattern[str]
    """A regular expression, searched in the guest's words (for the root: in the goal)."""
    answer: str | None = None
    """The answer."""
    answers: list[str] | None = Field(None, min_length=1)
    """Or several: the n-th when one node asks the same words the n-th time; then the last."""
    error: str | None = None
    """Or the model fails, with this message."""
    expand: bool = False
    """Whether `\\1` in an answer is the match's group."""
    delay_ms: float = Field(0, ge=0)
    """How long the answer takes."""

    @field_validator("match", mode="before")
    @classmethod
    def _compiles(cls, value: object) -> re.Pattern[str]:
        if not isinstance(value, str):
            raise ValueError("it must be a regular expression")
        try:
            return re.compile(value)
        except re.error as error:
            raise ValueError(f"it is not a regular expression: {error}") from None

    @model_validator(mode="after")
    def _one_kind_of_answer(self) -> Rule:
        if [self.answer, self.answers, self.error].count(None) != 2:
            raise ValueError("it needs exactly one of answer, answers and error")
        for answer in self.texts if self.expand else ():
            try:
                self.match.sub(answer, "")  # checks the groups that the answer names
            except (re.error, IndexError) as error:
                raise ValueError(f"answer cannot be expanded: {error}") from None
        return self

    @property
    def texts(self) -> list[str]:
        return self.answers or ([] if self.answer is None else [self.answer])

    def text(self, match: re.Match[str], repeat: int) -> str:
        text = self.texts[min(repeat, len(self.texts) - 1)]
        return match.expand(text) if self.expand else text


class _StubFile(Document):
    rule: list[Rule] = Field(min_length=1)
    """`[[rule]]`: the first one that matches answers."""


class Stub:
    """The model of the specs `stub:NAME` (built in, or of the gallery) and `stub:FILE.toml`."""

    def __init__(self, spec: str, rules: list[Rule], digest: str) -> None:
        self._rules = rules
        self.info = ModelInfo(
            spec,
            digest,
            "stub",
            parameters=0,
            quantisation=None,
            engine="stub",
            rendering={"template": CHATML},
            provenance=Provenance.PLANTED,
        )

    @classmethod
    def load(cls, name: str) -> Stub:
        """Read a stub by its name or path; raises UsageError or ConfigError."""
        path = Path(name) if name.endswith(".toml") else _shipped().get(name)
        if path is None:
            known = ", ".join(names())
            raise UsageError(f"there is no stub {name!r}; built in: {known}; or stub:FILE.toml")
        data = tomlfile.read(path)
        rules = tomlfile.validate(path, data, _StubFile).rule
        return cls(f"stub:{name}", rules, keys.digest(data))

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
        await asyncio.sleep(rule.delay_ms / 1000)
        if rule.error is not None:
            raise ModelError(rule.error)
        whole = rule.text(match, request.repeat)
        limit = 4 * request.sampling.max_tokens
        text = whole.encode("utf-8", "surrogatepass")[:limit].decode("utf-8", "ignore")
        return Answer(
            text=text,
            token_ids=None,
            finish_reason="stop" if text == whole else "length",
            prompt_tokens=self.count(request.rendered),
            answer_tokens=_tokens(text),
            decode_s=rule.delay_ms / 1000,
        )

    def close(self) -> None:
        """Nothing to give back."""


def names() -> list[str]:
    """Return the names of the stubs that ship."""
    return sorted(_shipped())


def _shipped() -> dict[str, Path]:
    built_in = (Path(__file__).parent / "stubs").glob("*.toml")
    gallery = (shipped("runs") / "gallery").glob(f"*{_SUFFIX}")
    stubs = {path.name.removesuffix(_SUFFIX): path for path in gallery}
    return stubs | {path.stem: path for path in built_in}


def _tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "surrogatepass")) // 4)
