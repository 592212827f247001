"""Trainings in several processes beside those in one."""

import os
import re
import runpy
import signal
import subprocess
import sys
import time
from functools import cache
from math import isnan
from pathlib import Path

import pytest
import torch
from lightning.fabric.plugins.environments.lightning import find_free_network_port
from torch import nn

from lit_sentiment import BaselineLSTM
from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.dense import Dense
from lit_sentiment.keras_semantics.layers import Embedding
from lit_sentiment.models import KerasSequential
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.runs.identity import COMPUTED_ON
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.training.exact_ddp import ExactDDP, require_divisible

PATH = Path(__file__).parent / "trainings_in_processes.py"
SCRIPT = runpy.run_path(str(PATH))
MODELS, LONG, TWINS, LAYERS = (SCRIPT[name] for name in ("MODELS", "LONG", "TWINS", "LAYERS"))
FEW, MANY = SCRIPT["FEW"], SCRIPT["MANY"]
TOLERANCE = 1e-12
"""Sixty steps of float64 rounding; measured: 5e-16."""
CLEARLY = 1e-4
"""By how much a wrong ingredient moves weights of about 1; measured: 2e-2."""
DDP = ("--trainer.devices=2", "--trainer.strategy=ddp", "--trainer.precision=64-true")

pytestmark = pytest.mark.ddp


@pytest.fixture(scope="module")
def alone():
    """What a model becomes in one process, by its name and the epochs; each is trained once."""
    return cache(SCRIPT["trained"])


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """What everything in the script becomes in several processes, by their number and its name."""
    file = tmp_path_factory.mktemp("processes") / "outcomes.pt"
    ports = [str(find_free_network_port()) for _ in range(2)]
    subprocess.run([sys.executable, PATH, file, *ports], stderr=subprocess.DEVNULL, check=True)
    return torch.load(file)


def distances(one, other):
    """The largest distance of the curves and of the weights of two trainings."""
    curves, weights = ([outcome[part] for outcome in (one, other)] for part in ("curves", "weights"))
    assert curves[0].keys() == curves[1].keys()
    of_curves = [
        abs(ours - theirs)
        for name in curves[0]
        for ours, theirs in zip(*(one[name] for one in curves), strict=True)
        if not isnan(ours) or not isnan(theirs)  # a model without a penalty has no figure of it
    ]
    return max(of_curves), max((weights[0][name] - weights[1][name]).abs().max().item() for name in weights[0])


@pytest.mark.parametrize("processes", [2, 3])
@pytest.mark.parametrize("name", MODELS)
def test_curves_and_weights_are_those_of_one_process(name, processes, alone, together):
    several = together[processes][name]
    assert max(distances(alone(name, FEW), several)) < TOLERANCE
    assert several["alike"]


@pytest.mark.parametrize("name", LONG)
def test_sixty_steps_are_those_of_one_process(name, alone, together):
    several = together[2][f"{name}, long"]
    assert len(several["curves"]["val_loss"]) * 5 == 60
    assert max(distances(alone(name, MANY), several)) < TOLERANCE
    assert several["alike"]


@pytest.mark.parametrize("twin", TWINS)
def test_wrong_way_to_join_processes_is_seen(twin, alone, together):
    name, _ = TWINS[twin]
    assert distances(alone(name, FEW), together[2][twin])[1] > CLEARLY


def test_processes_with_other_seeds_are_refused(together):
    assert together[2]["other seeds"].endswith("call seed_everything")


def test_sampler_that_shares_out_reviews_is_refused():
    with pytest.raises(InputError, match="use_distributed_sampler"):
        _ = ExactDDP().distributed_sampler_kwargs


@pytest.fixture
def started(tiny, tmp_path):
    """Start a training of two processes that does not end by itself, and wait for its first checkpoint."""
    run = tmp_path / "run"
    options = ["--run", str(run), "--trainer.max_epochs=100000", *DDP]
    process = subprocess.Popen(
        [sys.executable, "-m", "lit_sentiment", "fit", *tiny, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (run / "checkpoints" / "last.ckpt").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    yield process, int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
    process.kill()
    process.communicate()


def test_fit_keeps_the_run_of_one_process_and_goes_on_with_one(command, tiny, tmp_path):
    alone, together = (RunFolder(tmp_path / name) for name in ("alone", "together"))
    options = [*tiny, "--model=DropoutLSTM", "--model.units=[4, 3]"]
    assert command("fit", *options, *DDP[-1:], "--trainer.max_epochs=4", "--run", alone.path).code == 0
    outcome = command("fit", *options, *DDP, "--run", together.path)
    assert (outcome.code, outcome.err) == (0, "")
    assert [outcome.out.count(f"epoch {number}/2") for number in (1, 2, 3)] == [1, 1, 0]
    assert [outcome.out.count(word) for word in ("Verdict", "Embedding")] == [1, 1]
    assert files(together) == files(alone)
    assert together.read_identity() == {**alone.read_identity(), "max_epochs": 2, COMPUTED_ON: {"processes": 2}}
    one = ("--trainer.devices=1", "--trainer.strategy=auto", "--trainer.max_epochs=4")
    assert command("fit", "--config", together.config, "--ckpt_path=last", *one).code == 0
    ours, theirs = together.read_history(), alone.read_history()
    assert len(ours) == len(theirs) == 4
    for name, curve in theirs.curves.items():
        assert ours.curves[name] == pytest.approx(curve, rel=0, abs=TOLERANCE, nan_ok=True)


def test_early_stopping_ends_all_processes_in_the_same_epoch(command, tiny, tmp_path):
    """And `last.ckpt` holds the weights that it restored."""
    stopper = "--trainer.callbacks=KerasEarlyStopping"
    options = [*tiny, stopper, "--trainer.callbacks.patience=1", "--trainer.callbacks.restore_best_weights=true"]
    options += ["--model.learning_rate=0.3", "--trainer.max_epochs=50"]
    alone, together = (RunFolder(tmp_path / name) for name in ("alone", "together"))
    assert command("fit", *options, *DDP[-1:], "--run", alone.path).code == 0
    outcome = command("fit", *options, *DDP, "--run", together.path)
    assert (outcome.code, outcome.err) == (0, "")
    ours, theirs = together.read_history(), alone.read_history()
    assert 2 <= len(ours) == len(theirs) < 50
    assert ours.best_epoch == theirs.best_epoch
    weights = [torch.load(run.last_checkpoint, weights_only=False)["state_dict"] for run in (together, alone)]
    for name, weight in weights[0].items():
        assert (weight - weights[1][name]).abs().max() < TOLERANCE


def files(run):
    return sorted(
        re.sub("tfevents.*", "tfevents", str(path.relative_to(run.path)))
        for path in run.path.rglob("*")
        if path.is_file()
    )


@pytest.mark.slow
def test_ctrl_c_ends_all_processes_between_two_batches(started):
    process, other = started
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    assert "Stopped by SIGINT in epoch" in out
    assert not Path(f"/proc/{other}").exists()


def test_process_that_dies_ends_the_training_with_one_line(started):
    process, other = started
    os.kill(other, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err == "error: --trainer.devices: process 2 of 2 ended with code -9: it said nothing\n"


@pytest.mark.slow
def test_first_process_that_dies_ends_the_others(started):
    process, other = started
    process.kill()
    process.communicate()
    for _ in range(300):
        if not Path(f"/proc/{other}").exists() or " Z " in Path(f"/proc/{other}/stat").read_text():
            return
        time.sleep(0.1)
    pytest.fail("the other process still runs")


class OwnFigures(BaselineLSTM):
    def figures(self, token_ids, labels):
        return super().figures(token_ids, labels)


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (lambda: KerasSequential([*LAYERS[:-1], {"BatchNormalization": {}}, LAYERS[-1]], 9, 5), "BatchNormalization"),
        (lambda: OwnFigures(9, 3, 2), "figures"),
        (lambda: SentimentModel([Embedding(9, 3), nn.Flatten(), Dense(1)], input_shape=(5,)), "Flatten"),
        (lambda: nn.Linear(2, 1), "Linear"),
    ],
)
def test_model_whose_rows_may_depend_on_each_other_is_refused(model, named):
    with pytest.raises(InputError, match=f"{named}.*apart"):
        require_divisible(model())


def test_frozen_batch_normalization_is_accepted():
    require_divisible(KerasSequential([*LAYERS[:-1], {"BatchNormalization": {"trainable": False}}, LAYERS[-1]], 9, 5))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--trainer.devices=2"], "--trainer.strategy ddp"),
        (["--trainer.strategy=ddp", "--threads=auto"], "--threads"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, expected, command, tiny):
    outcome = command("fit", *tiny, *options)
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert expected in outcome.err


def test_environment_of_another_launcher_is_refused(command, tiny, monkeypatch, tmp_path):
    monkeypatch.setenv("LOCAL_RANK", "0")
    outcome = command("fit", *tiny, *DDP, "--run", tmp_path / "run")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "LOCAL_RANK" in outcome.err
    assert not (tmp_path / "run").exists()
