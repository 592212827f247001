"""Every option and class of Lightning is decided: accepted and true to what a run says, or refused in one line."""

import inspect
import json
import re
from pathlib import Path

import lightning.pytorch.callbacks
import lightning.pytorch.loggers
import pytest
import torch
from lightning import Trainer

from lit_sentiment.commands.trainer_classes import CALLBACKS, LOGGERS, REFUSED_CLASSES, REFUSED_OPTIMIZERS
from lit_sentiment.commands.trainer_options import OPTIONS, options_page, require_accepted
from lit_sentiment.curves.history import History
from lit_sentiment.errors import InputError
from lit_sentiment.runs.identity import RECORDED_OPTIONS, differences
from lit_sentiment.runs.run_folder import RunFolder

PAGE = Path(__file__).parents[2] / "docs/trainer-options.md"
PRINTED_FIGURE = 5e-5
"""`validate` prints four digits."""

REFUSED = {
    "accelerator": ["tpu", "abacus"],
    "strategy": ["ddp_spawn", "fsdp", "SingleDeviceStrategy"],
    "devices": [2],
    "num_nodes": [2],
    "precision": ["transformer-engine", "bf16-mixed", "16-mixed"],
    "fast_dev_run": ["true", 1],
    "min_epochs": [1],
    "max_steps": [1, 8],
    "min_steps": [1],
    "max_time": ["soon"],
    "limit_train_batches": [0, 0.0],
    "limit_val_batches": [0, 1, 0.5],
    "limit_test_batches": [1],
    "limit_predict_batches": [1],
    "overfit_batches": [1, 0.5],
    "val_check_interval": [1, 2, 0.5],
    "check_val_every_n_epoch": [2],
    "num_sanity_val_steps": [-1],
    "log_every_n_steps": [0],
    "enable_checkpointing": ["false"],
    "accumulate_grad_batches": [0, -1],
    "gradient_clip_val": [0.5, 0, -1],
    "gradient_clip_algorithm": ["up"],
    "profiler": ["pytorch", "xla", "SimpleProfiler"],
    "barebones": ["true"],
    "plugins": ["TorchSyncBatchNorm", "AsyncCheckpointIO"],
    "sync_batchnorm": ["true"],
    "reload_dataloaders_every_n_epochs": [1],
    "default_root_dir": ["elsewhere"],
    "model_registry": ["name"],
    "max_epochs": [0, -2],
    "callbacks": ["LearningRateFinder", "Timer", "HistoryRecorder", "lit_sentiment.training.stopping.StopSignals"],
    "logger": ["MLFlowLogger", "TensorBoardCurves"],
}
ACCEPTED = {
    "accelerator": ["auto"],
    "strategy": ["auto", "ddp"],
    "devices": ["auto", 1],
    "precision": ["32", "64-true", "bf16-true"],
    "logger": ["true", "false"],
    "max_epochs": [1, 3],
    "max_time": ["00:00:00:01", '{"hours": 1}'],
    "limit_train_batches": [1, 2, 0.5, 1.0],
    "val_check_interval": [1.0],
    "num_sanity_val_steps": [2],
    "log_every_n_steps": [3],
    "enable_checkpointing": ["true"],
    "enable_progress_bar": ["false"],
    "enable_model_summary": ["false"],
    "accumulate_grad_batches": [3],
    "deterministic": ["true", "warn"],
    "benchmark": ["true"],
    "inference_mode": ["false"],
    "use_distributed_sampler": ["false"],
    "profiler": ["simple", "advanced"],
    "detect_anomaly": ["true"],
    "enable_autolog_hparams": ["false"],
}
SAME_CURVES = set(ACCEPTED) - {"precision", "max_epochs", "limit_train_batches", "accumulate_grad_batches"}


def cases(table):
    return [(name, value) for name, values in table.items() for value in values]


def refused(outcome):
    return outcome.code == 2 and outcome.err.startswith("error: ") and outcome.err.count("\n") == 1


def test_every_option_of_this_lightning_is_in_the_table():
    assert set(OPTIONS) == set(inspect.signature(Trainer).parameters)
    assert set(REFUSED) | set(ACCEPTED) | {"gradient_clip_algorithm"} == set(OPTIONS)


@pytest.mark.parametrize("module", [lightning.pytorch.callbacks, lightning.pytorch.loggers])
def test_every_class_of_this_lightning_is_in_a_table(module):
    assert set(module.__all__) <= {*CALLBACKS, *LOGGERS, *REFUSED_CLASSES}


def test_page_is_made_of_the_table():
    """If it is not: its first line says how to make it."""
    assert PAGE.read_text() == options_page()


def test_option_of_a_later_lightning_is_refused_unless_at_its_default(monkeypatch):
    usual = {name: parameter.default for name, parameter in inspect.signature(Trainer).parameters.items()}
    usual |= {"num_sanity_val_steps": 0, "log_every_n_steps": 1}
    require_accepted(usual, "KerasAdam")
    monkeypatch.setattr("lit_sentiment.commands.trainer_options.OPTIONS", {})
    usual |= {"num_sanity_val_steps": None, "log_every_n_steps": None}
    require_accepted(usual, "KerasAdam")
    with pytest.raises(InputError, match=r"--trainer\.benchmark: expected none, found true"):
        require_accepted({**usual, "benchmark": True}, "KerasAdam")


@pytest.mark.parametrize(("name", "value"), cases(REFUSED))
def test_refused_option_is_one_line_and_leaves_nothing(command, tiny, name, value):
    Path("mine").mkdir()
    for run in ("new/run", "mine"):
        outcome = command("fit", *tiny, f"--trainer.{name}", value, "--run", run)
        assert refused(outcome), outcome
        assert f"--trainer.{name}" in outcome.err or name in outcome.err
    assert [path.name for path in Path().iterdir()] == ["mine"]
    assert not list(Path("mine").iterdir())


@pytest.mark.parametrize(("name", "value"), cases(ACCEPTED))
def test_accepted_option_leaves_a_history_that_ends_with_what_validate_finds(command, tiny, trained_run, name, value):
    outcome = command("fit", *tiny, f"--trainer.{name}", value, "--run", "run")
    assert outcome.code == 0, outcome.err
    history = History.read(Path("run/history.csv"))
    found = command("validate", "--ckpt_path", "run/checkpoints/last.ckpt").out
    half = name == "precision" and "16" in value
    for figure, label in (("val_loss", "loss"), ("val_accuracy", "accuracy")):
        printed = float(re.search(rf"^{label} +([\d.]+)$", found, re.MULTILINE)[1])
        assert history[figure][-1] == pytest.approx(printed, abs=0.01 if half else PRINTED_FIGURE), figure
    usual, identity = RunFolder(trained_run).read_identity(), RunFolder(Path("run")).read_identity()
    same = (Path("run/history.csv").read_text() == (trained_run / "history.csv").read_text()) or name == "max_epochs"
    if name in SAME_CURVES:
        assert same
    if not same:
        assert {phrase.split()[0] for phrase in differences(usual, identity)} <= {name, "dtype"}
        assert usual != identity


@pytest.mark.parametrize("value", [("gradient_clip_val", 0.001), ("gradient_clip_algorithm", "value")])
def test_clipping_is_recorded(command, tiny, value):
    name, setting = value
    options = ("--optimizer", "torch.optim.Adam", "--trainer.gradient_clip_val", 0.001, f"--trainer.{name}", setting)
    assert command("fit", *tiny, *options, "--run", "run").code == 0
    assert RunFolder(Path("run")).read_identity()[name] == setting


def test_untouched_training_names_no_option(trained_run):
    assert not set(RECORDED_OPTIONS) & set(RunFolder(trained_run).read_identity())


@pytest.mark.parametrize("name", [*REFUSED_CLASSES])
def test_refused_class_is_one_line(command, tiny, name):
    option = "logger" if name.endswith("Logger") else "callbacks"
    outcome = command("fit", *tiny, f"--trainer.{option}", name, "--run", "run")
    assert refused(outcome), outcome
    assert not Path("run").exists()


@pytest.mark.parametrize("name", REFUSED_OPTIMIZERS)
def test_refused_optimizer_is_one_line(command, tiny, name):
    outcome = command("fit", *tiny, "--optimizer", f"torch.optim.{name}", "--run", "run")
    assert refused(outcome), outcome
    assert name in outcome.err
    assert not Path("run").exists()


USABLE = [
    name
    for name in torch.optim.__all__
    if inspect.isclass(getattr(torch.optim, name)) and name not in ("Optimizer", *REFUSED_OPTIMIZERS)
]


@pytest.mark.parametrize("name", USABLE)
def test_every_other_optimizer_trains(command, tiny, name):
    outcome = command("fit", *tiny, "--optimizer", f"torch.optim.{name}", "--run", "run")
    assert outcome.code == 0, outcome.err
    assert RunFolder(Path("run")).read_identity()["optimizer"] == name


SETTINGS = {
    "EarlyStopping": {"monitor": "val_loss"},
    "ModelCheckpoint": {"monitor": "val_accuracy", "mode": "max", "save_last": True},
    "CSVLogger": {"save_dir": "csv"},
    "TensorBoardLogger": {"save_dir": "tb"},
}


@pytest.mark.parametrize("name", [*CALLBACKS, *LOGGERS])
def test_accepted_class_trains_as_without_it_and_can_be_repeated(command, tiny, trained_run, name):
    option = "logger" if name in LOGGERS else "callbacks"
    spec = json.dumps([{"class_path": name, "init_args": SETTINGS.get(name, {})}])
    for run, options in (("run", [*tiny, f"--trainer.{option}={spec}"]), ("again", ["--config", "run/config.yaml"])):
        outcome = command("fit", *options, "--run", run)
        if name == "DeviceStatsMonitor" and outcome.code == 2:
            assert "psutil" in outcome.err
            assert not Path("run").exists()
            return
        assert outcome.code == 0, outcome.err
        assert Path(run, "history.csv").read_text() == (trained_run / "history.csv").read_text()
    assert {path.name for path in Path().iterdir()} == {"run", "again"}
    ends = RunFolder(Path("run")).read_identity()["early_stopping"]
    assert bool(ends) == name.endswith("EarlyStopping")
