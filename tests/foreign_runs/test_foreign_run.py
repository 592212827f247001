import math
from collections.abc import Callable
from pathlib import Path

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.foreign_runs.foreign_run import read_run
from lit_sentiment.foreign_runs.run_search import find_runs

Write = Callable[..., Path]


def only_run(folder, **given):
    (found,) = find_runs(folder)
    return read_run(found, given)


def refusal(folder, **given):
    with pytest.raises(InputError) as caught:
        only_run(folder, **given)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{folder}: ")
    return message.removeprefix(f"{folder}: ")


def test_sub_runs_make_a_history(write_curves, tmp_path):
    write_curves(tmp_path / "train", {"epoch_loss": [0.5, 0.25], "epoch_accuracy": [0.75, 1.0]})
    write_curves(tmp_path / "validation", {"epoch_loss": [0.75, 1.5], "epoch_accuracy": [0.5, 0.625]})
    run = only_run(tmp_path)
    assert run.history.epoch(0) == {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.75, "val_accuracy": 0.5}
    assert run.history.epoch(1) == {"loss": 0.25, "accuracy": 1.0, "val_loss": 1.5, "val_accuracy": 0.625}
    assert (len(run.history), run.steps, run.notes) == (2, [0, 1], [])


def test_accuracy_that_is_not_there_is_nan(write_curves, tmp_path):
    write_curves(tmp_path, {"train_loss": [0.5, 0.25], "val_loss": [0.5, 0.25]})
    assert all(math.isnan(value) for value in only_run(tmp_path).history["val_accuracy"])


def test_loss_without_penalty_is_told(write_curves, tmp_path):
    for side in ("train", "validation"):
        write_curves(tmp_path / side, {"epoch_loss": [2.5, 2.25], "epoch_data_loss": [0.5, 0.25]})
    run = only_run(tmp_path)
    assert (run.history.data_curve(), run.history.data_curve("val_")) == ([0.5, 0.25], [0.5, 0.25])
    assert run.notes == ["the verdict goes by the losses without penalty (data_loss)"]


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_broken_loss_is_not_mistaken_for_one_that_does_not_apply(write_curves, tmp_path, broken):
    write_curves(tmp_path, {"train_loss": [0.5, 0.25], "val_loss": [0.5, broken]})
    assert math.isinf(only_run(tmp_path).history["val_loss"][1])


def test_accuracy_in_percent_becomes_a_fraction(write_curves, tmp_path):
    curves = {"train_loss": [0.5, 0.25], "val_loss": [0.5, 0.25], "train_acc": [0.5, 75.0], "val_acc": [0.5, 1.0]}
    run = only_run(write_curves(tmp_path, curves))
    assert (run.history["accuracy"], run.history["val_accuracy"]) == ([0.005, 0.75], [0.5, 1.0])
    assert run.notes == ["accuracy is in percent"]


@pytest.mark.parametrize(("first", "chance"), [(0.1, None), (0.5, 0.5)])
def test_chance_is_unknown_where_an_accuracy_is_far_below_a_half(write_curves, tmp_path, first, chance):
    curves = {"train_loss": [0.5, 0.25], "val_loss": [0.5, 0.25], "val_acc": [first, 0.75]}
    assert only_run(write_curves(tmp_path, curves)).likely_chance() == chance


def test_cut_file_is_a_note(write_curves, tmp_path):
    write_curves(tmp_path, {"train_loss": [0.5, 0.25], "val_loss": [0.5, 0.25, 0.125]})
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    run = only_run(tmp_path)
    assert len(run.history) == 2
    assert run.notes == [f"{path}: cut off after 5 records; what comes before is used"]


def test_lack_of_a_validation_loss_names_the_tags_and_the_option(write_curves, tmp_path):
    write_curves(tmp_path, {"train_loss": [0.5], "val_f1": [0.5]})
    assert refusal(tmp_path) == (
        "expected a validation loss, found the tags train_loss, val_f1; name one by --val_loss TAG"
    )
    assert only_run(tmp_path, val_loss="val_f1").history["val_loss"] == [0.5]


def test_lack_of_a_training_loss_names_the_tags_and_the_option(write_curves, tmp_path):
    write_curves(tmp_path, {"val_loss": [0.5], "objective": [0.5]})
    assert refusal(tmp_path).endswith("found the tags objective, val_loss; name one by --train_loss TAG")


def test_many_tags_are_counted(write_curves, tmp_path):
    write_curves(tmp_path, {f"tag{number:02}": [0.5] for number in range(25)})
    assert "tag18, tag19 and 5 more; name" in refusal(tmp_path)


def test_given_tag_that_is_not_there_is_refused(write_curves, tmp_path):
    write_curves(tmp_path, {"train_loss": [0.5], "val_loss": [0.5]})
    assert refusal(tmp_path, loss="nope") == "--train_loss: expected one tag 'nope', found train_loss, val_loss"


def test_empty_and_damaged_files_are_named(tmp_path):
    path = tmp_path / "events.out.tfevents.1"
    path.touch()
    assert refusal(tmp_path) == f"expected curves, found no values; {path}: expected an event file, found it empty"
    path.write_bytes(b"no event file at all")
    assert f"{path}: damaged after 0 records" in refusal(tmp_path)


def test_folder_with_nothing_but_text_is_refused(tmp_path):
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(tmp_path) as writer:
        writer.add_text("note", "hello")
    assert refusal(tmp_path) == "expected curves, found no values; no scalars at all"


def test_validation_before_any_training_is_refused(write_curves, tmp_path):
    write_curves(tmp_path, {"train_loss": [(5, 0.5)], "val_loss": [(0, 0.5)]})
    assert refusal(tmp_path) == "expected training values before a validation, found none"
