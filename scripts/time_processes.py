"""Time the epochs of `fit` in one and in several processes, in turns, and compare the curves.

    OMP_NUM_THREADS=1 python scripts/time_processes.py [--model BaselineLSTM] [--processes 2] [--max_length 200]

The reviews are 640 of the default data for training and 320 for validation, in float64. Prints a Markdown table: the
median seconds of the second epoch, validation included, as `fit` prints them, the median ratio, and the largest
difference of a figure of the history.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from lit_sentiment.curves.history import History
from lit_sentiment.models import LISTINGS

EPOCHS = 2


def fit(model: str, processes: int, batch_size: int, max_length: int, run: Path) -> tuple[float, History]:
    """Train, and return the seconds of the last epoch and the history."""
    options = {
        "model": model,
        "data.train_reviews": 640,
        "data.validation_reviews": 320,
        "data.max_length": max_length,
        "data.batch_size": batch_size,
        "trainer.max_epochs": EPOCHS,
        "trainer.precision": "64-true",
        "trainer.accelerator": "cpu",
        "run": run,
    }
    if processes > 1:
        options |= {"trainer.devices": processes, "trainer.strategy": "ddp"}
    command = [sys.executable, "-m", "lit_sentiment", "fit", *(f"--{name}={value}" for name, value in options.items())]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (seconds,) = re.findall(rf"^epoch {EPOCHS}/{EPOCHS} .* (\S+) s$", out, re.MULTILINE)
    return float(seconds), History.read(run / "history.csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=LISTINGS, default="BaselineLSTM")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--max_length", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    config = parser.parse_args()
    print(f"| model | batch | one process, s | {config.processes} processes, s | ratio | largest difference |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for batch_size in (32, 128):
        seconds, differences = [], []
        for _ in range(config.rounds):
            with tempfile.TemporaryDirectory() as folder:
                (one, ours), (several, theirs) = (
                    fit(config.model, processes, batch_size, config.max_length, Path(folder) / str(processes))
                    for processes in (1, config.processes)
                )
            seconds.append((one, several, one / several))
            differences += [
                abs(value - ours.curves[name][epoch])
                for name, curve in theirs.curves.items()
                for epoch, value in enumerate(curve)
                if value == value  # a model without a penalty has no figure of it
            ]
        one, several, ratio = (median(column) for column in zip(*seconds, strict=True))
        print(f"| {config.model} | {batch_size} | {one:.1f} | {several:.1f} | {ratio:.2f} | {max(differences):.1g} |")


if __name__ == "__main__":
    main()
