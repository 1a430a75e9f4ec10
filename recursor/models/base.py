"""The seam between a run and whatever answers its queries."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Protocol

from recursor.errors import ModelError
from recursor.types import Answer, ModelInfo, Prompt, Rendered, Request, Score

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content']"
    " + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
"""The chat template of models that bring none."""

UNKNOWN_MODEL, UNRENDERABLE, MISSING = "unknown_model", "unrenderable", "missing"
NOT_ASKED = (UNKNOWN_MODEL, UNRENDERABLE, MISSING)
"""The kinds of failures of a query for which no model was asked."""


class Model(Protocol):
    """Something that completes prompts.

    `complete` is the one method that costs anything; `render` and `count` are pure.
    """

    @property
    def info(self) -> ModelInfo: ...

    def render(self, prompt: Prompt) -> Rendered:
        """Return the prompt exactly as `complete` will read it."""
        ...

    def count(self, rendered: Rendered) -> int:
        """Return how many tokens `complete` will charge for the prompt at most."""
        ...

    async def complete(self, request: Request) -> Answer:
        """Answer; never more than `max_tokens` tokens. Raises ModelError. Cancelling is safe."""
        ...

    def close(self) -> None:
        """Give everything back; no `complete` may be outstanding."""
        ...


class Scorer(Protocol):
    """A model whose weights are here: it can say how likely an answer is."""

    @property
    def info(self) -> ModelInfo: ...

    async def score(self, rendered: Rendered, answer: Sequence[int], asker: str = "") -> Score:
        """Return how likely an answer (its tokens) is under a prompt. Raises ModelError."""
        ...

    def render(self, prompt: Prompt) -> Rendered:
        """Return the prompt exactly as `score` will read it."""
        ...

    def tokens(self, answer: str) -> list[int]:
        """Return the tokens of an answer that is given as text; none of them is a special one."""
        ...

    def ends(self, answer: Sequence[int]) -> list[int]:
        """Return where each token ends in the answer's text, in characters."""
        ...

    def close(self) -> None:
        """Give everything back; no `score` may be outstanding."""
        ...


@dataclass(frozen=True)
class Models:
    """The models of a run: the one that is asked by default, and those that have names."""

    default: Model
    named: Mapping[str, Model] = field(default_factory=dict)

    def get(self, name: str | None) -> Model:
        """Return a model by its name. Raises ModelError if there is none."""
        if name is None:
            return self.default
        try:
            return self.named[name]
        except KeyError:
            raise ModelError(f"there is no model {name!r}", UNKNOWN_MODEL) from None

    @property
    def infos(self) -> dict[str, ModelInfo]:
        return {name: model.info for name, model in self.named.items()}

    def close(self) -> None:
        with ExitStack() as closing:
            for model in {id(m): m for m in (self.default, *self.named.values())}.values():
                closing.callback(model.close)
