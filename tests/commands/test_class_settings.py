"""A class that is chosen has its own defaults and what was given for it, however it is chosen."""

import inspect
from pathlib import Path

import pytest
import torch
import yaml
from lightning.pytorch import callbacks, loggers

from lit_sentiment import KerasEarlyStopping
from lit_sentiment.commands.class_settings import in_order_of_rank
from lit_sentiment.data.sources import SOURCES
from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.models import LISTINGS

OPTIMIZERS = [
    getattr(torch.optim, name)
    for name in torch.optim.__all__
    if inspect.isclass(getattr(torch.optim, name)) and name != "Optimizer"
]
CALLBACKS = [KerasEarlyStopping, callbacks.EarlyStopping, callbacks.ModelCheckpoint, callbacks.LearningRateMonitor]
LOGGERS = [loggers.CSVLogger, loggers.TensorBoardLogger]

# By option: the classes, settings that are given for the class chosen before, and those that every class needs.
KINDS = {
    "model": (list(LISTINGS.values()), {"embedding_dim": 7, "learning_rate": 0.5}),
    "data": (list(SOURCES.values()), {"max_length": 7, "batch_size": 9, "train_limit": 11}),
    "optimizer": ([KerasAdam, *OPTIMIZERS], {"weight_decay": 0.125}),
    "trainer.callbacks": (CALLBACKS, {"monitor": "val_loss", "min_delta": 0.25}),
    "trainer.logger": (LOGGERS, {"name": "other", "version": 7}),
}
LINKED = {"model": {"vocab_size", "randomness", "optimizer"}, "data": {"randomness"}, "optimizer": {"lr"}}
REQUIRED = {callbacks.EarlyStopping: {"monitor": "val_loss"}, **{cls: {"save_dir": "here"} for cls in LOGGERS}}
OWN = {
    "model": {"embedding_dim": 3},
    "data": {"vocab_size": 77},
    "optimizer": {},
    "trainer.callbacks": {},
    "trainer.logger": {},
}


def nested(option, choice):
    for part in reversed(option.split(".")):
        choice = {part: choice}
    return choice


def first_of(value):
    return value[0] if isinstance(value, list) else value


def settings_of(cls):
    """The defaults in the signatures of a class and those that it passes its keywords to."""
    found = {}
    for parent in cls.__mro__:
        parameters = inspect.signature(parent.__init__).parameters
        for name, parameter in parameters.items():
            if parameter.default is not parameter.empty:
                found.setdefault(name, parameter.default)
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
            break
    return found


CASES = [(option, cls) for option, (classes, _) in KINDS.items() for cls in classes]


@pytest.mark.parametrize("way", ["option", "file", "files after each other", "file, then option", "settings first"])
@pytest.mark.parametrize(("option", "cls"), CASES, ids=lambda value: getattr(value, "__name__", value))
def test_class_has_its_own_defaults_and_what_was_given_for_it(command, way, option, cls):
    classes, foreign = KINDS[option]
    before = next(other for other in classes if other is not cls)
    foreign = {name: value for name, value in foreign.items() if name in settings_of(before)}
    if issubclass(before, callbacks.EarlyStopping):
        foreign["monitor"] = "val_loss"
    own = {**REQUIRED.get(cls, {}), **OWN[option]}
    path = f"torch.optim.{cls.__name__}" if cls in OPTIMIZERS else cls.__name__
    other_path = f"torch.optim.{before.__name__}" if before in OPTIMIZERS else before.__name__
    earlier = {"class_path": other_path, "init_args": {**REQUIRED.get(before, {}), **foreign}}
    now = {"class_path": path, "init_args": own}
    if option == "trainer.callbacks":
        earlier, now = [earlier], [now]
    Path("earlier.yaml").write_text(yaml.safe_dump(nested(option, earlier)))
    Path("now.yaml").write_text(yaml.safe_dump(nested(option, now)))
    set_own = [f"--{option}.{name}={value}" for name, value in own.items()]
    args = {
        "option": [f"--{option}={path}", *set_own],
        "file": ["--config", "now.yaml"],
        "files after each other": ["--config", "earlier.yaml", "--config", "now.yaml"],
        "file, then option": ["--config", "earlier.yaml", f"--{option}={path}", *set_own],
        "settings first": [*set_own, f"--{option}={path}"] if "." not in option else ["--config", "now.yaml"],
    }[way]
    outcome = command("fit", *args, "--print_config")
    assert outcome.code == 0, outcome.err
    found = yaml.safe_load(outcome.out)
    for part in option.split("."):
        found = found[part]
    found = first_of(found)
    assert found["class_path"].endswith(f".{cls.__name__}")
    expected = {**settings_of(cls), **own}
    plain = {
        name: value
        for name, value in found["init_args"].items()
        if name in expected and name not in LINKED.get(option, ())
    }
    assert plain
    for name, value in plain.items():
        assert value == (list(expected[name]) if isinstance(expected[name], tuple) else expected[name]), name


@pytest.mark.parametrize(
    ("args", "ordered"),
    [
        (
            ["--model.units", "4", "--model", "DropoutLSTM", "--config", "a"],
            ["--config", "a", "--model", "DropoutLSTM", "--model.units", "4"],
        ),
        (
            ["--data.max_length=-1", "--data.class_path=Imdb", "-c", "a", "--config=b"],
            ["-c", "a", "--config=b", "--data.class_path=Imdb", "--data.max_length=-1"],
        ),
        (["--data.max_length", "-1", "--optimizer", "A"], ["--optimizer", "A", "--data.max_length", "-1"]),
        (["stray", "--config"], ["--config", "stray"]),
        ([], []),
    ],
)
def test_options_rule_over_files_and_classes_come_before_their_settings(args, ordered):
    assert in_order_of_rank(args) == ordered


def test_option_rules_over_a_file_that_is_named_after_it(command):
    Path("a.yaml").write_text("trainer: {max_epochs: 7}\n")
    printed = yaml.safe_load(command("fit", "--trainer.max_epochs", 3, "--config", "a.yaml", "--print_config").out)
    assert printed["trainer"]["max_epochs"] == 3
