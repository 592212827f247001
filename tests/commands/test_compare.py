"""`compare`: runs against runs, recorded references and TensorBoard folders; runs are written by hand, but for one."""

import json
import math
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from lit_sentiment.curves.history import History
from lit_sentiment.reference.recorded_reference import COMPARED_FIGURES, RecordedReference

SAME, DIFFERS, REFUSED = 0, 1, 2
IDENTITY = {
    "model": "BaselineLSTM",
    "seed": 3,
    "units": 4,
    "dtype": "float32",
    "train_reviews": 1000,
    "validation_reviews": 100,
    "train_sha256": "abc",
    "validation_sha256": "def",
}
CURVES = {
    "loss": [0.7, 0.5, 0.25, 0.125],
    "accuracy": [0.5, 0.75, 0.875, 0.9375],
    "val_loss": [0.6, 0.5, 0.75, 1.5],
    "val_accuracy": [0.5, 0.8, 0.7, 0.6],
}


def moved(figure="val_loss", epoch=2, by=0.01, epochs=4):
    curves = {name: curve[:epochs] for name, curve in CURVES.items()}
    curves[figure][epoch] += by
    return curves


@pytest.fixture
def write_run(tmp_path):
    def write_run(name="run", curves=CURVES, **identity):
        run = tmp_path / name
        run.mkdir(parents=True)
        history = History()
        for epoch in range(len(curves["loss"])):
            history.append({figure: curve[epoch] for figure, curve in curves.items()})
        history.write(run / "history.csv")
        (run / "identity.json").write_text(json.dumps({**IDENTITY, **identity}))
        return Path(name)

    return write_run


@pytest.fixture
def record(tmp_path):
    """Record Keras's curves in a file."""

    def record(twins=(), curves=CURVES, **identity):
        RecordedReference({**IDENTITY, **identity}, curves, list(twins), {}).write(tmp_path / "keras.json")
        return Path("keras.json")

    return record


@pytest.fixture
def undrawn(monkeypatch):
    """Draw nothing, where the picture is not the point: it takes longer than all the rest."""
    monkeypatch.setattr("lit_sentiment.commands.compare.draw_comparison", lambda title, comparisons, path: None)


def is_png(path):
    return Path(path).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def assert_refused(outcome, message):
    assert outcome.code == REFUSED
    assert re.fullmatch(f"error: .*{message}.*\n", outcome.err), outcome.err


def test_trained_run_is_the_same_as_itself_and_not_as_a_damaged_copy(command, trained_run):
    outcome = command("compare", trained_run, "--reference", trained_run, "--picture", "same.png")
    assert (outcome.code, outcome.err) == (SAME, "")
    assert "Same: in 2 epochs" in outcome.out
    shutil.copytree(trained_run, "damaged")
    history = History.read(Path("damaged/history.csv"))
    history["val_loss"][1] += 1e-4
    history.write(Path("damaged/history.csv"))
    outcome = command("compare", "damaged", "--reference", trained_run)
    assert (outcome.code, outcome.err) == (DIFFERS, "")
    assert "Differs: val_loss from epoch 2" in outcome.out
    assert outcome.out.endswith("Picture: damaged/comparison.png\n")
    assert is_png("damaged/comparison.png")


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("figure", COMPARED_FIGURES)
def test_damage_to_any_curve_is_found(command, write_run, record, figure):
    write_run("whole")
    write_run("damaged", moved(figure))
    reference = record()
    assert command("compare", "whole", "--reference", reference).code == SAME
    outcome = command("compare", "damaged", "--reference", reference)
    assert outcome.code == DIFFERS
    assert f"Differs: {figure} from epoch 3" in outcome.out


@pytest.mark.usefixtures("undrawn")
def test_twins_of_a_recording_excuse_what_keras_strays_itself(command, write_run, record):
    run = write_run(curves=moved())
    assert command("compare", run, "--reference", record()).code == DIFFERS
    outcome = command("compare", run, "--reference", record([moved(by=-0.02)]))
    assert outcome.code == SAME
    assert "run against keras (1 twins)" in outcome.out
    for figure in COMPARED_FIGURES:
        assert re.search(rf"{figure} .* same", outcome.out)


def write_tensorboard(folder, curves=CURVES):
    """Write as Keras does: sub-runs, epochs from 0, float32 tensors."""
    for sub_run, prefix in (("train", ""), ("validation", "val_")):
        writer = EventFileWriter(str(Path(folder) / sub_run))
        for name in ("loss", "accuracy"):
            for step, value in enumerate(curves[prefix + name]):
                entry = Summary.Value(tag=f"epoch_{name}", tensor=make_tensor_proto(np.float32(value)))
                entry.metadata.plugin_data.plugin_name = "scalars"
                writer.add_event(Event(step=step, summary=Summary(value=[entry])))
        writer.close()


@pytest.mark.usefixtures("undrawn")
def test_tensorboard_folder_of_keras_is_a_reference(command, write_run):
    write_tensorboard("logs/keras")
    write_run("same")
    write_run("other", moved("accuracy", 1, 0.001))
    outcome = command("compare", "same", "--reference", "logs/keras")
    assert outcome.code == SAME, outcome.err
    assert "same against keras (0 twins)" in outcome.out
    outcome = command("compare", "other", "--reference", "logs/keras")
    assert outcome.code == DIFFERS
    assert "Differs: accuracy from epoch 2" in outcome.out


def test_tensorboard_folder_is_compared_with_a_recording(command, record):
    write_tensorboard("mine", moved())
    outcome = command("compare", "mine", "--reference", record([moved()]))
    assert outcome.code == SAME, outcome.err
    assert is_png("mine/comparison.png")


@pytest.mark.parametrize(
    ("identity", "phrase"),
    [
        ({"units": 7}, "units 4 against 7"),
        ({"seed": 5}, "seed 3 against 5"),
        ({"train_sha256": "xyz"}, "train_sha256 abc against xyz"),
        ({"dropout": 0.5}, "dropout None against 0.5"),
        ({"seed": 5, "units": 7}, "seed 3 against 5; units 4 against 7"),
    ],
)
def test_another_training_is_refused_by_what_differs(command, write_run, record, identity, phrase):
    outcome = command("compare", write_run(), "--reference", record(**identity))
    assert_refused(outcome, f"run is not the training of keras: {phrase}")
    assert not Path("run/comparison.png").exists()


def test_run_without_a_reference_is_refused_with_the_way_to_record_one(command, write_run):
    outcome = command("compare", write_run())
    assert_refused(
        outcome,
        "run: no reference in the package or in references/ .* record one with the command reference, or give one by",
    )


@pytest.mark.usefixtures("undrawn")
def test_reference_in_the_package_is_found_by_the_identity(command, write_run, record, monkeypatch, tmp_path):
    record()
    references = "lit_sentiment.reference.recorded_reference.recorded_references"
    monkeypatch.setattr(references, lambda: iter([tmp_path / "keras.json"]))
    outcome = command("compare", write_run())
    assert outcome.code == SAME, outcome.err
    assert "run against Keras (0 twins)" in outcome.out
    assert_refused(command("compare", write_run("other", seed=4)), "other: no reference in the package")


def test_several_runs_are_drawn_into_a_folder(command, write_run, record):
    runs = write_run("runs/one"), write_run("runs/two", moved())
    outcome = command("compare", *runs, "--reference", record(), "--picture", "new/pictures")
    assert outcome.code == DIFFERS
    assert "Picture: new/pictures/one.png" in outcome.out
    assert is_png("new/pictures/one.png")
    assert is_png("new/pictures/two.png")
    assert not list(Path("runs").rglob("*.png"))


def test_several_runs_end_with_a_table_of_all(command, write_run, record, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    runs = write_run("one"), write_run("two", moved())
    lines = command("compare", *runs, "--reference", record()).out.splitlines()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith(("| one", "| two"))
    ]
    assert [row[0] for row in rows] == ["one", "two"]
    assert [row[-1] for row in rows] == ["same", "differs"]
    assert rows[0][1:4] == ["float32", "4 of 4", "0.0e+00"]
    assert "| one" not in command("compare", runs[0], "--reference", record()).out


def test_without_a_picture_asked_for_each_run_gets_its_own_anew(command, write_run, record):
    runs = write_run("runs/one"), write_run("runs/two")
    Path("runs/one/comparison.png").write_text("of an earlier comparison")
    assert command("compare", *runs, "--reference", record()).code == SAME
    assert all(is_png(run / "comparison.png") for run in runs)


@pytest.mark.parametrize("runs", [("one",), ("one", "two")])
def test_picture_asked_for_is_never_written_over(command, write_run, record, runs):
    for run in runs:
        write_run(run)
    mine = Path("mine.png" if len(runs) == 1 else "pictures/two.png")
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    outcome = command(
        "compare", *runs, "--reference", record(), "--picture", "mine.png" if len(runs) == 1 else "pictures"
    )
    assert_refused(outcome, f"--picture: expected a new file, found {mine} there already; name another one")
    assert mine.read_text() == "mine"
    assert outcome.out == ""


def test_folder_given_as_the_picture_of_one_run_is_refused(command, write_run, record):
    Path("pictures").mkdir()
    outcome = command("compare", write_run(), "--reference", record(), "--picture", "pictures")
    assert_refused(outcome, "--picture: expected a new file, found pictures there already")


def test_runs_of_the_same_name_do_not_share_a_picture(command, write_run, record):
    runs = write_run("a/run"), write_run("b/run")
    outcome = command("compare", *runs, "--reference", record(), "--picture", "pictures")
    assert_refused(outcome, "--picture: expected runs of different names, found several called run")


@pytest.mark.usefixtures("undrawn")
def test_this_folder_has_its_name(command, write_run, record, monkeypatch):
    reference = record().absolute()
    write_run("named")
    monkeypatch.chdir("named")
    assert "named against keras" in command("compare", ".", "--reference", reference).out


@pytest.mark.usefixtures("undrawn")
def test_names_are_printed_as_they_are(command, write_run, record):
    outcome = command("compare", write_run("[red]run :smile:"), "--reference", record())
    assert "[red]run :smile: against keras" in outcome.out
    assert "Picture: [red]run :smile:/comparison.png" in outcome.out


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_history_with_values_that_are_no_numbers_is_refused(command, write_run, record, value):
    run = write_run(curves=moved("val_accuracy", 1, value))
    outcome = command("compare", run, "--reference", record())
    assert_refused(outcome, f"val_accuracy: expected numbers in the reproduction, found {value} in epoch 2")


@pytest.mark.usefixtures("undrawn")
def test_run_that_ended_early_is_refused_unless_keras_ends_here_and_there_too(command, write_run, record):
    run = write_run(curves=moved(by=0, epochs=3))
    outcome = command("compare", run, "--reference", record([CURVES]))
    assert_refused(outcome, "loss: expected 4 epochs, as in the reference, found 3 in the reproduction")
    outcome = command("compare", run, "--reference", record([moved(by=0, epochs=3)]))
    assert outcome.code == SAME, outcome.err
    assert "Ours ended after epoch 3, Keras's own runs after 3 to 4." in outcome.out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("run", "--reference", "absent"), "absent: expected the folder of a run"),
        (("run", "--reference", "torn.json"), "torn.json: expected a recorded reference"),
        (("run", "--reference", "other.json"), "other.json: expected a recorded reference"),
        (("run", "--reference", "empty"), "empty: expected"),
        (("without_identity", "--reference", "run"), "identity.json: expected what decides the curves of a run"),
        (("torn", "--reference", "run"), "history.csv, line 1: expected epoch,loss"),
        (("keras.json", "--reference", "run"), "--picture: expected where to draw the comparison of keras.json"),
        (("run", "--reference", "keras.json", "--picture", "keras.json/new.png"), "keras.json"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line_and_exit_code_2(command, write_run, record, args, message):
    for name in ("run", "without_identity", "torn"):
        write_run(name)
    record()
    Path("without_identity/identity.json").unlink()
    Path("torn/history.csv").write_text("torn")
    Path("torn.json").write_text("torn {")
    Path("other.json").write_text('{"curves": {}}')
    Path("empty").mkdir()
    assert_refused(command("compare", *args), message)


def test_recording_is_compared_where_a_picture_is_asked_for(command, write_run, record):
    write_run()
    outcome = command("compare", record(), "--reference", "run", "--picture", "new.png")
    assert outcome.code == SAME, outcome.err
    assert is_png("new.png")
