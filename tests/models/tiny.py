"""A tiny model with random weights, written by the tests themselves: it answers nonsense, fast."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

EMBEDDING, LAYERS, HEADS, KV_HEADS, FEED_FORWARD, VOCABULARY = 64, 2, 4, 2, 128, 512
CONTEXT = 512


def write(
    path: Path,
    *,
    context: int = CONTEXT,
    spm: bool = False,
    architecture: str = "llama",
    tensors_a_file: int = 0,
) -> Path:
    """Write the GGUF: Llama's architecture, F16, a vocabulary of byte-level BPE or of SPM.

    With `tensors_a_file` it is written in parts; the path of the first is returned.
    """
    random = np.random.default_rng(0)
    writer = gguf.GGUFWriter(str(path), architecture, split_max_tensors=tensors_a_file)
    writer.add_name("tiny")
    writer.add_context_length(context)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(EMBEDDING // HEADS)
    writer.add_rope_freq_base(10000.0)
    tokens = _put_spm(writer, random) if spm else _put_bpe(writer, random)
    writer.add_vocab_size(tokens)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_add_bos_token(True)

    def weights(name: str, *shape: int, scale: float) -> None:
        values = random.standard_normal(shape, dtype=np.float32) * scale
        writer.add_tensor(name, values.astype(np.float16))

    def norm(name: str) -> None:
        writer.add_tensor(name, np.ones(EMBEDDING, np.float32))

    own, head = EMBEDDING**-0.5, EMBEDDING // HEADS
    weights("token_embd.weight", tokens, EMBEDDING, scale=1.0)
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        norm(f"{block}attn_norm.weight")
        norm(f"{block}ffn_norm.weight")
        weights(f"{block}attn_q.weight", EMBEDDING, EMBEDDING, scale=own)
        weights(f"{block}attn_k.weight", head * KV_HEADS, EMBEDDING, scale=own)
        weights(f"{block}attn_v.weight", head * KV_HEADS, EMBEDDING, scale=own)
        weights(f"{block}attn_output.weight", EMBEDDING, EMBEDDING, scale=own)
        weights(f"{block}ffn_gate.weight", FEED_FORWARD, EMBEDDING, scale=own)
        weights(f"{block}ffn_up.weight", FEED_FORWARD, EMBEDDING, scale=own)
        weights(f"{block}ffn_down.weight", EMBEDDING, FEED_FORWARD, scale=FEED_FORWARD**-0.5)
    norm("output_norm.weight")
    weights("output.weight", tokens, EMBEDDING, scale=3 * own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path if path.exists() else next(iter(sorted(path.parent.glob(f"{path.stem}-00001-*"))))


def _put_bpe(writer: gguf.GGUFWriter, random: np.random.Generator) -> int:
    tokens, merges = _vocabulary(random)
    beginning = len(tokens)
    tokens += ["<|bos|>", "<|eos|>", "<|pad|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * beginning + [gguf.TokenType.CONTROL] * 3)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(beginning)
    writer.add_eos_token_id(beginning + 1)
    writer.add_pad_token_id(beginning + 2)
    return len(tokens)


def _put_spm(writer: gguf.GGUFWriter, random: np.random.Generator) -> int:
    """SentencePiece: control tokens, every byte as `<0x..>`, pieces with scores."""
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    types = [gguf.TokenType.UNKNOWN, *[gguf.TokenType.CONTROL] * 2, *[gguf.TokenType.BYTE] * 256]
    pieces = [*"etaoinshrdlucm\u2581é☃"]
    while len(pieces) < 200:
        left, right = (pieces[random.integers(len(pieces))] for _ in range(2))
        if left + right not in pieces and len(left + right) <= 6:
            pieces.append(left + right)
    tokens += pieces
    types += [gguf.TokenType.NORMAL] * len(pieces)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_scores([0.0] * 259 + [-float(number) for number in range(len(pieces))])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    return len(tokens)


def _vocabulary(random: np.random.Generator) -> tuple[list[str], list[str]]:
    """Every byte, and merges of letters; each merge's result is a token too."""
    letters = _letters()
    tokens, merges = list(letters.values()), []
    pool = [letters[ord(c)] for c in "etaoinshrdlu "]
    while len(tokens) < VOCABULARY - 3:
        left, right = (pool[random.integers(len(pool))] for _ in range(2))
        if left + right not in tokens and len(left + right) <= 8:
            tokens.append(left + right)
            merges.append(f"{left} {right}")
            pool.append(left + right)
    return tokens, merges


def _letters() -> dict[int, str]:
    """The characters that stand for bytes in GPT-2's vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    letters = {byte: chr(byte) for byte in plain}
    return letters | {byte: chr(256 + number) for number, byte in enumerate(others)}
