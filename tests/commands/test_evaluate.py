"""`validate` and `test` from a checkpoint."""

import re
import shutil
from pathlib import Path

import pytest

from lit_sentiment.curves.history import History

PRINTED = 5e-5
"""Half of the last of four digits."""


def figures_of(out):
    return {name: float(value) for name, value in re.findall(r"^(\w+) +(-?\d\.\d{4})$", out, re.MULTILINE)}


@pytest.mark.parametrize("checkpoint", ["best", "last"])
def test_validate_prints_the_figures_of_the_training(command, trained_run, checkpoint):
    outcome = command("validate", "--ckpt_path", trained_run / f"checkpoints/{checkpoint}.ckpt")
    assert outcome.code == 0, outcome.err
    history = History.read(trained_run / "history.csv")
    epoch = history.best_epoch if checkpoint == "best" else -1
    printed = figures_of(outcome.out)
    assert outcome.out.startswith("25 validation reviews of ShopReviews\n")
    assert printed["loss"] == pytest.approx(history["val_loss"][epoch], abs=PRINTED + 1e-7)
    assert printed["accuracy"] == pytest.approx(history["val_accuracy"][epoch], abs=PRINTED + 1e-7)
    assert printed["data_loss"] == printed["loss"]


def test_penalty_is_part_of_the_printed_loss(command, tiny):
    assert command("fit", *tiny, "--model", "L2LSTM", "--model.l2", 0.1, "--run", "l2").code == 0
    printed = figures_of(command("validate", "--ckpt_path", "l2/checkpoints/last.ckpt").out)
    history = History.read(Path("l2/history.csv"))
    assert printed["loss"] == pytest.approx(history["val_loss"][-1], abs=PRINTED + 1e-6)
    assert printed["data_loss"] == pytest.approx(history["val_data_loss"][-1], abs=PRINTED + 1e-6)
    assert printed["loss"] > printed["data_loss"] + 0.01


def test_test_prints_every_figure_of_the_test_reviews(command, trained_run):
    outcome = command("test", "--ckpt_path", trained_run / "checkpoints/last.ckpt")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("15 test reviews of ShopReviews\n")
    names = ["loss", "data_loss", "accuracy", "precision", "recall", "f1", "roc_auc", "calibration_error"]
    assert list(figures_of(outcome.out)) == names


def test_checkpoint_can_be_given_with_an_equals_sign(command, trained_run):
    path = trained_run / "checkpoints/last.ckpt"
    assert command("test", f"--ckpt_path={path}") == command("test", "--ckpt_path", path)


def test_other_data_are_encoded_with_the_words_of_the_training(command, trained_run, tmp_path):
    rows = [("good", 1), ("a bad one", 0), ("zzz unheard qqq", 1)]
    table = tmp_path / "reviews.csv"
    table.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    checkpoint = ("--ckpt_path", trained_run / "checkpoints/last.ckpt")
    data = ("--data", "ReviewTable", "--data.test_path", table, "--data.cache_dir", tmp_path / "cache")
    outcome = command("test", *checkpoint, *data)
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("3 test reviews of ReviewTable\n")
    texts = [option for text, _ in rows for option in ("--text", text)]
    answers = command("predict", *checkpoint, *texts).out.splitlines()[1:]
    right = [("positive" in line) == bool(label) for line, (_, label) in zip(answers, rows, strict=True)]
    assert figures_of(outcome.out)["accuracy"] == pytest.approx(sum(right) / 3, abs=PRINTED)


def test_moved_checkpoint_opens(command, trained_run):
    shutil.copy(trained_run / "checkpoints/last.ckpt", "moved.ckpt")
    assert command("test", "--ckpt_path", "moved.ckpt").code == 0


@pytest.mark.parametrize("name", ["validate", "test"])
def test_help_needs_no_checkpoint(command, name):
    outcome = command(name, "--help")
    assert outcome.code == 0
    assert "--ckpt_path" in outcome.out
    assert "--data" in outcome.out
