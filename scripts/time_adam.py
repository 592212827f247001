"""Time a step of KerasAdam on an embedding beside torch's fused Adam, and beside a whole training step, in turns.

    OMP_NUM_THREADS=1 python scripts/time_adam.py [--steps 100]

Prints a Markdown table of median milliseconds of CPU time and median ratios. A step on the embedding: of KerasAdam in
another way (torch's square root, averages moved row by row), of KerasAdam, and of torch's fused Adam, whose gradient is
dense. A training step: BaselineLSTM and KerasAdam, 32 reviews of 45 or 200 tokens. Few rows occur, as in reviews; the
others either never did or did once.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.gradient import Gradient
from lit_sentiment.models import BaselineLSTM

DIM, BATCH, LENGTHS = 128, 32, (45, 200)


class RowByRowAdam(KerasAdam):
    """KerasAdam computed in another way: torch's root, and averages that move row by row."""

    def update(
        self, parameter: Tensor, gradient: Gradient, state: dict[str, Any], group: dict[str, Any], step: int
    ) -> None:
        beta_1, beta_2 = group["betas"]
        averages = state["momentum"], state["velocity"]
        for average, weight, entries in zip(
            averages, (1 - beta_1, 1 - beta_2), (gradient, gradient.squared()), strict=True
        ):
            merged = entries.merged()
            before = average[merged.rows]
            moved = before + (merged.values - before).mul_(weight)
            average.add_(average * -weight).index_copy_(0, merged.rows, moved)
        alpha = self.step_size(group, step, parameter.dtype)
        parameter.addcdiv_(averages[0], averages[1].sqrt().add_(group["eps"]), value=-alpha)


def embedding_step(
    kind: type[torch.optim.Optimizer], vocab: int, rows: Tensor, values: Tensor, seen: bool, **settings: Any
) -> Callable[[], Any]:
    """Return a step on an embedding, in which all rows have `seen` a gradient or only those that occur."""
    weight = nn.Parameter(torch.randn(vocab, DIM) * 0.05)
    optimizer = kind([weight], **settings)
    gradient = torch.sparse_coo_tensor(rows[None], values, weight.shape, check_invariants=True)
    if seen:
        every = torch.arange(vocab)[None]
        gradient = torch.sparse_coo_tensor(every, torch.randn(vocab, DIM) * 1e-3, weight.shape, check_invariants=True)
    weight.grad = gradient.to_dense() if settings else gradient
    optimizer.step()
    gradient = torch.sparse_coo_tensor(rows[None], values, weight.shape, check_invariants=True)
    weight.grad = gradient.to_dense() if settings else gradient
    return optimizer.step


def training_step(vocab: int, length: int, rows: Tensor) -> Callable[[], None]:
    """Return a step of BaselineLSTM on a batch of reviews."""
    model = BaselineLSTM(vocab_size=vocab)
    model.layers[0].sparse = True
    optimizer = model.configure_optimizers()
    token_ids, labels = rows.reshape(BATCH, length), torch.arange(BATCH) % 2

    def step() -> None:
        optimizer.zero_grad()
        model.figures(token_ids, labels)[0].backward()
        optimizer.step()

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=100)
    steps = parser.parse_args().steps
    print(
        "| words | tokens a batch | other rows | row by row | ours | fused | training | by row / ours | fused / ours |"
    )
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for vocab in (5_000, 10_000):
        for length in LENGTHS:
            tokens = BATCH * length
            torch.manual_seed(0)
            rows = (torch.rand(tokens) ** 4 * vocab).long()  # a few words make up most of a text
            values = torch.randn(tokens, DIM) * 1e-3
            for seen in (False, True):
                peers: list[Callable[[], Any]] = [
                    embedding_step(RowByRowAdam, vocab, rows, values, seen),
                    embedding_step(KerasAdam, vocab, rows, values, seen),
                    embedding_step(torch.optim.Adam, vocab, rows, values, seen, fused=True),
                    training_step(vocab, length, rows),
                ]
                taken: list[list[float]] = [[] for _ in peers]
                for number in range(steps + 3):
                    for peer, milliseconds in zip(peers, taken, strict=True):
                        start = time.process_time()
                        peer()
                        if number >= 3:
                            milliseconds.append(1000 * (time.process_time() - start))
                by_row, ours, fused, _ = taken
                ratios = (median(a / b for a, b in zip(peer, ours, strict=True)) for peer in (by_row, fused))
                cells = [f"{median(one):.2f}" for one in taken] + [f"{ratio:.2f}" for ratio in ratios]
                print(f"| {vocab} | {tokens} | {'seen once' if seen else 'never seen'} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
