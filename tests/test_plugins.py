"""Users' own models, data and callbacks: in every command that can take them, and never from a file."""

import json
import os
import re
import shlex
import signal
import sys
from pathlib import Path

import pytest
import torch

from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.training.stopping import FiniteLoss

PACKAGE = '''
from pathlib import Path

import torch
from lightning import Callback
from lit_sentiment import ReviewData, SentimentModel
from lit_sentiment.data.review import Review
from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.layers import Dense, Embedding
from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.models.sentiment_model import OptimizerFactory

Path("imported").touch()


class Mean(torch.nn.Module):
    def forward(self, vectors):
        return vectors.mean(1)


class BagOfWords(SentimentModel):
    """The mean of the words' vectors."""

    def __init__(self, vocab_size: int = 100, size: int = 3, learning_rate: float = 0.01,
                 optimizer: OptimizerFactory = KerasAdam, randomness: Randomness = "keras"):
        super().__init__([Embedding(vocab_size, size), Mean(), torch.nn.Linear(size, 1)], learning_rate, optimizer,
                         randomness)
        self.save_hyperparameters(ignore="optimizer")


class TwoWords(ReviewData):
    """Good and bad."""

    def __init__(self, times: int = 20, **kwargs):
        super().__init__(**kwargs)
        self.times = times

    def _reviews(self, times, word="thing"):
        return [Review(f"good {word} {number}", 1) for number in range(times)] + [Review(f"bad {word}", 0)]

    def read_training_reviews(self):
        return self._reviews(self.times), self._reviews(5, "stuff")

    def read_test_reviews(self):
        return self._reviews(7, "item")

    def fingerprint(self, part):
        return f"{self.times}"


class Counter(Callback):
    """Counts epochs."""

    def on_train_epoch_end(self, trainer, pl_module):
        with Path("epochs").open("a") as file:
            file.write("x")


class Unrelated:
    pass
'''
OWN = [
    "--model",
    "my_parts.BagOfWords",
    "--data",
    "my_parts.TwoWords",
    "--data.vocab_size",
    "20",
    "--data.max_length",
    "4",
]
QUICK = ["--data.cache_dir", "cache", "--trainer.max_epochs", "2", "--trainer.accelerator", "cpu"]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of the user's in the folder in which commands run."""
    (tmp_path / "my_parts.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("my_parts", None)


@pytest.fixture
def run(command, package, made_once):
    """A finished training of the user's own model on the user's own data."""

    def make():
        callbacks = ["--trainer.callbacks", "my_parts.Counter"]
        outcome = command("fit", "--allow", "my_parts", *OWN, *QUICK, *callbacks, "--run", "run")
        assert outcome.code == 0, outcome.err

    made_once(make)
    return Path("run")


def test_own_parts_train_and_are_in_the_identity(run):
    assert Path("epochs").read_text() == "xx"
    identity = json.loads((run / "identity.json").read_text())
    assert identity["callbacks"] == ["my_parts.Counter"]
    assert identity["model"] == "BagOfWords"


def test_own_model_tests_and_predicts(command, run):
    checkpoint = run / "checkpoints/best.ckpt"
    tested = command("test", "--allow=my_parts", "--ckpt_path", checkpoint, "--accelerator", "cpu")
    assert (tested.code, tested.err) == (0, "")
    assert "8 test reviews of TwoWords" in tested.out
    predicted = command("predict", "--allow", "my_parts", "--ckpt_path", checkpoint, "--text", "good thing")
    assert predicted.code == 0, predicted.err
    assert predicted.out.startswith("text,label,probability\ngood thing,")


def test_own_run_goes_on(command, run):
    options = ("--config", run / "config.yaml", "--ckpt_path", "last", "--trainer.max_epochs", 3)
    outcome = command("fit", "--allow", "my_parts", *options)
    assert outcome.code == 0, outcome.err
    assert Path("epochs").read_text() == "xxx"


def test_advice_allows_their_package(command, package, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(FiniteLoss, "on_train_batch_end", lambda *_: os.kill(os.getpid(), signal.SIGINT))
        outcome = command("fit", "--allow", "my_parts", *OWN, *QUICK, "--run", "run")
    assert outcome.code == 130
    advice = re.search("go on with python -m lit_sentiment (.*)", outcome.out)[1]
    outcome = command(*shlex.split(advice))
    assert outcome.code == 0, outcome.err


@pytest.mark.parametrize(
    "args",
    [
        ["fit", *OWN, *QUICK],
        ["fit", "--config", "run/config.yaml", "--run", "again"],
        ["test", "--ckpt_path", "run/checkpoints/best.ckpt"],
        ["predict", "--ckpt_path", "run/checkpoints/best.ckpt", "--text", "x"],
        ["fit", "--allow", "other", *OWN, *QUICK],
    ],
    ids=["fit", "config", "test", "predict", "another package"],
)
def test_own_parts_are_imported_only_where_the_command_line_names_their_package(command, run, args):
    sys.modules.pop("my_parts", None)
    Path("imported").unlink()
    Path("other.py").touch()
    outcome = command(*args)
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert "my_parts" in outcome.err
    assert not Path("imported").exists()


def test_file_cannot_name_a_package(command, package):
    Path("hostile.yaml").write_text("allow: my_parts\nmodel: my_parts.BagOfWords\n")
    outcome = command("fit", "--config", "hostile.yaml", *QUICK)
    assert outcome.code == 2
    assert not Path("imported").exists()


def test_own_layers_are_not_written_as_a_keras_file(command, run):
    checkpoint = run / "checkpoints/best.ckpt"
    outcome = command("export-keras", "--allow", "my_parts", "--ckpt_path", checkpoint, "--output", "model.keras")
    assert outcome.code == 2
    assert "expected layers of Keras, found a Mean" in outcome.err
    assert not Path("model.keras").exists()


@pytest.mark.parametrize("name", ["my_parts.Unrelated", "my_parts.Nothing"])
def test_class_of_another_kind_is_refused(command, run, name):
    content = torch.load("run/checkpoints/best.ckpt", weights_only=True)
    content["model_class"] = name
    torch.save(content, "other.ckpt")
    outcome = command("predict", "--allow", "my_parts", "--ckpt_path", "other.ckpt", "--text", "x")
    assert outcome.code == 2
    assert f"expected {name} to extend SentimentModel" in outcome.err


@pytest.mark.parametrize("args", [["--allow"], ["--allow", "a.b"], ["--allow=my-parts"]])
def test_what_is_not_a_package_is_refused(command, args):
    outcome = command("fit", *args)
    assert outcome.code == 2
    assert outcome.err.startswith("error: --allow: expected the name of a")


def test_installed_packages_may_say_that_they_hold_parts(monkeypatch, run):
    """Through an entry point, without an option."""
    from importlib.metadata import EntryPoint

    from lit_sentiment import plugins

    point = EntryPoint("mine", "my_parts:BagOfWords", plugins.GROUP)
    plugins.take_from([])
    monkeypatch.setattr(plugins, "_installed_packages", plugins._installed_packages.__wrapped__)  # not from before
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point] if group == plugins.GROUP else [])
    assert type(TrainedModel.open(run / "checkpoints/best.ckpt").model).__name__ == "BagOfWords"
