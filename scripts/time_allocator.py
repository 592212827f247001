"""Time a training step with freed memory kept, as `fit` does it, and with the C library's own settings, in turns.

    python scripts/time_allocator.py [--rounds 3] [--steps 20]

Every round runs each case in a process of its own with one CPU thread; which setting comes first changes from round to
round. A step is forward, backward and Keras's Adam for 32 reviews of random words. Prints a Markdown table: the median
milliseconds of CPU time of a step, the median over the rounds of their ratio, the peak memory of the process, and
whether the weights are the same to the bit at the end.
"""

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import time
from statistics import median
from typing import Any

CASES = [(model, length) for model in ("BaselineLSTM", "DropoutLSTM") for length in (45, 200, 500)]
SETTINGS = ("system", "keep")
VOCAB_SIZE, BATCH_SIZE, UNTIMED_STEPS = 10_000, 32, 3


def train(name: str, length: int, steps: int) -> dict[str, Any]:
    """Train in this process; return the milliseconds of a step, the peak memory in MB and a digest of the weights."""
    from lit_sentiment.training.freed_memory import keep_freed_memory

    keep_freed_memory()
    import torch

    from lit_sentiment.keras_semantics.layers import Embedding
    from lit_sentiment.models import MODELS

    torch.manual_seed(0)
    torch.set_num_threads(1)
    model: Any = MODELS[name](vocab_size=VOCAB_SIZE)
    optimizer = model.configure_optimizers()
    for layer in model.layers:
        if isinstance(layer, Embedding):
            layer.sparse = True  # as a training sets it
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


def train_in_process(setting: str, name: str, length: int, steps: int) -> dict[str, Any]:
    """Train in a process of its own with a setting, and return what `train` does."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "LIT_SENTIMENT_MALLOC": setting}
    command = [sys.executable, __file__, "--case", name, str(length), "--steps", str(steps)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--case", nargs=2, help=argparse.SUPPRESS)  # of a process of ours
    options = parser.parse_args()
    if options.case:
        print(json.dumps(train(options.case[0], int(options.case[1]), options.steps)))
        return
    print("| model | tokens | system, ms | kept, ms | system / kept | system, MB | kept, MB | same bits |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for name, length in CASES:
        rounds = []
        for number in range(options.rounds):
            order = SETTINGS[:: -1 if number % 2 else 1]
            rounds.append({setting: train_in_process(setting, name, length, options.steps) for setting in order})
        ms, peak = (
            {setting: median(one[setting][what] for one in rounds) for setting in SETTINGS} for what in ("ms", "peak")
        )
        ratio = median(one["system"]["ms"] / one["keep"]["ms"] for one in rounds)
        same = len({one[setting]["weights"] for one in rounds for setting in SETTINGS}) == 1
        print(
            f"| {name} | {length} | {ms['system']:.1f} | {ms['keep']:.1f} | {ratio:.2f} | {peak['system']:.0f} "
            f"| {peak['keep']:.0f} | {'yes' if same else 'no'} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
