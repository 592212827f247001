"""Start several commands at the same moment on the same folders, and see what each of them comes to.

    python scripts/race_commands.py --rounds 20 [--processes 4] [--seed 0] [--races readers]

Each round starts small trainings, and what reads them, in processes that begin at once, or within a drawn time:

- default name: several `fit` without a `--run`. Each must have a folder of its own, and the same history;
- same run: several `fit` with the same `--run`. One trains it, the others are refused;
- going on: several `fit --ckpt_path last` of a run. One brings it to its end, the others are refused;
- readers: `report`, `diagnose`, `compare` and `predict`, over and over, on a run that is trained meanwhile. They do
  their work or are refused in one line, and the training comes to the same as without them;
- same cache: several `fit` of one table that is not in the cache yet. All have the same history, and the file is whole;
- same study: several `study` on one folder. One brings it to its end, the others are refused; no run is begun twice;
- same storage: several `search` in folders of their own with one new database. All come to their end.

Prints for each race how many processes did their work and were refused, and how many took a folder that another had,
broke in other ways or did not end; ends with 1 if there was one of those. Linux alone.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import torch
from forked_commands import HANGS, OUTPUT, end_of, has_ended, start

from lit_sentiment.commands import fit, predict, report  # noqa: F401 - imported before the forks
from lit_sentiment.curves.history import History
from lit_sentiment.runs.run_folder import LOCK, RunFolder

TRAINING = ["--model=BaselineLSTM", "--model.embedding_dim=5", "--model.units=4", "--trainer.accelerator=cpu"]
TRAINING += ["--data.vocab_size=200", "--data.max_length=20", "--data.batch_size=16", "--trainer.max_epochs=4"]
SHOP = ["--data.train_reviews=60", "--data.validation_reviews=25", "--data.test_reviews=15", "--data.cache_dir=cache"]
FIT = ["fit", *TRAINING, *SHOP]
LONG = [*FIT, "--trainer.max_epochs=60", "--checkpoint_every=1"]
TABLE = ["fit", *TRAINING, "--data=ReviewTable", "--data.path=table.csv", "--data.cache_dir=new"]
READERS = [["report", "."], ["diagnose", "run"], ["compare", "run", "--reference=whole"]]
READERS += [["predict", "--ckpt_path=run/checkpoints/last.ckpt", "--text", "a lovely lamp"]]
RACES = ("default name", "same run", "going on", "readers", "same cache", "same study", "same storage")
WHAT = ("done", "refused", "same folder twice", "broken", "hangs")


class Round:
    """One race in a folder of its own, and what has come of its processes.

    Args:
        folder: Where; it is made.
        processes: How many commands of a kind.
        rng: Draws when they start.
        patience_seconds: After which a process hangs.
    """

    def __init__(self, folder: Path, processes: int, rng: random.Random, patience_seconds: float) -> None:
        self.folder, self.processes, self.rng, self.patience_seconds = folder, processes, rng, patience_seconds
        self.counts: Counter[str] = Counter()
        folder.mkdir()

    def start(self, args: list[str], name: str) -> int:
        return start(self.folder, args, output=f"{name}.txt")

    def at_once(self, args: list[str]) -> None:
        """Start a command several times, with NUMBER in its options as its number, and wait for all."""
        spread = self.rng.choice([0, 0.05, 0.5])
        started = []
        for number in range(self.processes):
            started.append(self.start([arg.replace("NUMBER", str(number)) for arg in args], f"output {number}"))
            time.sleep(self.rng.uniform(0, spread))
        for number, process in enumerate(started):
            self.note(end_of(process, self.patience_seconds), f"output {number}")

    def note(self, code: int, name: str, may_differ: bool = False) -> None:
        """Count how a process ended."""
        said = (self.folder / f"{name}.txt").read_text(errors="replace")
        errors = [line for line in said.splitlines() if line.startswith("error: ")]
        if code == 0 or (may_differ and code == 1 and not errors):
            self.counts["done"] += 1
        elif code == 2 and len(errors) == 1 and "Traceback" not in said:
            self.counts["refused"] += 1
        else:
            self.fault("hangs" if code == HANGS else "broken", f"exit code {code}: {said[-500:]}")

    def fault(self, what: str, why: str) -> None:
        self.counts[what] += 1
        print(f"{self.folder}: {what}: {why}", flush=True)

    def expect(self, done: int) -> None:
        """Count it as a fault if not so many did their work."""
        if self.counts["done"] != done:
            self.fault("same folder twice", f"{self.counts['done']} did their work, expected {done}")

    def require_same(self, history: str, *paths: str) -> None:
        """Count runs whose history is another, or that are not finished and free."""
        for path in paths:
            run = RunFolder(self.folder / path)
            if not run.is_finished or (run.path / LOCK).exists() or run.history.read_text() != history:
                self.fault("broken", f"{path} is not what it is without the others")
        left = [path.name for path in self.folder.rglob("*.tmp")]
        if left:
            self.fault("broken", f"{left} left")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="of each race")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--races", nargs="+", choices=RACES, default=RACES)
    parser.add_argument("--patience_seconds", type=float, default=300)
    config = parser.parse_args()
    torch.set_num_threads(1)
    rng, wrong = random.Random(config.seed), 0
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        prepare()
        for race in config.races:
            counts: Counter[str] = Counter()
            for number in range(config.rounds):
                one = Round(Path(f"{race} {number}").absolute(), config.processes, rng, config.patience_seconds)
                globals()[race.replace(" ", "_")](one)
                counts += one.counts
                shutil.rmtree(one.folder)
            wrong += sum(counts[what] for what in WHAT[2:])
            print(
                f"{race}, {config.rounds} rounds: " + ", ".join(f"{what} {counts[what]}" for what in WHAT), flush=True
            )
    print(f"{len(config.races)} races, {wrong} faults")
    sys.exit(bool(wrong))


def prepare() -> None:
    """Train what the races are compared with, in `whole`, and the first two epochs of a run."""
    write_table(Path("whole"))
    for args in ([*FIT, "--run=run"], [*LONG, "--run=long"], [*TABLE, "--run=table"]):
        assert end_of(start(Path("whole"), args)) == 0, Path("whole", OUTPUT).read_text()
    assert end_of(start(Path("begun"), [*FIT, "--run=run", "--trainer.max_epochs=2"])) == 0


def write_table(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    rows = [f"{'lovely' if number % 2 else 'broken'} lamp number {number},{number % 2}\n" for number in range(2000)]
    (folder / "table.csv").write_text("text,label\n" + "".join(rows))


def history_of(name: str) -> str:
    return Path("whole", name, "history.csv").read_text()


def default_name(one: Round) -> None:
    one.at_once(FIT)
    runs = [f"runs/{path.name}" for path in (one.folder / "runs").iterdir()]
    if len(runs) != one.processes:
        one.fault("same folder twice", f"{one.processes} trainings in {runs}")
    one.require_same(history_of("run"), *runs)


def same_run(one: Round) -> None:
    one.at_once([*FIT, "--run=run"])
    one.expect(done=1)
    one.require_same(history_of("run"), "run")


def going_on(one: Round) -> None:
    shutil.copytree("begun", one.folder, dirs_exist_ok=True)
    one.at_once([*FIT, "--run=run", "--ckpt_path=last"])
    one.expect(done=1)
    one.require_same(history_of("run"), "run")


def readers(one: Round) -> None:
    shutil.copytree("whole/long", one.folder / "whole")
    training = one.start([*LONG, "--run=run"], "training")
    while not has_ended(training):
        started = {args[0]: one.start(args, args[0]) for args in READERS[: one.processes]}
        for name, process in started.items():
            one.note(end_of(process, one.patience_seconds), name, may_differ=name == "compare")
            (one.folder / f"{name}.txt").unlink()
    one.note(end_of(training, one.patience_seconds), "training")
    one.require_same(history_of("long"), "run")


def same_cache(one: Round) -> None:
    write_table(one.folder)
    one.at_once(TABLE)
    one.require_same(history_of("table"), *(f"runs/{path.name}" for path in (one.folder / "runs").iterdir()))
    names = [path.name for path in (one.folder / "new").iterdir()]
    if len(names) != 1:
        one.fault("broken", f"the cache holds {names}")


def same_study(one: Round) -> None:
    one.at_once(["study", *TRAINING, *SHOP, "--folder=study", "--seeds", "0", "1"])
    one.expect(done=1)
    one.require_same(history_of("run"), "study/BaselineLSTM-seed0")
    begun = [log.read_text().count("$ ") for log in (one.folder / "study/logs").iterdir()]
    if begun != [1, 1]:
        one.fault("same folder twice", f"runs were begun {begun} times")
    assert len(History.read(one.folder / "study/BaselineLSTM-seed1/history.csv")) == 4


def same_storage(one: Round) -> None:
    search = ["search", *TRAINING, *SHOP, "--folder=NUMBER", "--trials=1", "--seeds", "0", "--trainer.max_epochs=1"]
    one.at_once([*search, "--space", "model.units", "[3, 4]", "--storage=sqlite:///optuna.db"])
    one.expect(done=one.processes)


if __name__ == "__main__":
    main()
