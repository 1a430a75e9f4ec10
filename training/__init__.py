"""How the seedling is made: a tokenizer and a tiny model, trained from a synthetic corpus.

Run from the repository's root, each step on what the one before it left in `build/seedling/`:

    python -m training.tokens     # the corpus -> tokenizer.json
    python -m training.train      # both -> checkpoint.pt
    python -m training.export     # -> recursor/models/seedling.gguf
    python -m training.parity     # -> tests/models/seedling-logits.json
    python -m training.evaluate   # what came of it

`make seedling` does all of it; the last step is for the project's own environment, which can run
the model. `MODEL_CARD.md` tells what the seedling is.
"""

from pathlib import Path

BUILD = Path("build/seedling")
"""Where a training keeps what it makes, from the repository's root."""

SHIPPED = Path("recursor/models/seedling.gguf")
"""The model that is part of the package, from the repository's root."""
