"""`diagnose`: trainings of every kind, written as Keras, Lightning and Hugging Face write them."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

STEPS = 7
"""Batches of an epoch."""
DICE = random.Random(5)
FALLING = [0.88, 0.86, 0.84, 0.82, 0.8]

# loss, val_loss, accuracy and val_accuracy by epoch
TRAININGS = {
    "overfitting": ([0.5, 0.3, 0.2, 0.1, 0.05], [0.45, 0.4, 0.5, 0.6, 0.7], [0.75, 0.9, 0.95, 0.98, 1.0], FALLING),
    "overconfident": ([0.5, 0.3, 0.2, 0.1, 0.05], [0.45, 0.4, 0.5, 0.6, 0.7], [0.75, 0.9, 0.95, 0.98, 1.0], [0.8] * 5),
    "underfitting": ([0.69, 0.65, 0.61, 0.57, 0.53], [0.7, 0.66, 0.62, 0.58, 0.54], [0.6] * 5, [0.6] * 5),
    "healthy": ([0.5, 0.4, 0.36, 0.35, 0.345, 0.34], [0.5, 0.42, 0.401, 0.4, 0.4, 0.401], [0.8] * 6, [0.8] * 6),
    "collapsed": ([0.6, 0.5, 0.69, 0.7, 0.69], [0.6, 0.55, 0.69, 0.69, 0.7], [0.7, 0.8, 0.5, 0.5, 0.5], [0.5] * 5),
    "too few epochs": ([0.5, 0.3, 0.2], [0.5, 0.6, 0.7], [0.8] * 3, [0.8] * 3),
    "overfitting, noisy": (
        [0.6 * 0.8**epoch + DICE.gauss(0, 0.01) for epoch in range(15)],
        [0.4 + 0.03 * abs(epoch - 3) + DICE.gauss(0, 0.02) for epoch in range(15)],
        [0.95] * 15,
        [0.9 - 0.01 * epoch for epoch in range(15)],
    ),
    "healthy, noisy": (
        [0.6 * 0.8**epoch + DICE.gauss(0, 0.01) for epoch in range(15)],
        [0.4 + DICE.gauss(0, 0.02) for _ in range(15)],
        [0.95] * 15,
        [0.8] * 15,
    ),
}


def write_as_keras(folder, training, write_curves):
    """Sub-runs, epochs from 0, and tensors, as TensorFlow 2 writes them."""
    for sub_run, curves in (("train", training[::2]), ("validation", training[1::2])):
        writer = EventFileWriter(str(folder / sub_run))
        for tag, curve in zip(("epoch_loss", "epoch_accuracy"), curves, strict=True):
            for step, value in enumerate(curve):
                entry = Summary.Value(tag=tag, tensor=make_tensor_proto(np.float32(value)))
                entry.metadata.plugin_data.plugin_name = "scalars"
                writer.add_event(Event(step=step, summary=Summary(value=[entry])))
        writer.close()


def write_as_lightning(folder, training, write_curves):
    """Global steps, training per step and per epoch, and the epoch as a curve."""
    loss, val_loss, accuracy, val_accuracy = ([(STEPS * i + 6, v) for i, v in enumerate(curve)] for curve in training)
    by_step = [(STEPS * i + step, value) for i, value in enumerate(training[0]) for step in range(2, STEPS, 3)]
    epochs = [(STEPS * i + 6, i) for i in range(len(loss))]
    curves = {"train_loss_step": by_step, "train_loss_epoch": loss, "train_acc": accuracy, "epoch": epochs}
    write_curves(folder, {"hp_metric": [-1], **curves, "val_loss": val_loss, "val_acc": val_accuracy})


def write_as_hugging_face(folder, training, write_curves):
    """Global steps from 1, training loss twice an epoch, no training accuracy; at the end the best is judged again."""
    loss, val_loss, _, val_accuracy = training
    evaluated = {
        name: [(STEPS * (i + 1), value) for i, value in enumerate(curve)]
        for name, curve in (("eval/loss", val_loss), ("eval/accuracy", val_accuracy))
    }
    logged = [
        (STEPS * i + step, value + noise) for i, value in enumerate(loss) for step, noise in ((3, 0.02), (7, -0.02))
    ]
    end = STEPS * len(loss)
    write_curves(folder, {"train/loss": logged, **evaluated, "train/train_loss": [(end, 0.3)]})
    write_curves(folder, {"eval/loss": [(end, min(val_loss))]})


CONVENTIONS = [write_as_keras, write_as_lightning, write_as_hugging_face]


def lines_of(outcome, title):
    """What the lines of a run say, by their first words."""
    assert outcome.code == 0, outcome.err
    blocks = [block.splitlines() for block in outcome.out.split("\n\n")]
    (block,) = [block for block in blocks if block[:1] == [str(title)]]
    return dict(line.split(": ", 1) for line in block[1:])


@pytest.mark.parametrize("write", CONVENTIONS)
@pytest.mark.parametrize("kind", TRAININGS)
def test_verdict_is_the_same_in_every_convention(command, write_curves, write, kind):
    write(Path("run"), TRAININGS[kind], write_curves)
    verdict = lines_of(command("diagnose", "run"), "run")["Verdict"]
    if kind == "collapsed" and write is write_as_hugging_face:
        assert verdict.startswith("Collapsed: training loss fell from 0.600 to 0.500 at epoch 2, and is back at 0.690.")
    else:
        assert verdict.lower().startswith(kind.partition(",")[0])


@pytest.mark.parametrize("write", CONVENTIONS)
def test_onset_figures_and_advice_are_those_of_the_curves(command, write_curves, write):
    write(Path("run"), TRAININGS["overfitting"], write_curves)
    said = lines_of(command("diagnose", "run"), "run")
    assert "Overfitting after epoch 2: from there validation loss rose from 0.400 to 0.700 (+75%)" in said["Verdict"]
    assert said["Figures"].startswith("best epoch 2 of 5")
    assert "val_loss 0.4000 there and 0.7000 at the end" in said["Figures"]
    assert said["Try next"].startswith("stop after epoch 2, by early stopping on val_loss")


def test_tags_of_keras_are_told(command, write_curves):
    write_as_keras(Path("run"), TRAININGS["healthy"], write_curves)
    said = lines_of(command("diagnose", "run"), "run")
    assert said["Curves guessed"] == (
        "val_loss = validation/epoch_loss, train_loss = train/epoch_loss, val_accuracy = validation/epoch_accuracy, "
        "train_accuracy = train/epoch_accuracy"
    )
    assert "Note" not in said


def test_tags_and_steps_of_lightning_are_told(command, write_curves):
    write_as_lightning(Path("run"), TRAININGS["healthy"], write_curves)
    said = lines_of(command("diagnose", "run"), "run")
    assert "train_loss = train_loss_epoch (also there: train_loss_step)" in said["Curves guessed"]
    assert said["Note"] == "an epoch here is a validation: 6 of them, at steps 6 to 41"
    assert said["Figures"].startswith("best epoch 4 of 6 (step 27), val_loss 0.4000")


def test_averaging_is_told(command, write_curves):
    write_as_hugging_face(Path("run"), TRAININGS["overfitting"], write_curves)
    outcome = command("diagnose", "run")
    assert "Note: training values are averaged over the steps since the validation before\n" in outcome.out
    assert "training loss fell from 0.300 to 0.050" in outcome.out


def test_given_tags_are_taken_and_told(command, write_curves):
    curves = {"a": TRAININGS["overfitting"][0], "b": TRAININGS["overfitting"][1], "train_loss": [1.0] * 5}
    write_curves(Path("run"), {**curves, "val_loss": [1.0] * 5})
    said = lines_of(command("diagnose", "run", "--train_loss", "a", "--val_loss", "b"), "run")
    assert said["Curves given"] == "train_loss = a, val_loss = b"
    assert said["Verdict"].startswith("Overfitting after epoch 2")
    said = lines_of(command("diagnose", "run", "--train_loss", "a"), "run")
    assert (said["Curves given"], said["Curves guessed"]) == ("train_loss = a", "val_loss = val_loss")


def test_every_run_of_a_folder_has_its_verdict(command, write_curves):
    write_as_keras(Path("runs/keras"), TRAININGS["overfitting"], write_curves)
    write_as_lightning(Path("runs/lightning_logs/version_0"), TRAININGS["healthy"], write_curves)
    outcome = command("diagnose", "runs")
    assert lines_of(outcome, "runs/keras")["Verdict"].startswith("Overfitting")
    assert lines_of(outcome, "runs/lightning_logs/version_0")["Verdict"].startswith("Healthy")


def test_of_several_runs_those_without_curves_are_left_out_with_a_line(command, write_curves):
    write_as_keras(Path("runs/good"), TRAININGS["overfitting"], write_curves)
    write_curves(Path("runs/other"), {"hp_metric": [0.5]})
    outcome = command("diagnose", "runs")
    assert lines_of(outcome, "runs/good")["Verdict"].startswith("Overfitting")
    assert "Left out: runs/other: expected a validation loss, found the tags hp_metric;" in outcome.out


@pytest.mark.parametrize("broken", [math.nan, math.inf])
@pytest.mark.parametrize("curve", [0, 1])
def test_broken_losses_have_diverged(command, write_curves, tmp_path, broken, curve):
    training = [list(values) for values in TRAININGS["healthy"]]
    training[curve][3:] = [broken] * 3
    write_as_lightning(Path("run"), training, write_curves)
    said = lines_of(command("diagnose", "run", "--picture", "curves.png"), "run")
    name = ("training", "validation")[curve]
    assert said["Verdict"] == f"Diverged: the {name} loss of epoch 4 is not a finite number."
    assert said["Try next"].startswith("a learning rate a tenth as high")
    assert (tmp_path / "curves.png").exists()


def test_losses_that_were_never_numbers_have_diverged(command, write_curves):
    write_curves(Path("run"), {"train_loss": [0.5, 0.4], "val_loss": [math.nan] * 2})
    said = lines_of(command("diagnose", "run"), "run")
    assert said["Verdict"] == "Diverged: the validation loss of epoch 1 is not a finite number."
    assert "val_loss inf there" in said["Figures"]


def test_many_labels_at_a_low_accuracy_have_learnt(command, write_curves):
    loss, val_loss, _, _ = TRAININGS["healthy"]
    rising = [0.05, 0.1, 0.2, 0.3, 0.35, 0.4]
    write_as_keras(Path("run"), (loss, val_loss, rising, rising), write_curves)
    assert lines_of(command("diagnose", "run"), "run")["Verdict"].startswith("Healthy")
    said = lines_of(command("diagnose", "run", "--chance", 0.4), "run")
    assert said["Verdict"].startswith("Not learnt: after 6 epochs no accuracy is above 0.400")
    assert "Note" not in said


def test_assumed_chance_is_told_where_it_decides(command, write_curves):
    write_as_keras(Path("run"), ([0.69] * 5, [0.69] * 5, [0.5] * 5, [0.5] * 5), write_curves)
    said = lines_of(command("diagnose", "run"), "run")
    assert said["Verdict"].startswith("Not learnt")
    assert said["Note"] == "0.5 is taken for the accuracy of chance; --chance says otherwise"


def test_tags_with_square_brackets_are_printed_as_they_are(command, write_curves):
    write_curves(Path("run"), {"train/loss[bold]": [0.5] * 4, "val/loss[bold]": [0.5] * 4})
    assert "val_loss = val/loss[bold], train_loss" in command("diagnose", "run").out


def test_our_own_run_is_read(command, trained_run):
    said = lines_of(command("diagnose", trained_run), trained_run)
    assert said["Figures"].split(",")[0] in ("best epoch 1 of 2", "best epoch 2 of 2")
    assert said["Verdict"] == "Too few epochs to say: 2, and it takes 4 to see a direction."


def test_picture_has_a_column_per_run(command, write_curves, tmp_path):
    write_as_keras(Path("runs/a"), TRAININGS["overfitting"], write_curves)
    write_curves(Path("runs/b"), {"train_loss": [0.5] * 4, "val_loss": [0.5] * 4})
    outcome = command("diagnose", "runs", "--picture", "new/curves.png")
    assert outcome.out.endswith("Picture: new/curves.png\n")
    width = int.from_bytes((tmp_path / "new/curves.png").read_bytes()[16:20], "big")
    command("diagnose", "runs/a", "--picture", "one.png")
    assert width == 2 * int.from_bytes((tmp_path / "one.png").read_bytes()[16:20], "big")


def test_picture_is_never_written_over(command, write_curves):
    write_as_keras(Path("run"), TRAININGS["overfitting"], write_curves)
    Path("mine.png").write_text("mine")
    outcome = command("diagnose", "run", "--picture", "mine.png")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: --picture: expected a new file, found mine.png there already")
    assert Path("mine.png").read_text() == "mine"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("absent",), "absent: expected a folder or a file with curves, found none"),
        (("file",), "file, line 1: expected a header and a row per epoch, found an empty file"),
        (("torn",), "torn: expected curves, found no values; torn/events.out.tfevents.1: damaged after 0 records"),
        (("train_only",), "expected a validation loss, found the tags train_loss; name one by --val_loss TAG"),
        (("several",), "name one by --val_loss TAG (and 1 more runs like it)"),
        (("empty", "absent"), "in it or below it, found none (and 1 more runs like it)"),
        (("run", "--val_loss", "nope"), "run: --val_loss: expected one tag 'nope', found train_loss, val_loss"),
        (("run", "--train_accuracy", "nope"), "run: --train_accuracy: expected one tag 'nope'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line_and_exit_code_2(command, write_curves, tmp_path, args, message):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn/events.out.tfevents.1").write_bytes(bytes(range(100)))
    write_curves(Path("train_only"), {"train_loss": [0.5]})
    write_curves(Path("several/a"), {"train_loss": [0.5]})
    write_curves(Path("several/b"), {"train_loss": [0.5]})
    write_curves(Path("run"), {"train_loss": [0.5] * 4, "val_loss": [0.5] * 4})
    outcome = command("diagnose", *args)
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert message in outcome.err


def test_picture_of_too_many_runs_is_refused(command, write_curves):
    for number in range(21):
        write_curves(Path(f"runs/{number}"), {"train_loss": [0.5], "val_loss": [0.5]})
    outcome = command("diagnose", "runs", "--picture", "all.png")
    assert outcome.code == 2
    assert "--picture: expected at most 20 runs, found 21" in outcome.err


HISTORIES = {
    "CSVLogger": "epoch,accuracy,loss,val_accuracy,val_loss\n"
    + "".join(
        f"{epoch},{acc},{loss},{val_acc},{val_loss}\n"
        for epoch, (loss, val_loss, acc, val_acc) in enumerate(zip(*TRAININGS["overfitting"], strict=True))
    ),
    "to_csv": ",loss,val_loss,accuracy,val_accuracy\n"
    + "".join(
        f"{epoch},{loss},{val_loss},{acc},{val_acc}\n"
        for epoch, (loss, val_loss, acc, val_acc) in enumerate(zip(*TRAININGS["overfitting"], strict=True))
    ),
    "to_csv without an index": "loss;val_loss;accuracy;val_accuracy\r\n"
    + "".join(
        ";".join(str(value).replace(".", ",") for value in row) + "\r\n"
        for row in zip(*TRAININGS["overfitting"], strict=True)
    ),
    "history.history": json.dumps(
        dict(zip(("loss", "val_loss", "accuracy", "val_accuracy"), TRAININGS["overfitting"], strict=True))
    ),
    "trainer_state": json.dumps(
        {
            "epoch": 5.0,
            "log_history": [
                entry
                for epoch, (loss, val_loss, _, val_acc) in enumerate(
                    zip(*TRAININGS["overfitting"], strict=True), start=1
                )
                for entry in (
                    {"epoch": epoch - 0.5, "step": 10 * epoch - 5, "loss": loss, "learning_rate": 5e-5},
                    {"epoch": epoch, "step": 10 * epoch, "loss": loss, "grad_norm": 1.0},
                    {
                        "epoch": epoch,
                        "step": 10 * epoch,
                        "eval_loss": val_loss,
                        "eval_accuracy": val_acc,
                        "eval_runtime": 1.0,
                    },
                )
            ]
            + [
                {"epoch": 5, "step": 50, "eval_loss": 0.4, "eval_accuracy": 0.86},
                {"epoch": 5, "step": 50, "train_loss": 0.2, "train_runtime": 9.0},
            ],
        }
    ),
    "metrics.csv": "epoch,lr-Adam,step,train_acc,train_loss_epoch,train_loss_step,val_acc,val_loss\n"
    + "".join(
        f"{epoch},0.001,{7 * epoch + 3},,,{loss},,\n"
        f"{epoch},,{7 * epoch + 6},,,,{val_acc},{val_loss}\n"
        f"{epoch},,{7 * epoch + 6},{acc},{loss},,,\n"
        for epoch, (loss, val_loss, acc, val_acc) in enumerate(zip(*TRAININGS["overfitting"], strict=True))
    ),
}


@pytest.mark.parametrize("kind", HISTORIES)
def test_history_in_a_file_is_judged(command, tmp_path, kind):
    path = tmp_path / "history.json" if HISTORIES[kind].startswith("{") else tmp_path / "history.csv"
    path.write_bytes(HISTORIES[kind].encode())
    for given in (path, tmp_path):
        said = lines_of(command("diagnose", given), path)
        assert (
            "Overfitting after epoch 2: from there validation loss rose from 0.400 to 0.700 (+75%)" in said["Verdict"]
        )
        assert "from 0.300 to 0.050" in said["Verdict"]


def test_event_file_is_read_as_its_folder(command, write_curves):
    (path,) = write_curves(Path("run"), {"train_loss": [0.5] * 4, "val_loss": [0.5] * 4}).iterdir()
    assert "Verdict" in lines_of(command("diagnose", path), "run")


@pytest.mark.parametrize("bad", ["absent", "empty", "torn.csv"])
def test_bad_path_does_not_end_the_rest(command, write_curves, tmp_path, bad):
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn.csv").write_text("epoch,loss,val_loss\n0,0.5\n")
    write_curves(Path("good"), {"train_loss": [0.5] * 4, "val_loss": [0.5] * 4})
    for paths in (("good", bad), (bad, "good")):
        outcome = command("diagnose", *paths)
        assert "Verdict" in lines_of(outcome, "good")
        assert f"Left out: {bad}" in outcome.out


@pytest.mark.parametrize(
    ("there", "missing"), [("validation", "training"), ("train", "validation"), ("dev", "training")]
)
def test_lone_sub_run_is_refused_with_what_is_missing(command, write_curves, there, missing):
    write_curves(Path("run") / there, {"epoch_loss": [0.5] * 4, "epoch_accuracy": [0.5] * 4})
    for path in ("run", f"run/{there}"):
        outcome = command("diagnose", path)
        assert outcome.code == 2
        assert f"run/{there}: expected a {missing} loss" in outcome.err
        assert f"a sub-run of {missing} is missing: give the folder that holds both" in outcome.err


def test_second_training_in_the_same_folder_is_named(command, write_curves):
    write_curves(Path("run"), {"a/train_loss": [0.5] * 4, "a/val_loss": [0.5] * 4})
    write_curves(Path("run"), {"my_b/train_loss": [0.4] * 4, "my_b/val_loss": [0.4] * 4})
    said = command("diagnose", "run").out
    assert "Note: not judged: my_b/val_loss with my_b/train_loss; name one by --train_loss" in said


def test_second_training_with_the_same_tags_is_named(command, write_curves, tmp_path):
    for _ in range(2):
        write_curves(Path("run"), {"train_loss": [0.5] * 4, "val_loss": [0.5] * 4})
    assert "is another training and is not judged\n" in command("diagnose", "run").out
