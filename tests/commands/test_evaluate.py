"""`validate` and `test` from a checkpoint."""

import re
import shutil
from pathlib import Path

import pytest
import torch

from lit_sentiment.commands.evaluate import defaults_of
from lit_sentiment.curves.history import History
from lit_sentiment.errors import InputError

PRINTED = 5e-5
"""Half of the last of four digits."""


def figures_of(out):
    return {name: float(value) for name, value in re.findall(r"^(\w+) +(-?\d\.\d{4})$", out, re.MULTILINE)}


@pytest.mark.parametrize("first", [["--ckpt_path=a.ckpt"], ["--ckpt_path", "a.ckpt"]])
@pytest.mark.parametrize("last", [["--ckpt_path=b.ckpt"], ["--ckpt_path", "b.ckpt"]])
def test_data_are_those_of_the_checkpoint_that_is_given_last(first, last):
    with pytest.raises(InputError, match=re.escape("b.ckpt: ")):
        defaults_of([*first, *last])


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


@pytest.fixture
def table(tmp_path):
    def table(name, rows):
        (tmp_path / name).write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
        return ("--data", "ReviewTable", "--data.cache_dir", tmp_path / "cache")

    return table


@pytest.mark.parametrize(("label", "absent"), [(0, {"recall", "roc_auc"}), (1, {"roc_auc"})])
def test_reviews_of_one_class_have_the_figures_that_exist(command, trained_run, table, label, absent):
    data = table("one.csv", [("good", label), ("a bad one", label), ("works", label)])
    checkpoint = ("--ckpt_path", trained_run / "checkpoints/last.ckpt")
    outcome = command("test", *checkpoint, *data, "--data.test_path", "one.csv")
    assert outcome.code == 0, outcome.err
    assert "warning" not in outcome.err
    said = set(re.findall(r"^(\w+) +not defined: \w", outcome.out, re.MULTILINE))
    assert absent <= said
    assert said.isdisjoint(figures_of(outcome.out))
    assert {"loss", "data_loss", "accuracy", "calibration_error"} <= figures_of(outcome.out).keys()
    assert f"{label}            {'positive' if label else 'negative'}" in outcome.err


LABEL_OPTIONS = ["=5", "=5.0", "=[4, 5]", '=["5", "4"]', "yaml: 5", 'yaml: [4, "5"]']


@pytest.mark.parametrize("given", LABEL_OPTIONS)
@pytest.mark.parametrize("name", ["fit", "test", "validate"])
def test_labels_are_taken_as_written_and_said_once(command, trained_run, table, tiny, name, given):
    if name != "fit" and given.startswith("yaml"):
        pytest.skip("only fit takes a configuration")
    rows = [(f"{'good' if number % 5 > 3 else 'bad'} item {number}", number % 5 + 1) for number in range(40)]
    data = table("stars.csv", [*rows, ("odd one", "NA"), ("another", "")])
    if given.startswith("yaml"):
        labels = given.removeprefix("yaml: ")
        Path("data.yaml").write_text(f"data: {{class_path: ReviewTable, init_args: {{positive_labels: {labels}}}}}\n")
        options = ["--config=data.yaml", *data[2:]]
    else:
        options = [*data, f"--data.positive_labels{given}"]
    model = [*(option for option in tiny if not option.startswith("--data.")), "--run=stars"]
    given_model = model if name == "fit" else ["--ckpt_path", trained_run / "checkpoints/last.ckpt"]
    path = f"--data.{'test_path' if name == 'test' else 'path'}=stars.csv"
    outcome = command(name, *given_model, *options, path)
    assert outcome.code == 0, outcome.err
    said = [line.split() for line in outcome.err.splitlines()]
    rest = ["negative", "(the", "rest)", "8"]
    four = ["4", "positive", "8"] if "4" in given else ["4", *rest]
    for line in (
        ["5", "positive", "8"],
        four,
        ["3", *rest],
        ["NA", "left", "out", "1"],
        ["(missing)", "left", "out", "1"],
    ):
        assert said.count(line) == 1, outcome.err


def test_one_word_is_a_label(command, trained_run, table):
    data = table("words.csv", [("good", "fine"), ("bad", "poor"), ("so so", "meh")])
    test = ("test", "--ckpt_path", trained_run / "checkpoints/last.ckpt", *data, "--data.test_path", "words.csv")
    outcome = command(*test, "--data.positive_labels", "fine", "--data.negative_labels", "poor")
    assert outcome.code == 2
    assert outcome.err.startswith("error: words.csv, line 4 (--data.test_path): expected one of the labels fine, poor")
    assert outcome.err.count("\n") == 1
    lists = ("--data.positive_labels", "fine", "--data.negative_labels", "poor", "--data.ignored_labels", "meh")
    assert command(*test, *lists).out.startswith("2 test reviews")


@pytest.mark.parametrize("name", ["validate", "test"])
def test_checkpoint_never_chooses_where_arrays_are_written(command, trained_run, tmp_path, monkeypatch, name):
    content = torch.load(trained_run / "checkpoints/last.ckpt", weights_only=True)
    content["ShopReviews"]["init_args"]["cache_dir"] = str(tmp_path / "chosen")
    torch.save(content, tmp_path / "foreign.ckpt")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert command(name, "--ckpt_path", "foreign.ckpt").code == 0
    assert not (tmp_path / "chosen").exists()
    assert any((tmp_path / "user").rglob("*.npz"))
    assert command(name, "--ckpt_path", "foreign.ckpt", "--data.cache_dir", tmp_path / "given").code == 0
    assert any((tmp_path / "given").rglob("*.npz"))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("vocab_size", 10**9),
        ("max_length", 10**9),
        ("max_length", 10**30),
        ("batch_size", 10**30),
        ("train_limit", 0),
        ("train_reviews", 10**9),
        ("validation_fraction", "many"),
    ],
)
@pytest.mark.parametrize("name", ["fit", "validate", "test"])
def test_size_that_cannot_be_is_one_line(command, trained_run, name, option, value):
    if (name, option) == ("fit", "vocab_size"):
        pytest.skip("the model is made first, and refuses in words of its own")
    checkpoint = [] if name == "fit" else ["--ckpt_path", trained_run / "checkpoints/last.ckpt"]
    outcome = command(name, *checkpoint, f"--data.{option}", value)
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert option in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("name", ["validate", "test"])
def test_help_needs_no_checkpoint(command, name):
    outcome = command(name, "--help")
    assert outcome.code == 0
    assert "--ckpt_path" in outcome.out
    assert "--data" in outcome.out
