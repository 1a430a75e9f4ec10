"""llama.cpp behind the model seam: one context, one engine thread, one query at a time.

Theory of operation. Only the engine thread touches the context after loading; queries reach it
through a single-thread executor and come back as futures, so the loop never waits for a token. A
cancelled query raises a flag that the engine reads before each token. Words of a guest that spell
a special token of the model (such as a chat template's end of turn) are tokenised as plain text:
nobody but the host can open or close a turn.
"""

from __future__ import annotations

import asyncio
import codecs
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# libgomp spins by default and collapses when generated programs use the cores too. It reads this
# once, when llama.cpp is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import llama_cpp

from recursor import prompts
from recursor.errors import ModelError
from recursor.models.base import CHATML
from recursor.types import Answer, ModelInfo, Prompt, Rendered, Request

CONTEXT_TOKENS = 4096
"""The context is as long as the model was trained for, up to this."""


class Llama:
    """A GGUF model."""

    def __init__(self, spec: str, path: Path) -> None:
        gpu = llama_cpp.llama_supports_gpu_offload()
        try:
            self._llama = llama_cpp.Llama(
                str(path),
                n_ctx=CONTEXT_TOKENS,
                n_gpu_layers=-1 if gpu else 0,
                n_threads=len(os.sched_getaffinity(0)),
                verbose=False,
            )
        except (ValueError, OSError, RuntimeError) as error:
            raise ModelError(f"llama.cpp cannot load {path}: it is no usable GGUF") from error
        metadata = self._llama.metadata
        self._template = metadata.get("tokenizer.chat_template", CHATML)
        self._specials = _special_tokens(self._llama)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")
        self.info = ModelInfo(
            spec=spec,
            digest=_file_digest(path),
            family=metadata.get("general.architecture", "unknown"),
            parameters=int(self._llama._model.n_params()),
            quantisation=self._llama._model.desc().rsplit(" ", 1)[-1],
            engine=f"llama-cpp-python {llama_cpp.__version__}{' gpu' if gpu else ''}",
        )

    def render(self, prompt: Prompt) -> Rendered:
        tokens = {
            "bos_token": _piece(self._llama, self._llama.token_bos()),
            "eos_token": _piece(self._llama, self._llama.token_eos()),
        }
        return prompts.render(prompt, self._template, tokens)

    def count(self, rendered: Rendered) -> int:
        return len(self._tokenize(rendered))

    async def complete(self, request: Request) -> Answer:
        cancelled = threading.Event()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._complete, request, cancelled)
        finally:
            cancelled.set()

    def close(self) -> None:
        self._thread.shutdown()
        self._llama.close()

    def _complete(self, request: Request, cancelled: threading.Event) -> Answer:
        prompt = self._tokenize(request.rendered)
        context = self._llama.n_ctx()
        if len(prompt) >= context:
            raise ModelError(
                f"the prompt has {len(prompt)} tokens, the context {context}", "context_overflow"
            )
        room = min(request.sampling.max_tokens, context - len(prompt))
        writer = _Writer(self._llama, request.sampling.stop)
        started = first = time.perf_counter()
        finish = "length" if room == request.sampling.max_tokens else "context"
        try:
            for token in self._tokens(prompt, request):
                first = first if writer.tokens else time.perf_counter()
                if cancelled.is_set() or not writer.add(token):
                    finish = "stop"
                    break
                if len(writer.tokens) == room:
                    break
        except (RuntimeError, ValueError) as error:
            self._llama.reset()
            raise ModelError(f"llama.cpp failed while decoding: {error}") from error
        return Answer(
            text=writer.text(),
            token_ids=tuple(writer.tokens),
            finish_reason=finish,
            prompt_tokens=len(prompt),
            answer_tokens=len(writer.tokens),
            prefill_s=first - started,
            decode_s=time.perf_counter() - first,
        )

    def _tokens(self, prompt: list[int], request: Request) -> Iterator[int]:
        sampling = request.sampling
        self._llama.set_seed(request.seed)
        generated: Iterator[int] = self._llama.generate(
            prompt,
            temp=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            min_p=sampling.min_p,
            repeat_penalty=sampling.repeat_penalty,
        )
        return generated

    def _tokenize(self, rendered: Rendered) -> list[int]:
        """Tokenise a prompt; only the host's words may hold special tokens.

        The text is cut only around foreign words that spell a special token: a cut elsewhere would
        change how the words beside it are tokenised.
        """
        pieces: list[tuple[str, bool]] = [("", rendered.template)]
        for span in rendered.spans:
            words = rendered.text[span.start : span.end]
            special = rendered.template
            if span.source != "host" and any(token in words for token in self._specials):
                special = False
            if special == pieces[-1][1]:
                pieces[-1] = (pieces[-1][0] + words, special)
            else:
                pieces.append((words, special))
        bos = bool(llama_cpp.llama_vocab_get_add_bos(self._llama._model.vocab))
        tokens: list[int] = []
        for words, special in pieces:
            data = words.encode("utf-8", "replace")
            tokens += self._llama.tokenize(data, add_bos=bos and not tokens, special=special)
        # A template that writes the token itself must not get it twice.
        if bos and tokens[:2] == [self._llama.token_bos()] * 2:
            del tokens[0]
        return tokens


class _Writer:
    """Turns tokens into text up to an end token or a stop string, never splitting a character."""

    def __init__(self, llama: llama_cpp.Llama, stop: tuple[str, ...]) -> None:
        self.tokens: list[int] = []
        self._llama = llama
        self._stop = stop
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""

    def add(self, token: int) -> bool:
        """Take one token; return whether the answer goes on."""
        self.tokens.append(token)
        if llama_cpp.llama_vocab_is_eog(self._llama._model.vocab, token):
            return False
        self._text += self._decoder.decode(self._llama.detokenize([token], self.tokens[:-1]))
        return not any(stop in self._text for stop in self._stop)

    def text(self) -> str:
        whole = self._text + self._decoder.decode(b"", final=True)
        ends = [whole.index(stop) for stop in self._stop if stop in whole]
        return whole[: min(ends, default=len(whole))]


def _special_tokens(llama: llama_cpp.Llama) -> list[str]:
    special = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
    vocab = llama._model.vocab
    tokens = (
        llama_cpp.llama_vocab_get_text(vocab, token).decode("utf-8", "replace")
        for token in range(llama.n_vocab())
        if llama_cpp.llama_vocab_get_attr(vocab, token) & special
    )
    return [token for token in tokens if token]


def _piece(llama: llama_cpp.Llama, token: int) -> str:
    if token < 0:
        return ""
    return str(llama.detokenize([token], special=True).decode("utf-8", "replace"))


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
