"""Models that compute nothing: what a recorded run says of its own, and a shadow of recorded runs.

A replay renders prompts as the recorded model did, for a request's name holds the rendered prompt;
asking it for anything is an error. A shadow answers with what was answered to somebody else at the
same depth: the structure that such a run still has is none that its programs brought about by what
they asked (a neutral model, as in Bedau, Snyder and Packard 1998).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from recursor import keys, prompts
from recursor.errors import ModelError
from recursor.models.base import CHATML, Models
from recursor.records import QueryRecord, Recording, RunRecord
from recursor.types import Answer, ModelInfo, Prompt, Provenance, Rendered, Request


class Silent:
    """A recorded run's model, of which there is only what the record says."""

    def __init__(self, info: ModelInfo) -> None:
        self.info = info

    def render(self, prompt: Prompt) -> Rendered:
        rendering = self.info.rendering
        return prompts.render(prompt, rendering["template"], rendering.get("tokens"))

    def count(self, rendered: Rendered) -> int:
        raise ModelError("only the model itself counts tokens, and this run has none")

    async def complete(self, request: Request) -> Answer:
        raise ModelError("only the record answers here, and it holds no answer")

    def close(self) -> None:
        pass


def silent(run: RunRecord) -> Models:
    """Return what a run's record says of its models."""
    default = ModelInfo(
        spec=run.model,
        digest=run.model_digest,
        family=run.model_family,
        parameters=run.model_parameters,
        quantisation=run.model_quantisation,
        engine=run.engine,
        rendering=run.rendering,
        inference=run.inference,
        provenance=run.model_provenance,
    )
    return Models(
        Silent(default), {name: Silent(ModelInfo(**info)) for name, info in run.models.items()}
    )


class Shadow:
    """Answers drawn at random, with replacement, from those that recorded runs got at a depth."""

    def __init__(self, spec: str, runs: Sequence[Recording]) -> None:
        planted = any(run.run.model_provenance == Provenance.PLANTED for run in runs)
        self._answers: dict[int, list[QueryRecord]] = defaultdict(list)
        for run in runs:
            depth: dict[str | None, int] = {None: 0}
            depth.update({node.id: node.depth for node in run.nodes})
            for query in run.queries:
                if query.answer is not None:
                    self._answers[depth[query.node]].append(query)
        self.info = ModelInfo(
            spec=spec,
            digest=keys.digest(["shadow", *(run.run.id for run in runs)]),
            family="shadow",
            parameters=None,
            quantisation=None,
            engine="recorded",
            rendering={"template": CHATML},
            provenance=Provenance.PLANTED if planted else Provenance.SHADOW,
        )

    def render(self, prompt: Prompt) -> Rendered:
        return prompts.render(prompt, CHATML)

    def count(self, rendered: Rendered) -> int:
        """Return an estimate: four bytes a token."""
        return -(-len(rendered.text.encode("utf-8", "surrogatepass")) // 4)

    async def complete(self, request: Request) -> Answer:
        """Answer by the request's seed, as everywhere: the schedule plays no part in it."""
        room = request.sampling.max_tokens
        choice = [q for q in self._answers[request.depth] if (q.answer_tokens or 0) <= room]
        if not choice:
            raise ModelError(f"no recorded answer at depth {request.depth} fits", "no_rule")
        drawn = random.Random(request.seed).choice(choice)
        return Answer(
            text=drawn.answer or "",
            token_ids=None,
            finish_reason=drawn.finish_reason or "stop",
            prompt_tokens=self.count(request.rendered),
            answer_tokens=drawn.answer_tokens or 0,
            source="shadow",
        )

    def close(self) -> None:
        pass
