"""What early stopping and checkpoints watch exists, and goes in the right direction."""

import json
from pathlib import Path

import pytest

FIGURES = {"loss": "min", "val_loss": "min", "accuracy": "max", "val_accuracy": "max"}
PARTS = {"penalty": "min", "val_data_loss": "min"}
WATCHING = ["EarlyStopping", "ModelCheckpoint"]


def with_callback(name, **settings):
    return "--trainer.callbacks", json.dumps([{"class_path": name, "init_args": settings}])


@pytest.mark.parametrize("name", WATCHING)
@pytest.mark.parametrize(("monitor", "mode"), FIGURES.items())
def test_only_the_right_direction_is_accepted(command, tiny, name, monitor, mode):
    outcome = command("fit", *tiny, "--run", "run", *with_callback(name, monitor=monitor, mode=mode))
    assert outcome.code == 0, outcome.err
    wrong = {"min": "max", "max": "min"}[mode]
    outcome = command("fit", *tiny, "--run", "wrong", *with_callback(name, monitor=monitor, mode=wrong))
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert f"{name}, mode: expected {mode} for {monitor}, found {wrong}" in outcome.err
    assert not Path("wrong").exists()


@pytest.mark.parametrize("name", [*WATCHING, "KerasEarlyStopping"])
@pytest.mark.parametrize("monitor", ["val_los", *PARTS])
def test_figure_that_is_not_logged_is_refused_before_the_training(command, tiny, name, monitor):
    outcome = command("fit", *tiny, "--run", "run", *with_callback(name, monitor=monitor, mode="min"))
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome
    assert f"{name}, monitor: expected one of loss, accuracy, val_loss, val_accuracy; found {monitor}" in outcome.err
    assert not Path("run").exists()


@pytest.mark.parametrize("name", [*WATCHING, "KerasEarlyStopping"])
@pytest.mark.parametrize("monitor", PARTS)
def test_parts_of_a_loss_with_a_penalty_are_figures(command, tiny, name, monitor):
    watch = with_callback(name, monitor=monitor, mode="min")
    assert command("fit", "--model", "L2LSTM", *tiny, "--run", "run", *watch).code == 0


def test_checkpoint_may_go_by_the_epoch(command, tiny):
    latest = with_callback("ModelCheckpoint", monitor="epoch", mode="max", filename="at-{epoch}")
    assert command("fit", *tiny, "--run", "run", *latest).code == 0
    assert [path.name for path in Path("run/more_checkpoints").iterdir()] == ["at-epoch=1.ckpt"]
