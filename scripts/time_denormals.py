"""Time a training with denormals flushed to zero, as `fit` does it, and without, in turns.

    python scripts/time_denormals.py [--rounds 3] [--models BaselineLSTM] [--tokens 45 200 500]

Every round trains each model twice in a process of its own, with one CPU thread, for three epochs of 320 reviews of
words as frequent as in a language, with random labels; which way comes first changes from round to round. A denormal is
a number too small for a float's full precision, below 1.2e-38 in float32. Prints a Markdown table: milliseconds of CPU
time of a step of 32 reviews in the last epoch as the median over the rounds, the median of their ratio, and whether the
weights are the same to the bit at the end.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import time
from contextlib import nullcontext
from statistics import median
from typing import Any

import torch
from benchmark import BATCH, EPOCHS, REVIEWS, VOCABULARY, generated

from lit_sentiment.models import LISTINGS
from lit_sentiment.training.flushed_denormals import flushed_denormals
from lit_sentiment.training.freed_memory import keep_freed_memory

WAYS = {"kept": nullcontext, "flushed": flushed_denormals}


def train(name: str, length: int) -> dict[str, Any]:
    """Train in this process; return the milliseconds of a step and a digest of the weights."""
    token_ids, labels = map(torch.from_numpy, generated(length, padding=0))
    random.seed(0)  # from which Keras's initial weights follow
    torch.manual_seed(0)
    model: Any = LISTINGS[name](vocab_size=VOCABULARY)
    optimizer = model.configure_optimizers()
    model.choose_gradients(optimizer)
    for _ in range(EPOCHS):
        started = time.process_time()
        for rows in torch.arange(REVIEWS).split(BATCH):
            optimizer.zero_grad()
            model.figures(token_ids[rows], labels[rows])[0].backward()
            optimizer.step()
        milliseconds = 1000 * (time.process_time() - started) * BATCH / REVIEWS
    weights = b"".join(weight.detach().numpy().tobytes() for weight in model.parameters())
    return {"ms": milliseconds, "weights": hashlib.sha256(weights).hexdigest()}


def train_in_process(way: str, name: str, length: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", way, name, str(length)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", nargs="+", choices=LISTINGS, default=list(LISTINGS))
    parser.add_argument("--tokens", nargs="+", type=int, default=[45, 200, 500])
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        way, name, length = options.one
        keep_freed_memory()
        torch.set_num_threads(1)
        with WAYS[way]():
            print(json.dumps(train(name, int(length))))
        return
    print("| model | tokens | kept, ms | flushed, ms | kept / flushed | same bits |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for name in options.models:
        for length in options.tokens:
            rounds = []
            for number in range(options.rounds):
                order = list(WAYS)[:: -1 if number % 2 else 1]
                rounds.append({way: train_in_process(way, name, length) for way in order})
            both = [f"{median(one[way]['ms'] for one in rounds):.1f}" for way in WAYS]
            ratio = median(one["kept"]["ms"] / one["flushed"]["ms"] for one in rounds)
            same = len({one[way]["weights"] for one in rounds for way in WAYS}) == 1
            print(f"| {name} | {length} | {' | '.join(both)} | {ratio:.2f} | {'yes' if same else 'no'} |", flush=True)


if __name__ == "__main__":
    main()
