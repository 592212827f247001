"""Time what each executor of `study` adds to the bare trainings, one run at a time.

    OMP_NUM_THREADS=1 python scripts/time_executors.py [--rounds 3] [--runs 4] [--epochs 6]

Needs the extras `dask` and `slurm`. In each round, in turns: the same commands of `fit` one after the other without a
study, and `study` with processes, with a Dask scheduler and a worker as processes of this machine, and with submitit's
jobs on this machine (`--slurm cluster local`). Prints a Markdown table: seconds for all runs as the median over the
rounds, and what a run takes more than in the bare loop, in seconds and per cent. The start of `study` itself, which
comes once, is apart: it is timed with runs that are done already.
"""

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KINDS = ("bare loop", "processes", "Dask", "submitit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=6)
    config = parser.parse_args()
    options = ["--model", "BaselineLSTM", "--trainer.max_epochs", str(config.epochs)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options += ["--data.cache_dir", str(folder / "cache")]
        run("fit", *options, "--trainer.max_epochs", "1", "--run", str(folder / "first"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        helpers = [
            start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2]),
            start("distributed.cli.dask_worker", address, "--nthreads", "1"),
        ]
        where = {
            "processes": ("--workers", "1"),
            "Dask": ("--executor", "dask", "--address", address),
            "submitit": ("--executor", "slurm", "--slurm", "cluster", "local", "--workers", "1"),
        }
        whole: dict[str, list[float]] = {kind: [] for kind in KINDS}
        once: dict[str, list[float]] = {kind: [] for kind in KINDS}
        try:
            for number in range(config.rounds):
                for kind in KINDS[:: -1 if number % 2 else 1]:
                    seconds = [take(kind, folder / f"{kind} {number}", options, config.runs, where) for _ in range(2)]
                    once[kind].append(seconds[1] if kind in where else 0.0)
                    whole[kind].append(seconds[0] - once[kind][-1])
                print(f"round {number + 1} of {config.rounds}", file=sys.stderr, flush=True)
        finally:
            for process in helpers:
                process.terminate()
    print_table(whole, once, config.runs)


def take(kind: str, folder: Path, options: list[str], runs: int, where: dict[str, tuple[str, ...]]) -> float:
    """Return the seconds that all runs took; called again, those of a study that has nothing to do."""
    begin = time.perf_counter()
    if kind in where:
        seeds = map(str, range(runs))
        run("study", *options, "--seeds", *seeds, "--folder", str(folder), *where[kind])
    elif not folder.exists():
        for seed in range(runs):
            run("fit", *options, "--seed_everything", str(seed), "--run", str(folder / str(seed)))
    return time.perf_counter() - begin


def run(*args: str) -> None:
    done = subprocess.run([sys.executable, "-m", "lit_sentiment", *args], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: {' '.join(args)} failed:\n{(done.stdout + done.stderr)[-2000:]}")


def start(module: str, *args: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", module, *args, "--no-dashboard"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def print_table(whole: dict[str, list[float]], once: dict[str, list[float]], runs: int) -> None:
    print(f"| {runs} runs, one at a time | all runs, s | more per run, s | more per run, % | the study itself, s |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for kind in KINDS:
        pairs = list(zip(whole[kind], whole["bare loop"], strict=True))
        more = statistics.median((one - bare) / runs for one, bare in pairs)
        percent = statistics.median(100 * (one / bare - 1) for one, bare in pairs)
        extra = f"{more:.2f} | {percent:.1f}" if kind != "bare loop" else "|"
        print(f"| {kind} | {statistics.median(whole[kind]):.1f} | {extra} | {statistics.median(once[kind]):.1f} |")


if __name__ == "__main__":
    main()
