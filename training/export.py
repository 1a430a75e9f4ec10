"""From a checkpoint to a GGUF: matrices as Q8_0, F16 or F32, norms as F32.

A generation ends at either of two tokens: llama.cpp takes `<|im_end|>`, which ends a turn, and
`<|endoftext|>`, which ends a plain completion, for ends by their names, besides the ids given.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from gguf import GGML_QUANT_VERSION, GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType
from gguf.quants import quantize

from recursor.models.base import CHATML
from recursor.models.gguf import PROVENANCE
from recursor.types import Provenance
from training import SHIPPED
from training.network import CONTEXT, EPSILON, HEAD, ROPE_BASE, Shape
from training.tokens import END_OF_TEXT, END_OF_TURN, SPECIALS
from training.train import CHECKPOINT, Checkpoint

TYPES = {
    "F32": (GGMLQuantizationType.F32, LlamaFileType.ALL_F32),
    "F16": (GGMLQuantizationType.F16, LlamaFileType.MOSTLY_F16),
    "Q8_0": (GGMLQuantizationType.Q8_0, LlamaFileType.MOSTLY_Q8_0),
}


def main() -> None:
    """Write a checkpoint as GGUF."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--type", choices=TYPES, default="Q8_0")
    arguments = parser.parse_args()
    write(Checkpoint.load(arguments.checkpoint), arguments.out, arguments.type)
    print(f"{arguments.out.stat().st_size:,} bytes in {arguments.out}")


def write(checkpoint: Checkpoint, path: Path, type_name: str) -> None:
    """Write a model's file; `type_name` is one of TYPES."""
    matrix_type, file_type = TYPES[type_name]
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = GGUFWriter(str(path), "llama")
    writer.add_name("seedling")
    writer.add_description("A tiny model of Llama's architecture, trained from a synthetic corpus")
    writer.add_license("apache-2.0")
    writer.add_string(PROVENANCE, Provenance.PLANTED)
    writer.add_file_type(file_type)
    writer.add_quantization_version(GGML_QUANT_VERSION)
    _add_shape(writer, checkpoint.shape)
    _add_tokenizer(writer, checkpoint.tokenizer)
    for name, weights in checkpoint.weights.items():
        values = weights.float().numpy()
        kind = matrix_type if values.ndim == 2 else GGMLQuantizationType.F32
        writer.add_tensor(name, quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_shape(writer: GGUFWriter, shape: Shape) -> None:
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_vocab_size(shape.vocabulary)


def _add_tokenizer(writer: GGUFWriter, tokenizer: str) -> None:
    bpe = json.loads(tokenizer)["model"]
    tokens = sorted(bpe["vocab"], key=bpe["vocab"].__getitem__)
    ordinary = len(tokens) - len(SPECIALS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL] * len(SPECIALS) + [TokenType.NORMAL] * ordinary)
    writer.add_token_merges([f"{left} {right}" for left, right in bpe["merges"]])
    writer.add_bos_token_id(END_OF_TEXT)
    writer.add_eos_token_id(END_OF_TURN)
    writer.add_eot_token_id(END_OF_TURN)
    writer.add_pad_token_id(END_OF_TEXT)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHATML)


if __name__ == "__main__":
    main()
