"""A tiny model with random weights, written by the tests themselves: it answers nonsense, fast."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

EMBEDDING, LAYERS, HEADS, KV_HEADS, FEED_FORWARD, VOCABULARY = 64, 2, 4, 2, 128, 512
CONTEXT = 512


def write(path: Path, *, context: int = CONTEXT) -> Path:
    """Write the GGUF: Llama's architecture, F16, a byte-level BPE vocabulary."""
    random = np.random.default_rng(0)
    tokens, merges = _vocabulary(random)
    beginning = len(tokens)
    tokens += ["<|bos|>", "<|eos|>", "<|pad|>"]
    types = [gguf.TokenType.NORMAL] * beginning + [gguf.TokenType.CONTROL] * 3
    writer = gguf.GGUFWriter(str(path), "llama")
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
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(beginning)
    writer.add_eos_token_id(beginning + 1)
    writer.add_pad_token_id(beginning + 2)
    writer.add_add_bos_token(True)

    def weights(name: str, *shape: int, scale: float) -> None:
        values = random.standard_normal(shape, dtype=np.float32) * scale
        writer.add_tensor(name, values.astype(np.float16))

    def norm(name: str) -> None:
        writer.add_tensor(name, np.ones(EMBEDDING, np.float32))

    own, head = EMBEDDING**-0.5, EMBEDDING // HEADS
    weights("token_embd.weight", len(tokens), EMBEDDING, scale=1.0)
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
    weights("output.weight", len(tokens), EMBEDDING, scale=3 * own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


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
