"""Time a training step whose reviews begin alike with padding, read once for all of them and read whole, in turns.

    OMP_NUM_THREADS=1 python scripts/time_common_start.py [--rounds 5]

Prints a Markdown table: milliseconds of CPU time of forward and backward for 32 reviews, medians over the rounds, and
how far the gradients are apart in float64, as a part of the largest of a weight. `torch.optim.Adam`, or an embedding
with a penalty, lets a batch be read so. Then what one more block costs, in steps of one review, which the plan
(`lit_sentiment/keras_semantics/common_start.py`) takes from the units.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from benchmark import BATCH, KINDS, MODELS, VOCABULARY, generated
from torch import Tensor

from lit_sentiment.keras_semantics import layer_stack
from lit_sentiment.keras_semantics.common_start import SharedReading
from lit_sentiment.keras_semantics.layer_stack import LayerStack
from lit_sentiment.keras_semantics.layers import LSTM, Embedding
from lit_sentiment.keras_semantics.regularizers import L2
from lit_sentiment.models import LISTINGS
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.training.flushed_denormals import flushed_denormals
from lit_sentiment.training.freed_memory import keep_freed_memory

UNITS = (32, 64, 128, 256)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    keep_freed_memory()
    print("| model | reviews | read whole, ms | read once, ms | whole / once | apart, float64 |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    with flushed_denormals():
        for name in MODELS:
            for kind in KINDS:
                print(f"| {name} | {kind} | {row(name, kind, rounds)} |", flush=True)
    print()
    for units in UNITS:
        print(f"{units} units: one more block costs as much as {call_in_steps(units):.0f} steps of a review")


def row(name: str, kind: str, rounds: int) -> str:
    batches = torch.from_numpy(generated(*KINDS[kind])[0]).split(BATCH)
    model = model_of(name)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(rounds):
        for once, taken in seconds.items():
            with reading(once):
                taken.append(cpu_seconds(lambda: [gradients(model, batch) for batch in batches]) / len(batches))
    whole, once = (statistics.median(seconds[one]) for one in (False, True))
    apart = "" if name == "DropoutLSTM" else f"{difference(name, batches[0]):.0e}"  # other masks at each reading
    return f"{1000 * whole:.1f} | {1000 * once:.1f} | {whole / once:.2f} | {apart}"


def model_of(name: str, dtype: torch.dtype = torch.float32) -> SentimentModel:
    model = LISTINGS[name](vocab_size=VOCABULARY).to(dtype)
    model.layers[0].sparse = False
    return model


def gradients(model: SentimentModel, token_ids: Tensor) -> list[Tensor]:
    model.zero_grad()
    model.figures(token_ids, torch.arange(len(token_ids)) % 2)[0].backward()
    return [weight.grad for weight in model.parameters() if weight.grad is not None]


def difference(name: str, token_ids: Tensor) -> float:
    model, found = model_of(name, torch.float64), []
    for once in (True, False):
        with reading(once):
            found.append([one.clone() for one in gradients(model, token_ids)])
    return max(((a - b).abs().max() / b.abs().max()).item() for a, b in zip(*found, strict=True))


@contextmanager
def reading(once: bool) -> Iterator[None]:
    plan = layer_stack.shared_reading
    if not once:
        layer_stack.shared_reading = lambda token_ids, units: None
    try:
        yield
    finally:
        layer_stack.shared_reading = plan


def call_in_steps(units: int) -> float:
    """Return how much longer 64 steps of 32 reviews take in eight blocks than in one, for a block more, in steps."""
    stack = LayerStack([Embedding(VOCABULARY, units, embeddings_regularizer=L2(0.01)), LSTM(units)])
    token_ids, order = torch.randint(VOCABULARY, (BATCH, 64)), np.arange(BATCH)

    def seconds(blocks: int) -> float:
        width = 64 // blocks
        plan = SharedReading(order, [(start, start + width, BATCH) for start in range(0, 64, width)])
        return min(cpu_seconds(lambda: plan.outputs(list(stack), token_ids).sum().backward()) for _ in range(40))

    one, eight = seconds(1), seconds(8)
    return (eight - one) / 7 / (one / (64 * BATCH))


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
