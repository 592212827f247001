"""`fit` after a kill at any moment, and several at once: nothing is trained twice, and nothing is left undone."""

import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from lit_sentiment.runs.run_folder import LOCK, RunFolder
from lit_sentiment.training.stopping import FiniteLoss

PATIENCE_SECONDS = 120
STOPPER = ("--trainer.callbacks=KerasEarlyStopping", "--trainer.callbacks.patience=1")
RESTORED = ("--trainer.callbacks.restore_best_weights=true",)
ENDS = {
    "max_epochs": (),
    "early stopping": (*STOPPER, "--trainer.max_epochs=60", "--model.learning_rate=0.3"),
    "early stopping, restored": (*STOPPER, *RESTORED, "--trainer.max_epochs=60", "--model.learning_rate=0.3"),
    "max_epochs, restored": (*STOPPER, *RESTORED, "--trainer.callbacks.patience=50", "--model.learning_rate=0.3"),
}


def whole(run):
    """What a run keeps, but for seconds; of event files the number, of checkpoints the weights."""
    outcome = json.loads(run.finished.read_text()) if run.finished.exists() else {}
    kept = {"history": run.history.read_text(), "outcome": {**outcome, "training_seconds": 0}}
    kept["vectors"] = (run.path / "projector/vectors.tsv").read_text() if (run.path / "projector").exists() else ""
    for path in (run.best_checkpoint, run.last_checkpoint):
        state = torch.load(path, weights_only=True)["state_dict"]
        kept[path.name] = {name: str(value) for name, value in state.items()}
    return kept


@pytest.mark.parametrize("end", ENDS)
def test_killed_after_its_last_epoch_it_finishes_and_trains_nothing(command, copied_run, end, monkeypatch):
    run = RunFolder(copied_run(*ENDS[end]))
    expected = whole(run)
    run.finished.unlink()
    shutil.rmtree(run.path / "projector", ignore_errors=True)
    (run.path / LOCK).write_text("process 1 on a machine that was switched off")
    steps = []
    monkeypatch.setattr(FiniteLoss, "on_train_batch_end", lambda *_: steps.append(1))
    again = ("fit", "--config", run.config, "--ckpt_path", "last")
    outcome = command(*again)
    assert outcome.code == 0, outcome.err
    assert not steps
    assert whole(run) == expected
    outcome = command(*again)
    assert outcome.code == 2
    assert "nothing left to do" in outcome.err
    assert whole(run) == expected


def test_more_patience_goes_on_after_early_stopping(command, tiny, copied_run):
    run = RunFolder(copied_run(*ENDS["early stopping"]))
    options = (*tiny, *ENDS["early stopping"], "--run", run.path)
    epochs = len(run.read_history())
    assert epochs < 50
    outcome = command("fit", *options, "--ckpt_path", "last", "--trainer.callbacks.patience=5")
    assert outcome.code == 0, outcome.err
    assert len(run.read_history()) > epochs + 1


def test_stopped_in_its_first_epoch_it_begins_anew_by_the_advice(command, tiny, trained_run, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(FiniteLoss, "on_train_batch_end", lambda *_: os.kill(os.getpid(), signal.SIGINT))
        outcome = command("fit", *tiny, "--run", "run")
    assert outcome.code == 130
    assert "Stopped by SIGINT in epoch 1; go on with python -m lit_sentiment fit" in outcome.out
    Path("run/history.csv").write_text("epoch,loss\n0,")
    advice = re.search("go on with python -m lit_sentiment (.*)", outcome.out)[1]
    refusal = command(*shlex.split(advice), "--model.nope", 1)
    assert refusal.code == 2
    assert Path("run/history.csv").exists()
    outcome = command(*shlex.split(advice))
    assert outcome.code == 0, outcome.err
    assert "No epoch of run is whole: it begins anew\n" in outcome.out
    assert whole(RunFolder(Path("run"))) == whole(RunFolder(trained_run))
    assert [len(list(Path("run", part).glob("events*"))) for part in ("train", "validation")] == [1, 1]


DAMAGES = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-500]),
    "one bit": lambda path: path.write_bytes(with_flipped_bit(path.read_bytes(), 1000)),
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(len(path.read_bytes()))),
    "something else": lambda path: path.write_text("a text"),
    "gone": lambda path: path.unlink(),  # as between two steps of its writing
}


def with_flipped_bit(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize(
    ("damage", "end", "finished"),
    [
        *((damage, "max_epochs", damage == "cut") for damage in DAMAGES),
        *(("cut", end, "restored" in end) for end in list(ENDS)[1:]),
    ],
)
def test_damaged_last_checkpoint_gives_way_to_the_one_before_aloud(command, copied_run, damage, end, finished):
    """And the run ends as one that was never damaged."""
    run = RunFolder(copied_run(*ENDS[end]))
    expected = whole(run)
    DAMAGES[damage](run.last_checkpoint)
    if not finished:
        run.finished.unlink()
    outcome = command("fit", "--config", run.config, "--ckpt_path", "last")
    assert outcome.code == 0, outcome.err
    told = "run/checkpoints/last.ckpt: expected a .*; the one before takes its place: what came after it is trained "
    assert len(re.findall(f"^{told}again$", outcome.out, re.MULTILINE)) == 1, outcome.out
    assert whole(run) == expected


@pytest.mark.parametrize("number", [1, 2])
def test_run_without_a_whole_checkpoint_is_refused_by_their_names(command, copied_run, number):
    run = RunFolder(copied_run(f"--trainer.max_epochs={number}"))
    paths = [run.last_checkpoint, run.checkpoint_before_last][:number]
    assert all(path.exists() for path in paths)
    for path in paths:
        DAMAGES["cut"](path)
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    outcome = command("fit", "--config", run.config, "--ckpt_path", "last", "--trainer.max_epochs", 9)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert all(f"{path}: expected a whole checkpoint, found a damaged one" in outcome.err for path in paths)
    assert outcome.err.endswith("; train it anew, as another --run or after removing run\n")
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("content", ["", "torn {", "[]", "{}"])
@pytest.mark.parametrize("name", ["finished.json", "identity.json"])
def test_damaged_record_of_a_run_is_written_anew_and_nothing_is_trained(
    command, copied_run, name, content, monkeypatch
):
    run = RunFolder(copied_run())
    expected = {**whole(run), "identity": run.read_identity()}
    run.finished.unlink()
    (run.path / name).write_text(content)
    steps = []
    monkeypatch.setattr(FiniteLoss, "on_train_batch_end", lambda *_: steps.append(1))
    outcome = command("fit", "--config", run.config, "--ckpt_path", "last")
    assert (outcome.code, steps) == (0, []), outcome.err
    assert {**whole(run), "identity": run.read_identity()} == expected


@pytest.fixture
def start(tiny, tmp_path):
    """Start `fit` as a process; all end with the test."""
    processes = []

    def start(*options):
        command = [sys.executable, "-m", "lit_sentiment", "fit", *tiny, *options]
        pipe = subprocess.PIPE
        processes.append(subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_run_that_another_process_trains_is_refused(start, command, tiny, trained_run):
    """Also for going on with it; without a name another folder is taken; after SIGKILL both are possible again."""
    path = Path("runs/BaselineLSTM-ShopReviews-seed0")
    first = start("--trainer.max_epochs=100000")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (path / "checkpoints/last.ckpt").exists():
        assert first.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for also in ((), ("--ckpt_path", "last")):
        outcome = command("fit", *tiny, "--run", path, *also)
        assert outcome.code == 2
        assert f"--run: expected a run that no other process trains, found process {first.pid} on " in outcome.err
    assert command("fit", *tiny).code == 0
    first.kill()
    first.wait()
    other = RunFolder(Path(f"{path}-2"))
    assert whole(other) == whole(RunFolder(trained_run))
    assert [(folder / LOCK).exists() for folder in (path, other.path)] == [True, False]
    epochs = len(RunFolder(path).read_history())
    outcome = command("fit", *tiny, "--run", path, "--ckpt_path", "last", f"--trainer.max_epochs={epochs + 3}")
    assert outcome.code == 0, outcome.err


def test_weights_that_break_in_the_last_step_of_an_epoch_are_not_kept(command, tiny, trained_run, monkeypatch):
    """No loss of a step tells of them; the epoch before stays, and can be gone on with."""
    run, last_step = RunFolder(Path("run")), FiniteLoss.on_train_batch_end

    def break_weights(self, trainer, model, outputs, batch, number):
        last_step(self, trainer, model, outputs, batch, number)
        if trainer.current_epoch == 1 and trainer.is_last_batch:
            next(model.parameters()).data[3] = float("nan")

    with monkeypatch.context() as patch:
        patch.setattr(FiniteLoss, "on_train_batch_end", break_weights)
        outcome = command("fit", *tiny, "--run", run.path)
    assert outcome.code == 2
    assert outcome.err.startswith("error: the weights layers.0.weight became infinite or no numbers in epoch 2")
    assert len(run.read_history()) == 1
    assert not run.finished.exists()
    weights = torch.load(run.last_checkpoint, weights_only=True)["state_dict"]
    assert all(weight.isfinite().all() for weight in weights.values() if isinstance(weight, torch.Tensor))
    assert command("fit", *tiny, "--run", run.path, "--ckpt_path", "last").code == 0
    assert whole(run) == whole(RunFolder(trained_run))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
@pytest.mark.parametrize("end", ENDS)
def test_killed_at_any_moment_it_goes_on_to_the_same_end(command, start, tiny, number, end):
    """By the same command each time: a start, or from the moment on from which there are settings, going on."""
    run, expected = RunFolder(Path("run")), RunFolder(Path("expected"))
    options = ENDS[end] or ("--trainer.max_epochs=40",)
    assert command("fit", *tiny, *options, "--run", expected.path).code == 0
    rng = random.Random(f"{number} {end}")
    kills = 0
    while not run.finished.exists():
        on = ("--ckpt_path", "last") if run.config.exists() else ()
        process = start(*options, "--run", run.path, *on)
        try:
            out, err = process.communicate(timeout=rng.uniform(2, 9) if kills < 5 else PATIENCE_SECONDS)
            assert (process.returncode, err) == (0, ""), out
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    print("kills:", kills)
    assert whole(run) == whole(expected)
    assert [len(list((run.path / part).glob(".*"))) for part in (".", "checkpoints")] == [0, 0]
