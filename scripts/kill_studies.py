"""Send signals to studies and searches at random moments, start them again, and see what they come to.

    python scripts/kill_studies.py --rounds 10 --signal INT
    python scripts/kill_studies.py --rounds 10 --signal KILL --command search [--storage sqlite:///optuna.db] [--damage]

Each round starts a `study` of two small runs, or a `search` of three, which are processes of their own as always. It
gets the signal at a random moment, and is started again by the same command, and so forth, up to --kills times a round.
After SIGINT and SIGTERM its exit code must be 130 and 143, or 0 where it came to its end all the same, and none of its
runs may be at work any more. With --damage the database or the journal of a search is damaged before each start: then
the search may refuse it in one line, and it is taken away. At the end every history must be as without signals, no run
that was finished may have been trained again, and a search must have chosen, told and found the same. Prints counts,
and ends with 1 if anything else came out. Linux alone.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import optuna
import torch
from damage_files import DAMAGES, damaged
from forked_commands import HANGS, OUTPUT, end_of, has_ended, start

from lit_sentiment.commands import fit, report  # noqa: F401 - imported before the forks
from lit_sentiment.study.optuna_study import JOURNAL

TRAINING = ["--model=BaselineLSTM", "--model.embedding_dim=5", "--model.units=4", "--trainer.accelerator=cpu"]
TRAINING += ["--data.train_reviews=60", "--data.validation_reviews=25", "--data.test_reviews=15"]
TRAINING += ["--data.vocab_size=200", "--data.max_length=20", "--data.batch_size=16", "--trainer.max_epochs=10"]
TRAINING += ["--data.cache_dir=../cache", "--folder=it", "--workers=2", "--seeds", "0"]
COMMANDS = {
    "study": ["study", *TRAINING, "1"],
    "search": ["search", *TRAINING, "--trials=2", "--space", "model.units", "[3, 4]"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--kills", type=int, default=4, help="of a round, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--command", choices=COMMANDS, default="study")
    parser.add_argument("--signal", choices=["KILL", "INT", "TERM"], default="INT")
    parser.add_argument("--storage", help="of the search: a URL for Optuna, as seen from the folder of a round")
    parser.add_argument("--damage", action="store_true")
    config = parser.parse_args()
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    number, rng = signal.Signals[f"SIG{config.signal}"], random.Random(config.seed)
    args = [*COMMANDS[config.command], *([f"--storage={config.storage}"] if config.storage else [])]
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        began = time.monotonic()
        assert end_of(start(Path("alone"), args)) == 0, Path("alone", OUTPUT).read_text()
        seconds = time.monotonic() - began
        expected = outcome(Path("alone"), config.storage)
        for count in range(config.rounds):
            folder = Path(f"round {count}").absolute()
            faults = disturbed(folder, args, number, rng, config.kills, seconds, config.damage, counts)
            found = outcome(folder, config.storage)
            faults += [f"other {what}" for what in expected if found.get(what) != expected[what]]
            counts["rounds with faults"] += bool(faults)
            for fault in faults:
                print(f"round {count}: {fault}", flush=True)
            shutil.rmtree(folder)
    print(f"{config.rounds} rounds of {config.command}, {number.name}: ", end="")
    print(", ".join(f"{what} {counts[what]}" for what in sorted({*counts, "rounds with faults"})))
    sys.exit(bool(counts["rounds with faults"]))


def disturbed(
    folder: Path,
    args: list[str],
    number: int,
    rng: random.Random,
    most: int,
    seconds: float,
    damage: bool,
    counts: Counter[str],
) -> list[str]:
    """Bring a study to its end, with signals on the way; return what was wrong."""
    faults: list[str] = []
    finished: dict[Path, float] = {}
    kills, code = 0, -1
    while code != 0:
        storages = [path for path in (folder / "optuna.db", folder / "it" / JOURNAL) if path.exists()]
        for path in storages if damage and rng.random() < 0.7 else ():
            path.write_bytes(damaged(path.read_bytes(), rng.choice(DAMAGES), rng))
            counts["damages"] += 1
        process = start(folder, args)
        deadline = time.monotonic() + rng.uniform(0, seconds)
        while kills < most and time.monotonic() < deadline and not has_ended(process):
            time.sleep(0.01)
        sent = kills < most and not has_ended(process)
        if sent:
            os.kill(process, number)
            kills += 1
        code = end_of(process)
        counts[f"exit code {code}"] += 1
        said = (folder / OUTPUT).read_text(errors="replace")
        (folder / OUTPUT).unlink()
        if code == 2 and storages and said.count("error: ") == 1 and "--storage" in said:
            counts["damaged storages refused"] += 1
            for path in storages:
                path.unlink()
        elif code not in (0, *([128 + number] if sent else [])) or "Traceback" in said:
            faults.append(f"exit code {code}: {said[-600:]}")
            if code == HANGS or kills == most:
                return faults
        if number != signal.SIGKILL and (workers := at_work(folder)):
            faults.append(f"runs at work after exit code {code}: {workers}")
        faults += [f"{path} was trained again" for path, when in finished.items() if path.stat().st_mtime_ns != when]
        finished = {path: path.stat().st_mtime_ns for path in folder.glob("it/*/finished.json")}
    return faults


def at_work(folder: Path) -> list[str]:
    """Return the processes that work in a folder."""
    working = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                working.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it has ended, or is another user's
            continue
    return working


def outcome(folder: Path, storage: str | None) -> dict[str, Any]:
    """Return what a study has left, by what it is."""
    kept: dict[str, Any] = {str(path.relative_to(folder)): path.read_text() for path in folder.glob("it/*/history.csv")}
    kept["files"] = sorted(path.name for path in (folder / "it").glob("*"))
    kept["half written files"] = [path.name for path in (folder / "it").rglob("*.tmp")]
    if (folder / "it" / JOURNAL).exists() or storage:
        url = storage and storage.replace(":///", f":///{folder.absolute()}/")
        backend = optuna.storages.journal.JournalFileBackend(str(folder / "it" / JOURNAL)) if url is None else None
        (study,) = optuna.study.get_all_study_summaries(url or optuna.storages.JournalStorage(backend))
        trials = optuna.load_study(study_name=study.study_name, storage=url or optuna.storages.JournalStorage(backend))
        kept["trials"] = [(trial.params, trial.state, trial.value, trial.user_attrs) for trial in trials.trials]
    return kept


if __name__ == "__main__":
    main()
