"""Loggers and callbacks write below the folder of the run, whatever a file says."""

import json
from pathlib import Path

import pytest

WRITING = {"CSVLogger": ("logger", "save_dir"), "TensorBoardLogger": ("logger", "save_dir")}
WRITING |= {"ModelCheckpoint": ("callbacks", "dirpath")}


def option_of(name, /, **settings):
    option, place = WRITING[name]
    required = {"save_dir": "mine"} if place == "save_dir" else {}
    return option, [{"class_path": name, "init_args": {**required, **settings}}]


@pytest.mark.parametrize("name", WRITING)
def test_place_starts_at_the_run(command, tiny, name):
    option, specs = option_of(name, **{WRITING[name][1]: "mine/here"})
    assert command("fit", *tiny, "--run", "runs/one", f"--trainer.{option}", json.dumps(specs)).code == 0
    assert [path.name for path in Path().iterdir()] == ["runs"]
    assert any(path.is_file() for path in Path("runs/one/mine/here").rglob("*"))


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize("place", ["/tmp/elsewhere", "..", "a/../../b"])
@pytest.mark.parametrize("by", ["option", "file"])
def test_place_outside_of_the_run_is_refused(command, tiny, name, place, by):
    option, specs = option_of(name, **{WRITING[name][1]: place})
    Path("config.yaml").write_text(json.dumps({"trainer": {option: specs}}))
    given = ("--config", "config.yaml") if by == "file" else (f"--trainer.{option}", json.dumps(specs))
    outcome = command("fit", *tiny, "--run", "run", *given)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome
    assert f"{WRITING[name][1]} of {name}: expected a place below the run's folder, found {place}" in outcome.err
    assert [path.name for path in Path().iterdir()] == ["config.yaml"]


@pytest.mark.parametrize(("name", "setting"), [("CSVLogger", "name"), ("ModelCheckpoint", "filename")])
def test_names_lead_nowhere_else_either(command, tiny, name, setting):
    option, specs = option_of(name, **{setting: "../../x"})
    outcome = command("fit", *tiny, "--run", "run", f"--trainer.{option}", json.dumps(specs))
    assert outcome.code == 2
    assert f"{setting} of {name}" in outcome.err


@pytest.mark.parametrize("place", ["checkpoints", "./checkpoints/", "checkpoints/more"])
def test_own_checkpoints_are_left_alone(command, tiny, place):
    option, specs = option_of("ModelCheckpoint", dirpath=place, save_last=True)
    outcome = command("fit", *tiny, "--run", "run", f"--trainer.{option}", json.dumps(specs))
    assert outcome.code == 2
    assert "expected another folder than checkpoints" in outcome.err


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
