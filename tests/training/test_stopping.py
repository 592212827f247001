import json
import math
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lightning import Callback, Trainer
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor

from lit_sentiment.curves.history import History
from lit_sentiment.errors import InputError
from lit_sentiment.models import BaselineLSTM
from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.process import Interrupted
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.training.history_recorder import HistoryRecorder
from lit_sentiment.training.stopping import FiniteLoss, StopSignals, TimeLimit

Fit = Callable[..., Trainer]

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGUSR1: 138}
PATIENCE_SECONDS = 120
"""A fit starts in seconds; a busy machine may take much longer."""


class Sender(Callback):
    """Sends signals to its own process in one hook, at a batch or epoch counted from 0 over the whole training."""

    def __init__(self, hook: str, turn: int, *signals: signal.Signals) -> None:
        self.hook, self.turn, self.signals = hook, turn, signals
        self.turns = dict.fromkeys(["on_train_batch_start", "on_validation_batch_start", "on_train_epoch_end"], 0)

    def on_train_batch_start(self, *_: Any) -> None:
        self._send("on_train_batch_start")

    def on_validation_batch_start(self, *_: Any) -> None:
        self._send("on_validation_batch_start")

    def on_train_epoch_end(self, *_: Any) -> None:
        self._send("on_train_epoch_end")

    def _send(self, hook: str) -> None:
        if hook == self.hook and self.turns[hook] == self.turn:
            for number in self.signals:
                os.kill(os.getpid(), number)
        self.turns[hook] += 1


@pytest.fixture(autouse=True)
def signals_are_given_back():
    before = {number: signal.getsignal(number) for number in EXIT_CODES}
    yield
    after = {number: signal.getsignal(number) for number in EXIT_CODES}
    for number, handler in before.items():
        signal.signal(number, handler)
    assert after == before


@pytest.mark.parametrize("number", EXIT_CODES)
def test_signal_stops_after_the_running_training_batch(fit, model, number):
    sender = Sender("on_train_batch_start", 5, number)  # the second batch of the second epoch
    recorder = HistoryRecorder()
    with pytest.raises(Interrupted, match=number.name) as caught:
        fit(model, sender, recorder, StopSignals(), epochs=3)
    assert caught.value.exit_code == EXIT_CODES[number]
    assert sender.turns["on_train_batch_start"] == 6
    assert len(recorder.history) == 1


SLURM_JOB = {"JOB_ID": 7, "JOB_NAME": "x", "NTASKS": 1, "NTASKS_PER_NODE": 1, "NNODES": 1, "JOB_NODELIST": "localhost"}
SLURM_JOB |= {"PROCID": 0, "LOCALID": 0, "NODEID": 0}


@pytest.mark.parametrize("number", EXIT_CODES)
def test_signal_stops_a_training_in_a_job_of_slurm(fit, model, number, monkeypatch, tmp_path):
    """Lightning's own handler there would write a checkpoint in the middle of an epoch, and ask for a new job."""
    monkeypatch.chdir(tmp_path)
    for name, value in SLURM_JOB.items():
        monkeypatch.setenv(f"SLURM_{name}", str(value))
    with pytest.raises(Interrupted, match=number.name):
        fit(model, Sender("on_train_batch_start", 5, number), StopSignals(), epochs=3)
    assert not list(tmp_path.rglob("*.ckpt"))


@pytest.mark.parametrize("number", EXIT_CODES)
def test_signal_stops_after_the_running_validation_batch(fit, model, number):
    sender = Sender("on_validation_batch_start", 4, number)
    with pytest.raises(Interrupted, match=number.name):
        fit(model, sender, StopSignals(), epochs=3)
    assert sender.turns == {"on_train_batch_start": 8, "on_validation_batch_start": 5, "on_train_epoch_end": 1}


@pytest.mark.parametrize("number", EXIT_CODES)
def test_signal_between_epochs_stops_in_the_next_and_never_exits_with_0(fit, model, number):
    """Lightning's own handler of SIGTERM ends the process with exit code 0 here."""
    sender = Sender("on_train_epoch_end", 0, number)
    with pytest.raises(Interrupted):
        fit(model, sender, StopSignals(), epochs=3)
    assert sender.turns["on_train_batch_start"] == 5


def test_lightning_alone_ends_with_exit_code_0(fit, model):
    with pytest.raises(SystemExit) as caught:
        fit(model, Sender("on_train_epoch_end", 0, signal.SIGTERM), epochs=3)
    assert caught.value.code is None


@pytest.mark.parametrize("number", EXIT_CODES)
def test_second_signal_stops_at_once(fit, model, number):
    class Steps(Callback):
        count = 0

        def on_before_backward(self, *_: Any) -> None:
            self.count += 1

    steps = Steps()
    with pytest.raises(Interrupted) as caught:
        fit(model, Sender("on_train_batch_start", 2, signal.SIGINT, number), steps, StopSignals())
    assert caught.value.exit_code == EXIT_CODES[number]
    assert steps.count == 2


def test_training_without_a_signal_is_left_alone(fit, model):
    recorder = HistoryRecorder()
    fit(model, recorder, StopSignals(), epochs=3)
    assert len(recorder.history) == 3


def test_callback_serves_a_second_training_after_a_stop(fit, model):
    stop_signals, recorder = StopSignals(), HistoryRecorder()
    with pytest.raises(Interrupted):
        fit(model, Sender("on_train_batch_start", 0, signal.SIGINT), stop_signals)
    fit(model, recorder, stop_signals)
    assert len(recorder.history) == 2


def wait_for_epochs(run, process, epochs):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (run / "history.csv").exists() or len(History.read(run / "history.csv")) < epochs:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("number", EXIT_CODES)
def test_interrupted_command_leaves_whole_files_and_goes_on(tmp_path, number):
    run = tmp_path / "a run"
    options = {
        "--run": run,
        "--data.train_reviews": 301,
        "--data.validation_reviews": 97,
        "--data.test_reviews": 5,
        "--data.cache_dir": tmp_path / "cache",
        "--model.embedding_dim": 3,
        "--model.units": 4,
        "--trainer.max_epochs": 5000,
        "--trainer.accelerator": "cpu",
    }
    command = [sys.executable, "-m", "lit_sentiment"]
    arguments = [str(part) for option in options.items() for part in option]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": tmp_path}
    process = subprocess.Popen([*command, "fit", *arguments], **pipes)
    try:
        wait_for_epochs(run, process, 3)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
    assert process.returncode == EXIT_CODES[number], err
    assert "Traceback" not in err

    history = History.read(run / "history.csv")
    assert len(history) >= 3
    TrainedModel.open(run / "checkpoints" / "best.ckpt")
    TrainedModel.open(run / "checkpoints" / "last.ckpt")
    assert not list(run.rglob("*.tmp"))
    for sub_run, figure in [("train", "loss"), ("validation", "val_loss")]:
        events = EventAccumulator(str(run / sub_run)).Reload().Scalars("epoch_loss")
        assert [event.step for event in events] == list(range(len(history)))
        assert [event.value for event in events] == pytest.approx(history[figure], rel=2**-23)

    said = re.search(r"Stopped by (\w+) in epoch (\d+); go on with python -m lit_sentiment (.*)$", out, re.MULTILINE)
    assert said is not None, out
    assert said[1] == number.name
    assert int(said[2]) == len(history) + 1

    more = ["--trainer.max_epochs", str(len(history) + 1)]
    resumed = subprocess.run([*command, *shlex.split(said[3]), *more], timeout=PATIENCE_SECONDS, **pipes, check=False)
    assert resumed.returncode == 0, resumed.stderr
    longer = History.read(run / "history.csv")
    assert len(longer) == len(history) + 1
    assert json.dumps([longer.epoch(epoch) for epoch in range(len(history))]) == json.dumps(
        [history.epoch(epoch) for epoch in range(len(history))]
    )


Fit = Callable[..., Trainer]
BREAKING_STEP = 7  # of four steps an epoch: the third batch of the second


class Breaking(BaselineLSTM):
    """A baseline whose loss breaks at one step."""

    broken = math.nan
    steps = 0

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        self.steps += 1
        loss = super().training_step(batch, batch_idx)
        return loss * self.broken if self.steps == BREAKING_STEP else loss


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_training_stops_at_the_step_whose_loss_broke(fit, broken):
    model = Breaking(vocab_size=20, embedding_dim=3, units=4)
    model.broken = broken
    with pytest.raises(InputError, match=r"loss became (nan|inf) at step 7 \(epoch 2, batch 3\).*learning_rate"):
        fit(model, FiniteLoss(), epochs=5)
    assert model.steps == BREAKING_STEP


def test_without_it_training_runs_on(fit):
    model = Breaking(vocab_size=20, embedding_dim=3, units=4)
    fit(model, epochs=5)
    assert model.steps == 5 * 4
    assert any(weight.isnan().any() for weight in model.parameters())


def test_finite_losses_of_any_size_pass(fit):
    model = Breaking(vocab_size=20, embedding_dim=3, units=4)
    model.broken = 1e15  # whose square is finite, too: Adam's weights stay finite
    fit(model, FiniteLoss(), epochs=2)
    assert model.steps == 8


def test_run_ends_with_the_epoch_and_says_why(command, tiny):
    outcome = command("fit", *tiny, "--run", "run", "--trainer.max_epochs", -1, "--trainer.max_time", "00:00:00:01")
    assert outcome.code == 0, outcome.err
    history = History.read(Path("run/history.csv"))
    assert f"Stopped early: --trainer.max_time of 1 s was over after epoch {len(history)}" in outcome.out
    assert all(figure == figure for figure in history["val_loss"])
    assert RunFolder(Path("run")).read_identity()["early_stopping"] == [{"class": "TimeLimit", "seconds": 1.0}]


def test_run_that_is_in_time_says_nothing(command, tiny):
    outcome = command("fit", *tiny, "--run", "run", "--trainer.max_time", json.dumps({"hours": 1}))
    assert outcome.code == 0, outcome.err
    assert "Stopped early" not in outcome.out


@pytest.mark.parametrize("duration", ["soon", "1", {"epochs": 3}])
def test_other_durations_are_refused(duration):
    with pytest.raises(InputError, match=r"`max_time`: "):
        TimeLimit(duration)
