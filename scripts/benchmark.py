"""Time ours and Keras side by side: the same training, from the same seed, in turns.

    python scripts/benchmark.py [--rounds 3] [options of fit]

Needs the extra `keras`. In every round ours and Keras train once, each in a process of its own with one CPU thread;
which comes first changes from round to round. Prints a Markdown table: the median seconds of the training alone and of
the whole process (start-up included), and the median over the rounds of Keras's seconds divided by ours.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median


def timed(command: list[str], result: Path) -> tuple[dict, float]:
    """Run a command; return what it left in the file `result`, or the only file in that folder, and its seconds."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    started = time.monotonic()
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True)
    seconds = time.monotonic() - started
    if outcome.returncode:
        sys.exit(f"error: {' '.join(command)} failed:\n{outcome.stderr[-2000:]}")
    file = next(result.glob("*.json")) if result.is_dir() else result
    return json.loads(file.read_text()), seconds


def ours(options: list[str], folder: Path) -> tuple[float, float]:
    """Return the seconds of our training and of the whole process."""
    run = folder / "run"
    command = [sys.executable, "-m", "lit_sentiment", "fit", *options, "--run", str(run)]
    outcome, seconds = timed(command, run / "finished.json")
    return outcome["training_seconds"], seconds


def keras(options: list[str], folder: Path) -> tuple[float, float]:
    """Return the seconds of Keras's training, building the model included, and of the whole process."""
    references = folder / "references"
    command = [sys.executable, "-m", "lit_sentiment", "reference", "--twins", "0", f"--folder={references}", *options]
    reference, seconds = timed(command, references)
    return reference["provenance"]["seconds"], seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    own, options = parser.parse_known_args()
    peers = {"ours": ours, "Keras": keras}
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in peers}
    for number in range(own.rounds):
        for name in sorted(peers, reverse=bool(number % 2)):
            with tempfile.TemporaryDirectory() as folder:
                seconds[name].append(peers[name](options, Path(folder)))
            print(f"round {number + 1}: {name}: {seconds[name][-1]}", file=sys.stderr, flush=True)
    print("| " + (" ".join(options) or "default") + " | ours, s | Keras, s | Keras / ours |")
    print("| --- | ---: | ---: | ---: |")
    for column, what in enumerate(("training", "whole process")):
        mine, theirs = ([each[column] for each in seconds[name]] for name in peers)
        ratio = median(its / my for my, its in zip(mine, theirs, strict=True))
        print(f"| {what} | {median(mine):.1f} | {median(theirs):.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
