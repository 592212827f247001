"""Time a training step with freed memory kept, as `fit` does it, and with the C library's own settings, in turns.

    python scripts/time_allocator.py [--rounds 3] [--steps 20]

Every round runs each model with each setting in a process of its own with one CPU thread; which setting comes first
changes from round to round. A step is forward, backward and Keras's Adam for 32 reviews of random words. Prints a
Markdown table: the median milliseconds of CPU time of a step, the median over the rounds of their ratio, the peak
memory of the process until then, and whether the weights are the same to the bit at the end.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import time
from statistics import median
from typing import Any

import torch

from lit_sentiment.models import MODELS
from lit_sentiment.training.freed_memory import keep_freed_memory

NAMES, LENGTHS = ("BaselineLSTM", "DropoutLSTM"), (45, 200, 500)
SETTINGS = ("system", "keep")
VOCAB_SIZE, BATCH_SIZE, UNTIMED_STEPS = 10_000, 32, 3


def train(name: str, length: int, steps: int) -> dict[str, Any]:
    """Train in this process; return the milliseconds of a step, the peak memory in MB and a digest of the weights."""
    random.seed(0)  # from which Keras's initial weights follow
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model: Any = MODELS[name](vocab_size=VOCAB_SIZE)
    optimizer = model.configure_optimizers()
    model.choose_gradients(optimizer)
    milliseconds = []
    for _ in range(UNTIMED_STEPS + steps):
        token_ids = torch.randint(4, VOCAB_SIZE, (BATCH_SIZE, length), dtype=torch.int32)
        labels = torch.randint(0, 2, (BATCH_SIZE,), dtype=torch.int32)
        started = time.process_time()
        optimizer.zero_grad()
        model.figures(token_ids, labels)[0].backward()
        optimizer.step()
        milliseconds.append(1000 * (time.process_time() - started))
    weights = b"".join(weight.detach().numpy().tobytes() for weight in model.parameters())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"ms": median(milliseconds[UNTIMED_STEPS:]), "peak": peak, "weights": hashlib.sha256(weights).hexdigest()}


def train_in_process(setting: str, name: str, steps: int) -> list[dict[str, Any]]:
    """Train in a process of its own with a setting, and return what `train` does for each of the lengths."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "LIT_SENTIMENT_MALLOC": setting}
    command = [sys.executable, __file__, "--name", name, "--steps", str(steps)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--name", help=argparse.SUPPRESS)  # of the model, in a process of ours
    options = parser.parse_args()
    if options.name:
        keep_freed_memory()
        print(json.dumps([train(options.name, length, options.steps) for length in LENGTHS]))
        return
    print("| model | tokens | system, ms | kept, ms | system / kept | system, MB | kept, MB | same bits |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for name in NAMES:
        rounds = []
        for number in range(options.rounds):
            order = SETTINGS[:: -1 if number % 2 else 1]
            rounds.append({setting: train_in_process(setting, name, options.steps) for setting in order})
        for place, length in enumerate(LENGTHS):
            at_length = [{setting: one[setting][place] for setting in SETTINGS} for one in rounds]
            print(row(name, length, at_length), flush=True)


def row(name: str, length: int, rounds: list[dict[str, dict[str, Any]]]) -> str:
    """Return a row of the table, from what `train` returned in each round with each setting."""
    cells = [
        f"{median(one[setting][what] for one in rounds):.{digits}f}"
        for what, digits in (("ms", 1), ("peak", 0))
        for setting in SETTINGS
    ]
    ratio = median(one["system"]["ms"] / one["keep"]["ms"] for one in rounds)
    same = len({one[setting]["weights"] for one in rounds for setting in SETTINGS}) == 1
    cells = [name, str(length), *cells[:2], f"{ratio:.2f}", *cells[2:], "yes" if same else "no"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
