"""A GGUF file: its weights, its vocabulary and its chat template.

Words of a guest that spell a special token of the model (such as a chat template's end of turn) are
tokenised as plain text: nobody but the host can open or close a turn.
"""

from __future__ import annotations

import ctypes
import os
from functools import cached_property
from pathlib import Path

# libgomp's threads spin while they wait for each other. For as long as they do by default they
# collapse when generated programs use the cores too; not at all, and every one of the hundreds of
# barriers of a step puts a thread to sleep (3 times slower). A short while is as fast as spinning
# on idle cores, and as sturdy as sleeping on busy ones. Read once, when llama.cpp is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "200")

import llama_cpp as llama

from recursor.errors import ModelError
from recursor.models import gguf
from recursor.models.base import CHATML
from recursor.types import ModelInfo, Provenance, Rendered

_TEXT_BYTES = 64 * 1024


@llama.llama_log_callback  # type: ignore[untyped-decorator]
def _silent(_level: int, _text: bytes, _data: ctypes.c_void_p) -> None:
    """llama.cpp would print what it does."""


llama.llama_log_set(_silent, None)


class Weights:
    """A loaded model without any context."""

    def __init__(self, spec: str, path: Path) -> None:
        """Raise ModelError if llama.cpp cannot load the file, or it is no model for this engine."""
        self.gpu = has_gpu()
        if not self.gpu:
            size = sum(part.stat().st_size for part in gguf.parts(path) if part.exists())
            need_memory(size, "the weights", "a smaller model")
        llama.llama_backend_init()
        parameters = llama.llama_model_default_params()
        parameters.n_gpu_layers = -1 if self.gpu else 0
        self.model = llama.llama_model_load_from_file(os.fsencode(path), parameters)
        if not self.model:
            raise ModelError(f"llama.cpp cannot load {path}: it is no usable GGUF")
        if not self._is_decoder():
            llama.llama_model_free(self.model)
            raise ModelError(f"{path} is no plain decoder: a prefix of it cannot be shared")
        self.vocab = llama.llama_model_get_vocab(self.model)
        if llama.llama_vocab_type(self.vocab) == llama.LLAMA_VOCAB_TYPE_NONE:
            llama.llama_model_free(self.model)
            raise ModelError(f"{path} has no vocabulary")
        self.size = int(llama.llama_vocab_n_tokens(self.vocab))
        self.trained_tokens = int(llama.llama_model_n_ctx_train(self.model))
        self.template = self._metadata("tokenizer.chat_template") or CHATML
        self.bos = int(llama.llama_vocab_bos(self.vocab))
        self._specials = self._special_words()
        self._adds_bos = bool(llama.llama_vocab_get_add_bos(self.vocab))
        self.special_tokens = {
            "bos_token": self._name(self.bos),
            "eos_token": self._name(int(llama.llama_vocab_eos(self.vocab))),
        }
        self.info = ModelInfo(
            spec=spec,
            digest=gguf.digest(path),
            family=self._metadata("general.architecture") or "unknown",
            parameters=int(llama.llama_model_n_params(self.model)),
            quantisation=self._description().rsplit(" ", 1)[-1],
            engine=version(),
            rendering={"template": self.template, "tokens": self.special_tokens},
            provenance=self._provenance(),
        )

    def close(self) -> None:
        llama.llama_model_free(self.model)

    def ends(self, token: int) -> bool:
        """Return whether a token ends a generation."""
        return bool(llama.llama_vocab_is_eog(self.vocab, token))

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token as an answer shows it: special ones are empty."""
        buffer = ctypes.create_string_buffer(256)
        length = llama.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, False)
        if length < 0:
            buffer = ctypes.create_string_buffer(-length)
            length = llama.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[:length]

    def tokenize(self, rendered: Rendered) -> list[int]:
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
        tokens: list[int] = []
        for words, special in pieces:
            data = words.encode("utf-8", "replace")
            tokens += self._tokens(data, bos=self._adds_bos and not tokens, special=special)
        # A template that writes the token itself must not get it twice.
        if self._adds_bos and tokens[:2] == [self.bos] * 2:
            del tokens[0]
        return tokens

    def text_tokens(self, text: str) -> list[int]:
        """Tokenise a plain text that stands behind a prompt."""
        return self._tokens(text.encode("utf-8", "replace"), bos=False, special=False)

    def _is_decoder(self) -> bool:
        """Return whether the state of a sequence is one cell a token, and nothing else."""
        return bool(
            llama.llama_model_has_decoder(self.model)
            and not llama.llama_model_has_encoder(self.model)
            and not llama.llama_model_is_recurrent(self.model)
            and not llama.llama_model_is_hybrid(self.model)
        )

    @cached_property
    def longest_piece(self) -> int:
        """Bytes of the longest token. Finding out takes a tenth of a second."""
        return max(map(len, (*map(self.piece, range(self.size)), *self._specials)))

    @property
    def token_bytes(self) -> int:
        """How much the cache holds of one token (two F16 vectors a layer)."""
        heads = int(llama.llama_model_n_head(self.model))
        size = int(llama.llama_model_n_embd(self.model)) // max(1, heads)
        shared = int(llama.llama_model_n_head_kv(self.model))
        return int(llama.llama_model_n_layer(self.model)) * shared * size * 2 * 2

    def _tokens(self, text: bytes, *, bos: bool, special: bool) -> list[int]:
        room = len(text) + 8
        found = (llama.llama_token * room)()
        number = llama.llama_tokenize(self.vocab, text, len(text), found, room, bos, special)
        if number < 0:
            raise ModelError("llama.cpp cannot tokenise the prompt")
        return list(found[:number])

    def _metadata(self, key: str) -> str | None:
        length = room = _TEXT_BYTES
        while length >= room:
            room = length + 1
            buffer = ctypes.create_string_buffer(room)
            length = llama.llama_model_meta_val_str(self.model, key.encode(), buffer, room)
        return None if length < 0 else buffer.value.decode("utf-8", "replace")

    def _provenance(self) -> Provenance:
        """Return what the file says of itself: so a copy and a conversion say it too."""
        says = self._metadata(gguf.PROVENANCE)
        return Provenance.PLANTED if says == Provenance.PLANTED else Provenance.GENERAL

    def _description(self) -> str:
        buffer = ctypes.create_string_buffer(1024)
        llama.llama_model_desc(self.model, buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")

    def _special_words(self) -> list[str]:
        special = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_USER_DEFINED
        tokens = (
            llama.llama_vocab_get_text(self.vocab, token).decode("utf-8", "replace")
            for token in range(self.size)
            if llama.llama_vocab_get_attr(self.vocab, token) & special
        )
        return [token for token in tokens if token]

    def _name(self, token: int) -> str:
        if token < 0:
            return ""
        return str(llama.llama_vocab_get_text(self.vocab, token).decode("utf-8", "replace"))


def has_gpu() -> bool:
    """Return whether llama.cpp was built for a GPU; if so all layers go there."""
    return bool(llama.llama_supports_gpu_offload())


def version() -> str:
    """Return the engine's name and version, as they are recorded."""
    return f"llama-cpp-python {llama.__version__}{' gpu' if has_gpu() else ''}"


def need_memory(size: int, what: str, instead: str) -> None:
    """Raise ModelError if there is not so much memory: using it would end the process, or crawl."""
    with Path("/proc/meminfo").open() as file:
        fields = dict(line.split(":", 1) for line in file)
    free = int(fields["MemAvailable"].split()[0]) * 1024
    if size > free:
        raise ModelError(
            f"{what} would take {size / 2**30:.1f} GiB of memory, {free / 2**30:.1f} are free;"
            f" try {instead}"
        )
