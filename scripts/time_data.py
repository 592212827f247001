"""Time how long reviews take from a file to arrays, and how much memory: at the first start, and from the cache.

    OMP_NUM_THREADS=1 python scripts/time_data.py [--rows 200000] [--repeats 3] [--archive aclImdb_v1.tar.gz]

Writes a CSV of generated reviews into a temporary folder, and starts a process of its own for each measurement. Prints
medians: rows per second; seconds that passed, and seconds of computing; peak memory above that of the process before it
reads, in MB and as a multiple of the arrays. And the same of `predict` with a small model on the CSV, of which it makes
no such arrays; its memory is counted above that of judging a single text.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from multiprocessing import get_context
from pathlib import Path
from typing import Any

_KIB_PER_MB = 1024


def main() -> None:
    """Print a table of the measurements."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=200_000)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--archive", type=Path, help="of IMDB")
    options.add_argument("--measure", nargs=3, help="for the processes that measure: source, settings, cache folder")
    given = options.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure[0], json.loads(given.measure[1]), given.measure[2])))
        return
    print("| data | start | rows/s | seconds | of computing | peak memory (MB) | times the arrays |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        # A process starts with the peak of the one that it comes from: this one must stay small.
        writer = get_context("spawn").Process(target=write_table, args=(Path(folder) / "reviews.csv", given.rows))
        writer.start()
        writer.join()
        report(f"CSV of {given.rows} rows", "ReviewTable", {"path": f"{folder}/reviews.csv"}, given.repeats)
        report_predict(Path(folder), given.rows, given.repeats)
    if given.archive:
        report("IMDB archive", "Imdb", {"archive": str(given.archive)}, given.repeats)


def write_table(path: Path, rows: int) -> None:
    """Write generated reviews as CSV."""
    from lit_sentiment.data.shop_corpus import shop_corpus

    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(shop_corpus(train_reviews=rows, validation_reviews=1, test_reviews=1)["train"])


def report(title: str, source: str, settings: dict[str, Any], repeats: int) -> None:
    """Measure the first start and a later one in turns, each time with a new cache, and print their medians."""
    figures: dict[str, list[list[float]]] = {"first": [], "cached": []}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            for start in figures:
                command = [sys.executable, __file__, "--measure", source, json.dumps(settings), cache]
                output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                figures[start].append(json.loads(output))
    for start, measured in figures.items():
        rows, seconds, computing, peak, arrays = map(statistics.median, zip(*measured, strict=True))
        cells = [f"{rows / seconds:,.0f}", f"{seconds:.1f}", f"{computing:.1f}", f"{peak:.0f}", f"{peak / arrays:.2f}"]
        print(f"| {title} | {start} | {' | '.join(cells)} |", flush=True)


def report_predict(folder: Path, rows: int, repeats: int) -> None:
    """Measure `predict` on the table, and print medians."""
    model = ["--model.embedding_dim=5", "--model.units=4", "--data.train_reviews=60", "--trainer.max_epochs=1"]
    measure_command("fit", *model, f"--run={folder}/run", f"--data.cache_dir={folder}")
    judge = ["predict", f"--ckpt_path={folder}/run/checkpoints/last.ckpt"]
    figures = []
    for number in range(repeats):
        seconds, computing, peak = measure_command(
            *judge, f"--data.path={folder}/reviews.csv", f"--output={folder}/judged {number}.csv"
        )
        one_second, one_computing, least = measure_command(*judge, "--text", "a lovely lamp")
        figures.append((seconds - one_second, computing - one_computing, peak - least))
    seconds, computing, peak = map(statistics.median, zip(*figures, strict=True))
    ratio = peak / (rows * 200 * 4 / 2**20)
    cells = [f"{rows / seconds:,.0f}", f"{seconds:.1f}", f"{computing:.1f}", f"{peak:.0f}", f"{ratio:.2f}"]
    print(f"| CSV of {rows} rows | predict | {' | '.join(cells)} |", flush=True)


def measure_command(*args: str) -> tuple[float, float, float]:
    """Return the seconds, seconds of computing and peak memory in MB of a command in a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "lit_sentiment", *args]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, args
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _KIB_PER_MB


def measure(source: str, settings: dict[str, Any], cache: str) -> list[float]:
    """Return rows, seconds, seconds of computing, peak memory above the start's, and that of the arrays, in MB."""
    from lit_sentiment.data.sources import SOURCES

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, computed = time.perf_counter(), time.process_time()
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        data = SOURCES[source](cache_dir=cache, **settings)
        data.setup("fit")
    seconds, computing = time.perf_counter() - began, time.process_time() - computed
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    splits = [data.arrays("train"), data.arrays("validation")]
    size = sum(array.nbytes for arrays in splits for array in arrays) / 2**20
    return [sum(len(arrays.labels) for arrays in splits), seconds, computing, peak / _KIB_PER_MB, size]


if __name__ == "__main__":
    main()
