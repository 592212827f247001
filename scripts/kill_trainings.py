"""Kill trainings at random moments, go on with them, and compare all that they leave with trainings that nobody killed.

    python scripts/kill_trainings.py --runs 150 --checkpoint_every 3 [--signal INT] [--seed 0] [--models L2LSTM]

Each run is a small training, drawn by the seed: a model, a precision, `--randomness`, and what may end or slow it. A
process that has imported everything forks for each `fit`, and sends that process SIGKILL, or another signal: at a
random moment, or at one soon after a drawn event (a step, a validation, the writing of a checkpoint, the end of an
epoch), so that short ones are met, too. Then the same command goes on with `--ckpt_path last`, and so forth, up to
--kills times a run. After SIGINT and SIGTERM the exit code must be 130 and 143, or 0 where the training came to its end
all the same, and no half written file may be left. Compared bit by bit: history.csv, identity.json, the settings, both
checkpoints with everything in them, the curves and views of TensorBoard, finished.json but for its seconds, and the
names of all files. The undisturbed training is without `--checkpoint_every`. Prints counts, and ends with 1 if anything
differed. Linux alone.
"""

import argparse
import json
import logging
import mmap
import os
import random
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import yaml
from forked_commands import HANGS, OUTPUT, end_of, has_ended, start

from lit_sentiment.commands import fit as _everything  # noqa: F401 - imported before the forks
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.runs.run_folder import LOCK, RunFolder
from lit_sentiment.training import run_checkpoint
from lit_sentiment.training.history_recorder import HistoryRecorder, OverfittingMonitor

SEQUENTIAL = """layers:
  - Embedding: {output_dim: 5}
  - Dropout: {rate: 0.2}
  - LSTM: {units: 4, dropout: 0.2, recurrent_dropout: 0.1}
  - BatchNormalization
  - Dense: {units: 1, activation: sigmoid}
"""
MODELS = {
    "BaselineLSTM": ["--model=BaselineLSTM", "--model.embedding_dim=5", "--model.units=4"],
    "DropoutLSTM": ["--model=DropoutLSTM", "--model.embedding_dim=5", "--model.units=[4, 3]"],
    "L2LSTM": ["--model=L2LSTM", "--model.embedding_dim=5", "--model.units=4"],
    "KerasSequential": ["--model=KerasSequential", "--model.architecture=../model.yaml"],
}
_STOPPER = {"class_path": "KerasEarlyStopping", "init_args": {"patience": 1, "restore_best_weights": True}}
_SLOWER = {"class_path": "KerasReduceLROnPlateau", "init_args": {"patience": 1, "factor": 0.5}}
CALLBACKS: list[list[dict[str, Any]]] = [[], [_STOPPER], [_SLOWER], [_SLOWER, _STOPPER]]
DATA = {
    "train_reviews": 60,
    "validation_reviews": 25,
    "test_reviews": 5,
    "vocab_size": 200,
    "max_length": 20,
    "batch_size": 7,
    "cache_dir": "../cache",
}
PRECISIONS = ["32-true", "64-true"]
WRONG = -1
"""Counts among the exit codes what went wrong."""
EVENTS = ["start", "step", "validation", "checkpoint", "end of an epoch", "end of the training"]
"""What a child is at; it says so in memory that it shares with its parent, with the count of each so far."""


class Moments:
    """Where a child is, for its parent."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, 4 * (1 + len(EVENTS)))

    def reset(self) -> None:
        self.memory[:] = bytes(len(self.memory))

    def enter(self, event: int) -> None:
        """Called in the child."""
        struct.pack_into("i", self.memory, 4 + 4 * event, self.count(event) + 1)
        struct.pack_into("i", self.memory, 0, event)

    def count(self, event: int) -> int:
        return int(struct.unpack_from("i", self.memory, 4 + 4 * event)[0])

    @property
    def now(self) -> str:
        return EVENTS[struct.unpack_from("i", self.memory, 0)[0]]

    def watch(self) -> None:
        """Let the functions that are worth telling apart say that they are called."""
        places: list[tuple[Any, str, str, str | None]] = [
            (SentimentModel, "training_step", "step", None),
            (SentimentModel, "validation_step", "validation", None),
            (HistoryRecorder, "on_train_epoch_end", "end of an epoch", None),
            (run_checkpoint, "replace_file", "checkpoint", "step"),
            (OverfittingMonitor, "on_train_end", "end of the training", None),
        ]
        for owner, name, event, then in places:
            setattr(owner, name, self._telling(getattr(owner, name), event, then))

    def _telling(self, function: Callable[..., Any], event: str, then: str | None) -> Callable[..., Any]:
        def told(*args: Any, **settings: Any) -> Any:
            before = self.now
            self.enter(EVENTS.index(event))
            try:
                return function(*args, **settings)
            finally:
                if then is not None:
                    struct.pack_into("i", self.memory, 0, EVENTS.index(before))

        return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--kills", type=int, default=20, help="of a run, at most")
    parser.add_argument("--signal", choices=["KILL", "INT", "TERM"], default="KILL")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS)
    parser.add_argument("--checkpoint_every", type=int, help="steps, of 9 in an epoch; by default whole epochs alone")
    config = parser.parse_args()
    torch.set_num_threads(1)
    moments, rng = Moments(), random.Random(config.seed)
    moments.watch()
    sent = signal.Signals[f"SIG{config.signal}"]
    fell, codes = Counter[str](), Counter[int]()
    expected: dict[str, dict[str, Any]] = {}
    different, kills, begin = [], 0, time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        Path("model.yaml").write_text(SEQUENTIAL)
        for number in range(config.runs):
            options = [*MODELS[rng.choice(config.models)], f"--trainer.precision={rng.choice(config.precisions)}"]
            options += [f"--randomness={rng.choice(['keras', 'torch'])}", f"--seed_everything={rng.randrange(2)}"]
            options += [f"--trainer.callbacks={json.dumps(rng.choice(CALLBACKS))}", "--trainer.max_epochs=5"]
            options += [f"--data.{setting}={value}" for setting, value in DATA.items()]
            options += ["--trainer.accelerator=cpu", "--model.learning_rate=0.05"]
            case = " ".join(options)
            if case not in expected:
                folder = Path(f"expected {len(expected)}")
                wait(start(folder, ["fit", *options, "--run=run"]), folder)
                expected[case] = contents(folder / "run")
            folder = Path(f"run {number}")
            every = [] if config.checkpoint_every is None else [f"--checkpoint_every={config.checkpoint_every}"]
            found, ended = killed_run(folder, [*options, *every], moments, rng, config.kills, sent)
            kills += found.total()
            fell += found
            codes += ended
            differing = differences(expected[case], contents(folder / "run"))
            if differing:
                different.append(number)
                print(f"run {number} ({case}) differs: {', '.join(differing)}", flush=True)
            else:
                shutil.rmtree(folder)
            if (number + 1) % 10 == 0:
                print(f"{number + 1} runs, {kills} kills, {len(different)} different", file=sys.stderr, flush=True)
        if different:
            kept = shutil.copytree(name, tempfile.mkdtemp(), dirs_exist_ok=True)
            print(f"What differed is kept in {kept}")
    print(f"{config.runs} runs of {len(expected)} trainings, {kills} kills, {time.monotonic() - begin:.0f} s")
    wrong = codes.pop(WRONG, 0)
    print(f"Exit codes after {sent.name}: " + ", ".join(f"{code}: {count}" for code, count in sorted(codes.items())))
    print("Kills by what was under way: " + ", ".join(f"{event} {fell[event]}" for event in EVENTS))
    equal = config.runs - len(different)
    print(f"Equal to the undisturbed training: {equal}; different: {len(different)}; other faults: {wrong}")
    sys.exit(bool(different or wrong))


def killed_run(
    folder: Path, options: list[str], moments: Moments, rng: random.Random, most: int, number: int
) -> tuple[Counter[str], Counter[int]]:
    """Train to the end, with kills on the way; return where they fell, and the exit codes."""
    fell, codes = Counter[str](), Counter[int]()
    while not (folder / "run/finished.json").exists():
        on = ["--ckpt_path=last"] if (folder / "run/config.yaml").exists() else []
        moments.reset()
        process = start(folder, ["fit", *options, "--run=run", *on])
        moment = kill_some_time(process, moments, rng, number) if fell.total() < most else None
        if moment is None:
            wait(process, folder)
        else:
            code = end_of(process)
            fell[moment] += 1
            codes[code] += 1
            problem = problem_after(folder / "run", code, number)
            if problem:
                print(f"{folder}, {moment}: {problem}\n{(folder / OUTPUT).read_text()[-1000:]}", flush=True)
                codes[WRONG] += 1
    return fell, codes


def problem_after(run: Path, code: int, number: int) -> str:
    """Return what is wrong with what a signal has left, if anything is."""
    if code == HANGS:
        return "hangs"
    if code != 128 + number and not (code == 0 and (run / "finished.json").exists()):
        return f"exit code {code}"
    left = [] if number == signal.SIGKILL else [path.name for path in run.rglob("*") if path.name.endswith(".tmp")]
    return f"{', '.join(left)} left" if left else ""


def kill_some_time(process: int, moments: Moments, rng: random.Random, number: int) -> str | None:
    """Send a signal to a child soon after a drawn event; return what was under way, or None if it had ended."""
    event = rng.choice(range(len(EVENTS)))
    count = 0 if event == 0 else rng.randrange(1, 6) if EVENTS[event] in ("step", "validation", "checkpoint") else 1
    while moments.count(event) < count:
        if has_ended(process):
            return None
        time.sleep(1e-4)
    time.sleep(rng.uniform(0, 0.3 if event == 0 else rng.choice([0.001, 0.004, 0.03])))
    if has_ended(process):
        return None
    moment = moments.now
    os.kill(process, number)
    return moment


def wait(process: int, folder: Path) -> None:
    """Wait for a child that is to come to its end."""
    if end_of(process):
        sys.exit(f"error: fit failed in {folder}:\n{(folder / OUTPUT).read_text()[-3000:]}")


def contents(path: Path) -> dict[str, Any]:
    """Return all that a run has left, as plain values by what it is."""
    run = RunFolder(path)
    outcome = {**run.read_finished(), "training_seconds": None}
    settings = {**yaml.safe_load(run.config.read_text()), "checkpoint_every": None}
    names = sorted({str(one.relative_to(path)) for one in path.rglob("*") if "tfevents" not in one.name})
    assert not (path / LOCK).exists()
    kept = {"outcome": outcome, "settings": settings, "files": names, "identity": run.read_identity()}
    kept["history"] = run.history.read_text()
    for checkpoint in (run.best_checkpoint, run.last_checkpoint):
        state = torch.load(checkpoint, weights_only=True)
        kept |= {f"{checkpoint.name}: {name}": plain(value, str(path.absolute())) for name, value in state.items()}
    return kept | {f"TensorBoard {part}": curves(path / part) for part in ("train", "validation")}


def plain(value: Any, path: str) -> Any:
    """Return tensors as dtype, shape and numbers, and the path of a run as RUN."""
    if isinstance(value, torch.Tensor):
        return str(value.dtype), tuple(value.shape), plain(value.flatten().tolist(), path)
    if isinstance(value, dict):
        # The score goes by no rule: Lightning does not restore it, and does not read it.
        return {plain(key, path): plain(one, path) for key, one in value.items() if key != "current_score"}
    if isinstance(value, list | tuple):
        return [plain(one, path) for one in value]
    return repr(value).replace(path, "RUN")  # with every digit, and NaN like NaN


def curves(folder: Path) -> dict[str, Any]:
    """Return what TensorBoard shows of a folder, by tag."""
    from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

    logging.getLogger("tensorboard").setLevel(logging.ERROR)  # it warns of each restart
    events = EventAccumulator(str(folder), {"tensors": 0}).Reload()
    shown = {
        tag: [(one.step, one.tensor_proto.SerializeToString()) for one in events.Tensors(tag)]
        for tag in events.Tags()["tensors"]
    }
    return {tag: points[-1:] if tag.startswith("custom_scalars") else points for tag, points in shown.items()}


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    return [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]


if __name__ == "__main__":
    main()
