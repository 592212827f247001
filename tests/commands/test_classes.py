"""Reviews of three classes in every command, with a model that has an output for each."""

import csv
import io
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing import plugin_event_accumulator

from lit_sentiment.curves.history import History
from lit_sentiment.models.trained_model import TrainedModel

PACKAGE = """
import torch
from torch.nn.functional import cross_entropy
from lit_sentiment import SentimentModel
from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.layers import Dense, Embedding, GlobalAveragePooling1D
from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.models.sentiment_model import OptimizerFactory


class Average(SentimentModel):
    def __init__(self, vocab_size: int = 100, outputs: int = 3, learning_rate: float = 0.1,
                 optimizer: OptimizerFactory = KerasAdam, randomness: Randomness = "keras"):
        layers = [Embedding(vocab_size, 5), GlobalAveragePooling1D(), Dense(outputs, "softmax")]
        super().__init__(layers, learning_rate, optimizer, randomness)
        self.save_hyperparameters(ignore="optimizer")
        self.outputs = outputs

    def forward(self, token_ids):
        return self.layers.logits(token_ids)

    def probabilities(self, logits):
        return logits.softmax(-1)

    def _step(self, batch, prefix):
        token_ids, labels = batch
        logits = self(token_ids)
        loss = cross_entropy(logits, labels.long())
        figures = {"loss": loss.detach(), "accuracy": (logits.argmax(1) == labels).float().mean()}
        named = {prefix + name: figure for name, figure in figures.items()}
        self.log_dict(named, on_step=False, on_epoch=True, batch_size=len(labels))
        return loss, self.probabilities(logits.detach())
"""
WORDS = {"bad": "awful", "ok": "decent", "text": "superb"}
"""By class; the last has the name of a column of predictions."""
NAMES = list(WORDS)
ROWS = [(f"{WORDS[NAMES[number % 3]]} thing {number}", NAMES[number % 3]) for number in range(41)]
FORMATS = ("csv", "jsonl")
CLASSES = ("--data.classes", "[bad, ok, text]")


def write(path, rows):
    if path.endswith(".csv"):
        Path(path).write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    else:
        lines = (json.dumps({"text": text, "label": label}) for text, label in rows)
        Path(path).write_text("\n".join(lines))
    return path


def table(path):
    return ("--data=ReviewTable", "--data.cache_dir=cache", f"--data.path={path}")


@pytest.fixture
def train(command, tmp_path, monkeypatch):
    """Train the model of three outputs, or another, on a table."""
    (tmp_path / "averages.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(tmp_path)

    def train(path, *options, run="study/run", outputs=3):
        model = ("--allow=averages", "--model=averages.Average", f"--model.outputs={outputs}")
        quick = ("--data.vocab_size=60", "--data.max_length=4", "--trainer.max_epochs=4", "--trainer.accelerator=cpu")
        return command("fit", *model, *quick, *table(path), *options, "--run", run)

    yield train
    sys.modules.pop("averages", None)


@pytest.fixture
def checkpoint(train, made_once):
    """A trained model of three classes."""

    def make():
        outcome = train(write("reviews.csv", ROWS), *CLASSES)
        assert outcome.code == 0, outcome.err

    made_once(make)
    return "study/run/checkpoints/last.ckpt"


def refused(outcome):
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    return outcome.err


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("classes", ["[bad, ok, text]", "all"])
def test_three_classes_are_learnt_tested_and_predicted(train, command, kind, classes):
    outcome = train(write(f"reviews.{kind}", ROWS), "--data.classes", classes)
    assert outcome.code == 0, outcome.err
    assert [line.split() for line in outcome.err.splitlines()[:5]] == [
        [f"reviews.{kind}", "(`path`):", "41", "reviews"],
        ["label", "became", "rows"],
        ["bad", "class", "0,", "bad", "14"],
        ["ok", "class", "1,", "ok", "14"],
        ["text", "class", "2,", "text", "13"],
    ]
    options = ("--allow=averages", "--ckpt_path", "study/run/checkpoints/last.ckpt", "--accelerator=cpu")
    write(f"test.{kind}", ROWS[3:4] * 2 + ROWS[5:6])
    tested = command("test", *options, f"--data.test_path=test.{kind}")
    assert tested.code == 0, tested.err
    assert "The test reviews lack a class: 'ok'" in tested.err
    lines = tested.out.splitlines()
    assert "accuracy           1.0000" in lines
    assert [line.split() for line in lines[-9:]] == [
        ["class", "precision", "recall", "f1"],
        ["0", "bad", "1.0000", "1.0000", "1.0000"],
        ["1", "ok", "-", "-", "-"],
        ["2", "text", "1.0000", "1.0000", "1.0000"],
        [],
        ["labelled,", "judged", "0", "1", "2"],
        ["0", "bad", "2", "0", "0"],
        ["1", "ok", "0", "0", "0"],
        ["2", "text", "0", "0", "1"],
    ]
    undefined = re.findall(r"^(\w+) +not defined: no review is", tested.out, re.MULTILINE)
    assert undefined == ["f1", "precision", "recall", "roc_auc"]
    answers = command("predict", *options, "--text", "awful", "--text", "superb thing").out
    rows = list(csv.DictReader(io.StringIO(answers)))
    assert list(rows[0]) == ["text", "label", "probability_bad", "probability_ok", "probability_text"]
    assert [row["label"] for row in rows] == ["bad", "text"]
    assert all(sum(float(row[f"probability_{name}"]) for name in NAMES) == pytest.approx(1, abs=2e-6) for row in rows)
    lines = command("predict", *options, "--text", "awful", "--format", "jsonl").out
    assert json.loads(lines) == {key: float(value) if "_" in key else value for key, value in rows[0].items()}
    threshold = command("predict", *options, "--text", "awful", "--threshold", 0.4)
    assert "--threshold: expected none with a model of 3 classes" in refused(threshold)


def test_validation_has_the_figures_of_the_training(command, checkpoint):
    outcome = command("validate", "--allow=averages", "--ckpt_path", checkpoint, "--accelerator=cpu")
    history = History.read(Path("study/run/history.csv"))
    printed = dict(re.findall(r"^(\w+) +(\d\.\d{4})$", outcome.out, re.MULTILINE))
    for ours, recorded in (("loss", "val_loss"), ("data_loss", "val_loss"), ("accuracy", "val_accuracy")):
        assert float(printed[ours]) == pytest.approx(history[recorded][-1], abs=6e-5)


def test_all_classes_are_kept_as_the_list_that_they_became(train):
    train(write("reviews.csv", [*ROWS, ("odd", "none"), ("so so", "meh")]), "--data.classes=all", outputs=4)
    trained = TrainedModel.open(Path("study/run/checkpoints/last.ckpt"))
    assert trained.class_names == ["bad", "meh", "ok", "text"] == trained.data["init_args"]["classes"]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("rows", "options", "outputs", "message"),
    [
        (
            ROWS,
            CLASSES,
            1,
            r"--data: expected 2 classes, as Average has, found 3 \('bad', 'ok', 'text'\); choose --model",
        ),
        (ROWS, CLASSES, 4, r"expected 4 classes, .* ends in Dense\(3, softmax\)"),
        (
            [("a", 0), ("b", 1)] * 9,
            (),
            3,
            r"expected 3 classes, .* found 2 \('negative', 'positive'\); name others in --data\.classes of",
        ),
        (ROWS, (), 1, r"reviews\.\w+, line \d .*found 'bad'; correct it, or name it in .*, --data\.classes or --data"),
        ([*ROWS, ("x", "odd")], CLASSES, 3, r"expected one of the labels 'bad', 'ok', 'text', found 'odd'; .*classes"),
        (
            ROWS,
            ("--data.classes=[bad, ok, text, best]",),
            4,
            r"expected the label 'best', found .*correct --data\.classes",
        ),
        (
            ROWS,
            ("--data.classes=[bad]",),
            3,
            r"--data\.classes: expected the labels of two classes or more, found 'bad'",
        ),
        (ROWS, ("--data.classes=[]",), 3, r"--data\.classes: .* two classes or more, found none"),
        (ROWS[:1], ("--data.classes=all",), 3, r"--data\.classes: .* two classes or more, found 'bad'"),
        (ROWS, ("--data.classes=[bad, ok, text, BAD]",), 3, r"expected labels that differ, found 'BAD' twice"),
        (ROWS, ("--data.classes=[bad, ok, ' ']",), 3, r"expected labels that differ, found an empty one"),
        (ROWS, (*CLASSES, "--data.ignored_labels=ok"), 3, r"ignored_labels: expected labels of its own, found 'ok' in"),
        (
            ROWS,
            (*CLASSES, "--data.positive_labels=ok"),
            3,
            r"positive_labels: expected none beside --data\.classes, found",
        ),
        (
            ROWS,
            ("--data.classes=all", "--data.negative_labels=ok"),
            3,
            r"negative_labels: expected none beside --data\.",
        ),
        (ROWS, ("--data.classes=some",), 3, r"--data"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_leaves_no_run(train, kind, rows, options, outputs, message):
    assert re.search(message, refused(train(write(f"reviews.{kind}", rows), *options, outputs=outputs)))
    assert not Path("study").exists()


@pytest.mark.parametrize("name", ["test", "validate"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--data.classes=[text, ok, bad]",),
            "trained on, 'bad', 'ok', 'text', found 'text', 'ok', 'bad'; give those as",
        ),
        (("--data.classes=[bad, ok]", "--data.ignored_labels=text"), "expected 3 classes, as Average has, found 2"),
    ],
)
def test_reviews_of_other_classes_are_not_judged(command, checkpoint, name, options, message):
    paths = ("--data.path=reviews.csv", "--data.test_path=reviews.csv")
    outcome = command(name, "--allow=averages", "--ckpt_path", checkpoint, "--accelerator=cpu", *paths, *options)
    assert message in refused(outcome)


def test_binary_model_does_not_judge_three_classes(command, trained_run, tmp_path):
    options = (*table(write("reviews.csv", ROWS)), *CLASSES, "--ckpt_path", trained_run / "checkpoints/last.ckpt")
    assert "--data: expected 2 classes, as BaselineLSTM has, found 3" in refused(command("validate", *options))


def test_training_goes_on_with_the_same_classes_alone(train, checkpoint):
    options = ("--ckpt_path", checkpoint, "--trainer.max_epochs=5")
    assert "expected the classes that the model" in refused(
        train("reviews.csv", "--data.classes=[ok, bad, text]", *options)
    )
    outcome = train("reviews.csv", "--data.classes=all", *options)
    assert outcome.code == 0, outcome.err


def test_two_classes_of_a_binary_model_have_their_names(command, tiny, tmp_path):
    path = write("reviews.csv", [row for row in ROWS if row[1] != "text"])
    model = [option for option in tiny if not option.startswith("--data.")]
    outcome = command("fit", *model, *table(path), "--data.classes=[ok, bad]", "--data.vocab_size=60", "--run=run")
    assert outcome.code == 0, outcome.err
    answers = command("predict", "--ckpt_path=run/checkpoints/last.ckpt", "--text=awful", "--text=decent").out
    rows = list(csv.DictReader(io.StringIO(answers)))
    assert [row["label"] for row in rows] == ["bad" if float(row["probability"]) > 0.5 else "ok" for row in rows]


def test_awkward_names_are_columns_and_cells(train, command):
    names = {"bad": "a,b", "ok": "=1", "text": 'say "no"'}
    rows = [(text, names[label]) for text, label in ROWS]
    outcome = train(write("reviews.jsonl", rows), "--data.classes=all")
    assert outcome.code == 0, outcome.err
    options = ("--allow=averages", "--ckpt_path=study/run/checkpoints/last.ckpt", "--spreadsheet=true")
    header, answer = csv.reader(io.StringIO(command("predict", *options, "--text=decent").out))
    assert header == [
        "text",
        "label",
        *(f"probability_{name.removeprefix(chr(39))}" for name in ("=1", "a,b", 'say "no"')),
    ]
    assert answer[:2] == ["decent", "'=1"]


def test_tensorboard_shows_each_class(checkpoint):
    events = plugin_event_accumulator.EventAccumulator("study/run/validation").Reload()
    tags = events.Tags()["tensors"]
    assert {f"precision_recall/{name}" for name in NAMES} < set(tags)
    assert {"probability_of_label", *(f"probability_of_label/{name}" for name in NAMES)} < set(tags)
    header, *words = (line.split("\t") for line in Path("study/run/projector/words.tsv").read_text().splitlines())
    assert header == ["word", "uses", "bad_fraction", "ok_fraction", "text_fraction"]
    fractions = {word: [float(part) for part in parts] for word, _, *parts in words}
    assert [fractions[word] for word in WORDS.values()] == np.eye(3).tolist()
    assert sum(fractions["thing"]) == pytest.approx(1, abs=2e-3)


@pytest.mark.usefixtures("blank_pictures")
def test_report_shows_the_classes_and_what_is_confused(train, command, tiny):
    rows = [(text, "bad" if number % 5 == 0 else label) for number, (text, label) in enumerate(ROWS)]
    path = write("reviews.csv", rows)
    for seed in (0, 1):
        assert train(path, *CLASSES, f"--seed_everything={seed}", run=f"study/run{seed}").code == 0
    outcome = command("report", "study", "--allow=averages")
    assert outcome.code == 0, outcome.err
    page = Path("study/report.md").read_text()
    assert "## Which classes does it confuse?" in page
    (head, _, *matrix) = page.partition("| | bad | ok | text |")[1:][1].splitlines()[:5]
    assert head == ""
    counts = np.array([[int(cell) for cell in line.split("|")[2:5]] for line in matrix])
    assert counts.sum() == 2 * 9
    assert "| label | judged | probability of that | wrong in | review |" in page
    assert "positive" not in page
    assert command("fit", *tiny, "--run=study/binary").code == 0
    assert command("report", "study", "--allow=averages").code == 0
    assert "| label | probability of positive | wrong in | review |" in Path("study/report.md").read_text()
