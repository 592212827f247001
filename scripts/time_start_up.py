"""Time commands from the shell and back, beside the imports that they stand on, in turns.

    OMP_NUM_THREADS=1 python scripts/time_start_up.py [--rounds 5]

Trains a tiny model into a temporary folder first. Every round starts one process for each command. Prints the load of
the machine and a Markdown table: seconds that pass, as the median over the rounds with the lowest and the highest,
seconds of computing, and peak memory. `import keras` needs the extra `keras`, and is left out without it.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from importlib.util import find_spec
from typing import NamedTuple

RUN = "runs/tiny"
TINY = f"fit --run {RUN} --model.units 4 --model.embedding_dim 4 --data.train_reviews 40 --trainer.max_epochs 2"
COMMANDS = [
    "--version",
    "study --help",
    f"diagnose {RUN}/history.csv",
    f"compare {RUN} --reference {RUN}",
    f"predict --ckpt_path {RUN}/checkpoints/best.ckpt --text good",
    f"test --ckpt_path {RUN}/checkpoints/best.ckpt",
    f"export {RUN}/checkpoints/best.ckpt exported-ROUND",
    f"suspects {RUN} --output suspects-ROUND.csv",
    "report runs",
    "fit --help",
    TINY.replace(RUN, "fitted/ROUND"),
]
IMPORTS = ["torch", "lightning", "keras"]


class Taken(NamedTuple):
    """What a process took."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    if rounds < 3:
        parser.error("--rounds: expected at least 3, for fewer say nothing on a shared machine")
    calls = {command: ["-m", "lit_sentiment", *command.split()] for command in COMMANDS}
    calls |= {f"import {name}": ["-c", f"import {name}"] for name in IMPORTS if find_spec(name)}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        run(["-m", "lit_sentiment", *TINY.split()])
        taken = [
            {name: run([arg.replace("ROUND", str(number)) for arg in call]) for name, call in calls.items()}
            for number in range(rounds)
        ]
        os.chdir("/")
    print(f"load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    print(f"| {rounds} rounds | s | of computing | peak memory, MB |\n| --- | ---: | ---: | ---: |")
    for name in calls:
        seconds = sorted(one[name].seconds for one in taken)
        computing, peak = (statistics.median(values) for values in zip(*(one[name][1:] for one in taken), strict=True))
        passed = f"{statistics.median(seconds):.2f} ({seconds[0]:.2f} to {seconds[-1]:.2f})"
        print(f"| `{name}` | {passed} | {computing:.2f} | {peak:.0f} |")


def run(args: list[str]) -> Taken:
    start = time.perf_counter()
    silent = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    process = os.posix_spawn(sys.executable, [sys.executable, *args], os.environ, file_actions=silent)
    _, status, usage = os.wait4(process, 0)
    if status:
        sys.exit(f"error: failed: python {' '.join(args)}")
    return Taken(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
