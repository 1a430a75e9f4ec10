"""The seam between a run and whatever answers its queries."""

from typing import Protocol

from recursor.types import Answer, ModelInfo, Prompt, Rendered, Request

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content']"
    " + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
"""The chat template of models that bring none."""


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
