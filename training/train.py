"""The training: a fixed number of steps from fixed seeds, so weights come out the same again.

On the same machine, that is: another processor adds in another order. Matrices are trained by Muon,
the rest by AdamW; in each stage the learning rate warms up, holds, and falls linearly.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

# Threads that spin while they wait take the core from the one that works. Read by torch at once.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from training import BUILD, batches, tokens
from training.batches import Batch
from training.corpus import COPYING, FIRST, Mixture
from training.muon import Muon
from training.network import Network, Shape

CHECKPOINT = BUILD / "checkpoint.pt"
SHARDS = 2
"""Batches of a step. Each has a thread, and computes on one core: operations on matrices as small
as these gain little from two. Whichever is done first, they are added in the same order."""

BUDGET = 1536
"""Padded tokens of a batch, at most."""

RATE = 0.004
LEAST_RATE = 0.01
"""What is left of the learning rate after the last step."""

WARMUP_STEPS = 30
HOLD = 0.3
"""The part of the steps after which the learning rate begins to fall."""

LONGEST_GRADIENT = 1.0
HELD_OUT = 200
"""Documents that the loss is measured on, of those that are never trained on."""

REPORT_STEPS = 50
KEEP_STEPS = 500
"""Between one checkpoint and the next, and one measurement of the loss and the next."""


@dataclass(frozen=True)
class Stage:
    """A part of the training, with a learning rate that rises and falls, and seeds of its own."""

    steps: int
    mixture: Mixture


STAGES = (Stage(4000, FIRST), Stage(2400, COPYING))
"""First what programs look like, then how to copy what they are about; about 17 million tokens."""


@dataclass(frozen=True)
class Checkpoint:
    """All that a training leaves behind."""

    shape: Shape
    weights: dict[str, Tensor]
    tokenizer: str
    """As the tokenizers package writes it (JSON)."""

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        torch.save(asdict(self), beside)
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> Checkpoint:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return cls(Shape(**saved["shape"]), saved["weights"], saved["tokenizer"])

    def network(self) -> Network:
        network = Network(self.shape)
        network.load_state_dict(self.weights)
        return network


def main() -> None:
    """Train the network on the corpus, with the tokenizer made for it."""
    arguments = _arguments()
    torch.manual_seed(arguments.seed)
    if arguments.begin:
        kept = Checkpoint.load(arguments.out)
        network, text = kept.network(), kept.tokenizer
    else:
        text = arguments.tokenizer.read_text(encoding="utf-8")
        size = tokens.read(text).get_vocab_size()
        network = Network(Shape(arguments.width, arguments.layers, size))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network.to(device)
    numbers = sum(parameter.numel() for parameter in network.parameters())
    print(f"{numbers:,} parameters, {network.shape}, on {device}", flush=True)
    for number, stage in enumerate(STAGES[arguments.begin :], arguments.begin):
        print(f"stage {number}: {stage.steps} steps", flush=True)
        for _ in train(network, tokens.read(text), arguments.seed + number, stage):
            Checkpoint(network.shape, network.state_dict(), text).save(arguments.out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=CHECKPOINT)
    parser.add_argument("--tokenizer", type=Path, default=BUILD / "tokenizer.json")
    parser.add_argument(
        "--begin",
        type=int,
        choices=range(len(STAGES)),
        default=0,
        metavar="STAGE",
        help="go on from the last checkpoint with this stage",
    )
    parser.add_argument("--width", type=int, default=Shape.width)
    parser.add_argument("--layers", type=int, default=Shape.layers)
    return parser.parse_args()


def train(network: Network, tokenizer: Tokenizer, seed: int, stage: Stage) -> Iterator[int]:
    """Train a network where it lies, printing how it goes; yield steps at which to keep it.

    The last of them is the stage's last.
    """
    device = network.token_embd.weight.device
    optimisers = _optimisers(network)
    held_out = batches.held_out(tokenizer, HELD_OUT, BUDGET)
    steps = stage.steps
    trained = batches.stream(tokenizer, seed, BUDGET, stage.mixture)
    threads = ThreadPoolExecutor(SHARDS, initializer=torch.set_num_threads, initargs=(1,))
    began_at, seen, recent = perf_counter(), 0, 0.0
    for step in range(1, steps + 1):
        shards = [batch.to(device) for batch in islice(trained, SHARDS)]
        loss = _backward(network, shards, threads)
        nn.utils.clip_grad_norm_(network.parameters(), LONGEST_GRADIENT)
        _set_rate(optimisers, RATE * _rate(step, steps))
        for optimiser in optimisers:
            optimiser.step()
        seen += sum(batch.seen for batch in shards)
        recent += loss / REPORT_STEPS
        if step % REPORT_STEPS == 0:
            pace = (perf_counter() - began_at) / step
            print(
                f"step {step}  {seen / 1e6:.2f}M tokens  {seen / step / pace:.0f} a second"
                f"  loss {recent:.3f}  {(steps - step) * pace / 60:.1f} minutes left",
                flush=True,
            )
            recent = 0.0
        if step % KEEP_STEPS == 0 or step == steps:
            print(f"step {step}  held out {_mean_loss(network, held_out):.4f}", flush=True)
            yield step


def _backward(network: Network, shards: Sequence[Batch], threads: Executor) -> float:
    """Set the parameters' gradients of the mean loss of all predictions; return that loss."""
    parameters = list(network.parameters())
    predictions = sum(len(batch.targets) for batch in shards)

    def one(batch: Batch) -> tuple[float, Sequence[Tensor]]:
        loss = loss_sum(network, batch) / predictions
        return loss.item(), torch.autograd.grad(loss, parameters)

    losses, gradients = zip(*threads.map(one, shards), strict=True)
    for parameter, *parts in zip(parameters, *gradients, strict=True):
        parameter.grad = torch.stack(parts).sum(0)
    return sum(losses)


def loss_sum(network: Network, batch: Batch) -> Tensor:
    """Return the cross-entropies (nats) of a batch's predictions, added up."""
    with torch.autocast("cuda", torch.bfloat16, enabled=batch.tokens.is_cuda):
        states = network(batch.tokens).flatten(0, 1)[batch.places]
        logits = network.logits(states)
    return F.cross_entropy(logits.float(), batch.targets, reduction="sum")


@torch.no_grad()
def _mean_loss(network: Network, held_out: list[Batch]) -> float:
    device = network.token_embd.weight.device
    total = sum(loss_sum(network, batch.to(device)).item() for batch in held_out)
    return total / sum(len(batch.targets) for batch in held_out)


def _optimisers(network: Network) -> list[Optimizer]:
    matrices = [parameter for parameter in network.blk.parameters() if parameter.ndim == 2]
    norms = [parameter for parameter in network.parameters() if parameter.ndim == 1]
    rest = [network.token_embd.weight, *norms]
    return [
        Muon(matrices, lr=RATE),
        AdamW(rest, lr=RATE, betas=(0.9, 0.97), weight_decay=0, fused=True),
    ]


def _rate(step: int, steps: int) -> float:
    """Return the part of the learning rate that a step, from 1 to `steps`, has."""
    falling = (1 - step / steps) / (1 - HOLD)
    return min(step / WARMUP_STEPS, max(LEAST_RATE, min(1.0, falling)))


def _set_rate(optimisers: list[Optimizer], rate: float) -> None:
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = rate


if __name__ == "__main__":
    main()
