"""A server that speaks OpenAI's API, behind the model seam.

`OPENAI_BASE_URL` and `OPENAI_API_KEY` say where it is and who asks; without the first it is
api.openai.com. The server applies its own chat template, so what is recorded as rendered is a
transcript: every message below its role.

Its tokens can be counted only afterwards. Reserved is one for each byte of the transcript, since no
token is shorter, and `FRAME_TOKENS` for what the template puts around each message. Charged is what
the server reports, but never more than was reserved, and all of that if it reports nothing usable.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import openai
from pydantic import (
    BaseModel,
    Field,
    NonNegativeInt,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from recursor import keys, loops, prompts
from recursor.errors import ModelError, UsageError
from recursor.types import Answer, ModelInfo, Prompt, Rendered, Request

TIMEOUT_S, CONNECT_S = 300.0, 5.0
"""How long one attempt may take until the whole answer is there, and until the server is."""
RETRIES = 4
"""Further attempts after a rate limit, a server's fault or no answer; the waits double."""
FRAME_TOKENS = 64
SAID_CHARACTERS = 300
"""How much of a server's own words an error repeats."""

_TRANSCRIPT = "{% for m in messages %}{{ m.role }}:\n{{ m.content }}\n\n{% endfor %}"
_NO_KEY = "no-key"
_NO_URL = "OPENAI_BASE_URL is no URL such as http://localhost:8080/v1"
_OVERFLOWS = ("context_length_exceeded", "exceed_context_size_error")
"""OpenAI's error code for a prompt that is too long, and llama-server's error type."""


class _Details(BaseModel):
    cached_tokens: NonNegativeInt | None = None


class _Usage(BaseModel):
    prompt_tokens: NonNegativeInt
    completion_tokens: NonNegativeInt
    prompt_tokens_details: _Details | None = None


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    text: str | None = None
    message: _Message = _Message()
    finish_reason: str | None = None


class _Reply(BaseModel):
    """What is needed of an answer; servers differ in the rest."""

    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None

    @field_validator("usage", mode="wrap")
    @classmethod
    def _usable(cls, value: object, validate: ValidatorFunctionWrapHandler) -> _Usage | None:
        try:
            return validate(value)  # type: ignore[no-any-return]
        except ValidationError:
            return None


class Remote:
    """The model of the spec `openai:NAME`."""

    def __init__(self, spec: str) -> None:
        """Ask nothing yet. Raises UsageError for a bad name, URL or key, ModelError for no key."""
        self._name = spec.removeprefix("openai:")
        if not self._name:
            raise UsageError("a remote model has a name: openai:NAME")
        self._is_openai = "OPENAI_BASE_URL" not in os.environ
        key = os.environ.get("OPENAI_API_KEY", "").strip()
        if not (key.isascii() and key.isprintable()):
            raise UsageError("OPENAI_API_KEY holds characters that no key can have")
        try:
            urlsplit(os.environ.get("OPENAI_BASE_URL", "")).port  # noqa: B018 - it is read
        except ValueError:
            raise UsageError(_NO_URL) from None
        try:
            self._client = openai.AsyncOpenAI(
                api_key=key or (None if self._is_openai else _NO_KEY),
                timeout=openai.Timeout(TIMEOUT_S, connect=CONNECT_S),
                max_retries=RETRIES,
                # A connection that is kept would outlive the event loop it belongs to.
                default_headers={"Connection": "close"},
            )
        except openai.OpenAIError:
            raise ModelError(
                "there is no key for api.openai.com; set OPENAI_API_KEY,"
                " or OPENAI_BASE_URL for another server"
            ) from None
        url = self._client.base_url
        if not url.host:
            raise UsageError(_NO_URL)
        self._server = f"{url.scheme}://{url.netloc.decode()}{url.path.rstrip('/')}"
        self.info = ModelInfo(
            spec,
            keys.digest([self._server, self._name]),
            "remote",
            parameters=None,
            quantisation=None,
            engine=f"openai {openai.__version__}",
            rendering={"template": _TRANSCRIPT},
        )

    def render(self, prompt: Prompt) -> Rendered:
        messages = tuple((message.role, message.text) for message in prompt.messages)
        return replace(prompts.render(prompt, _TRANSCRIPT), messages=messages)

    def count(self, rendered: Rendered) -> int:
        frames = max(1, len(rendered.messages))
        return len(rendered.text.encode("utf-8", "surrogatepass")) + FRAME_TOKENS * frames

    async def complete(self, request: Request) -> Answer:
        if request.sampling.grammar is not None:
            raise ModelError("a remote model takes no grammar; use another pack")
        asked = time.monotonic()
        path, body = self._question(request)
        try:
            reply = _Reply.model_validate_json(
                await self._client.post(path, body=body, cast_to=str)
            )
        except openai.OpenAIError as error:
            raise self._failure(error) from error
        except ValidationError as error:
            raise ModelError(f"{self._server} sent something that is no answer") from error
        choice = reply.choices[0]
        prompt_most, answer_most = self.count(request.rendered), request.sampling.max_tokens
        usage = reply.usage or _Usage(prompt_tokens=prompt_most, completion_tokens=answer_most)
        prompt_tokens = min(usage.prompt_tokens, prompt_most)
        details = usage.prompt_tokens_details or _Details()
        return Answer(
            text=choice.text or choice.message.content or "",
            token_ids=None,
            finish_reason=choice.finish_reason or "unknown",
            prompt_tokens=prompt_tokens,
            answer_tokens=min(usage.completion_tokens, answer_most),
            cached_tokens=min(details.cached_tokens or 0, prompt_tokens),
            decode_s=time.monotonic() - asked,
        )

    def close(self) -> None:
        loops.run(self._client.close())

    def _question(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Return the path and the body of a request.

        `top_k`, `min_p` and the repeat penalty are no part of OpenAI's API: api.openai.com refuses
        them, other servers know them, or ignore them.
        """
        sampling, rendered = request.sampling, request.rendered
        body: dict[str, Any] = {
            "model": self._name,
            "seed": request.seed,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
        }
        if sampling.stop:
            body["stop"] = sampling.stop
        if not self._is_openai:
            body["top_k"] = sampling.top_k
            body["min_p"] = sampling.min_p
            body["repeat_penalty"] = sampling.repeat_penalty  # llama-server
            body["repetition_penalty"] = sampling.repeat_penalty  # vLLM
        if not rendered.messages:
            return "/completions", body | {
                "prompt": rendered.text,
                "max_tokens": sampling.max_tokens,
            }
        # OpenAI's newer models refuse the old name of this limit, other servers know only that.
        limit = "max_completion_tokens" if self._is_openai else "max_tokens"
        messages = [{"role": role, "content": text} for role, text in rendered.messages]
        return "/chat/completions", body | {"messages": messages, limit: sampling.max_tokens}

    def _failure(self, error: openai.OpenAIError) -> ModelError:
        match error:
            case openai.APITimeoutError():
                return ModelError(f"{self._server} gave no answer within {TIMEOUT_S:g} s")
            case openai.APIConnectionError():
                # The cause's own words may quote the key.
                why = type(error.__cause__).__name__
                return ModelError(f"cannot reach {self._server} ({why}); check OPENAI_BASE_URL")
            case openai.APIStatusError():
                said = error.body.get("message") if isinstance(error.body, Mapping) else error.body
                words = str(said or "").replace(self._client.api_key, "[key]")[:SAID_CHARACTERS]
                check = "; check OPENAI_API_KEY" if error.status_code == 401 else ""
                overflows = error.code in _OVERFLOWS or error.type in _OVERFLOWS
                return ModelError(
                    f"{self._server} answered {error.status_code}: {words}{check}",
                    "context_overflow" if overflows else "failed",
                )
        return ModelError(f"{self._server} gave no answer: {type(error).__name__}")
