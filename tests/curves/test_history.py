import csv
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lit_sentiment.curves.history import FIGURES, History
from lit_sentiment.errors import InputError

EPOCHS = [
    {"loss": 0.1 + 0.2, "accuracy": 1 / 3, "val_loss": 1e-300, "val_accuracy": 0.5},
    {"loss": math.pi, "accuracy": 1.0, "val_loss": 0.7, "val_accuracy": 2 / 3},
    {"loss": 5e-324, "accuracy": 0.0, "val_loss": math.inf},
]
HEADER = "epoch,loss,accuracy,val_loss,val_accuracy,penalty,val_penalty,data_loss,val_data_loss"


def history_of(*epochs):
    history = History()
    for figures in epochs:
        history.append(figures)
    return history


def with_val_losses(*values):
    return history_of(*({"loss": 1.0, "val_loss": value} for value in values))


def refusal(path):
    with pytest.raises(InputError) as caught:
        History.read(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def test_columns_are_those_of_the_issue():
    assert ",".join(["epoch", *FIGURES]) == HEADER


def test_file_gives_back_every_bit(tmp_path):
    path = tmp_path / "history.csv"
    history_of(*EPOCHS).write(path)
    again = History.read(path)
    assert len(again) == 3
    for epoch, figures in enumerate(EPOCHS):
        assert again.epoch(epoch) == figures
    assert again.epoch(0) != {**EPOCHS[0], "loss": 0.3}


def test_file_is_a_plain_table(tmp_path):
    path = tmp_path / "history.csv"
    history_of({"loss": 0.25, "val_loss": 0.5, "penalty": 2}, {"loss": 0.125}).write(path)
    assert path.read_bytes().decode() == f"{HEADER}\n0,0.25,,0.5,,2.0,,,\n1,0.125,,,,,,,\n"
    with path.open(newline="") as file:
        assert [row["loss"] for row in csv.DictReader(file)] == ["0.25", "0.125"]


def test_history_without_epochs_survives_the_file(tmp_path):
    path = tmp_path / "history.csv"
    History().write(path)
    assert len(History.read(path)) == 0


def test_figures_that_do_not_apply_are_nan_in_the_curve_and_absent_in_the_epoch(tmp_path):
    path = tmp_path / "history.csv"
    history_of({"loss": 0.5}, {"loss": 0.4, "val_loss": math.nan}).write(path)
    again = History.read(path)
    assert all(map(math.isnan, again["val_loss"]))
    assert again.epoch(-1) == {"loss": 0.4}


def test_other_figures_are_passed_over():
    assert history_of({"loss": 1, "lr": 0.1}).epoch(0) == {"loss": 1.0}


def test_histories_do_not_share_their_curves():
    history_of({"loss": 1.0})
    assert len(History()) == 0


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ([0.5, 0.4, 0.6], 1),
        ([0.5, 0.4, 0.4], 1),
        ([0.4], 0),
        ([math.nan, 0.5, 0.4, math.nan], 2),
        ([math.nan, math.inf], 1),
        ([math.nan, math.nan], 0),
        ([], 0),
    ],
)
def test_best_epoch_is_the_first_of_the_smallest_val_loss(values, best):
    assert with_val_losses(*values).best_epoch == best


def test_data_curve_leaves_the_penalty_out_where_there_is_one():
    plain = history_of({"loss": 0.5, "val_loss": 0.6})
    assert (plain.data_curve(), plain.data_curve("val_")) == ([0.5], [0.6])
    penalised = history_of({"loss": 0.5, "val_loss": 0.6, "data_loss": 0.3, "val_data_loss": 0.4})
    assert (penalised.data_curve(), penalised.data_curve("val_")) == ([0.3], [0.4])


def test_missing_file_is_refused(tmp_path):
    assert "expected the history of a run, found no such file" in refusal(tmp_path / "absent.csv")
    assert "found a folder" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "where", "found"),
    [
        ("", "line 1", "''"),
        ("epoch,loss\n0,0.5\n", "line 1", "'epoch,loss'"),
        (f"{HEADER.replace('val_loss', 'val_los')}\n", "line 1", "val_los,"),
        (f"{HEADER}\n0,a,,,,,,,\n", "line 2", "'a'"),
        (f"{HEADER}\n0,0.5,,,,,,,\n2,0.5,,,,,,,\n", "line 3", "epoch 2"),
        (f"{HEADER}\n0,0.5,,,,,,,\n0,0.5,,,,,,,\n", "line 3", "epoch 0"),
        (f"{HEADER}\n,0.5,,,,,,,\n", "line 2", "''"),
        (f"{HEADER}\n0,0.5,0.6\n", "line 2", "2 numbers"),
        (f"{HEADER}\n0,0.5,,,,,,,,0.1\n", "line 2", "9 numbers"),
        (f"{HEADER}\n0,0.5,,,,,,,\n\n", "line 3", "''"),
        (f'{HEADER}\n0,"0.5,,,,,,,\n', "line 2", "0.5"),
        (f"{HEADER}\n0,0.5\0,,,,,,,\n", "line 2", "0.5"),
    ],
)
def test_damaged_file_is_refused_with_its_line(tmp_path, content, where, found):
    path = tmp_path / "history.csv"
    path.write_text(content)
    message = refusal(path)
    assert f"{where}: expected" in message
    assert found in message.partition(", found ")[2]


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "history.csv"
    path.write_bytes(HEADER.encode() + b"\n0,\xff,,,,,,,\n")
    assert "0xff" in refusal(path)


def test_cut_row_is_refused_wherever_a_column_is_missing(tmp_path):
    path = tmp_path / "history.csv"
    history_of(EPOCHS[0]).write(path)
    whole = path.read_text()
    for size in range(len(HEADER) + 2, whole.rindex(",")):
        path.write_text(whole[:size])
        assert "line 2" in refusal(path)


def test_history_with_a_figure_more_or_less_is_read(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss,val_loss,gradient_norm\n0,0.5,0.25,9.0\n")
    assert History.read(path).epoch(0) == {"loss": 0.5, "val_loss": 0.25}


@given(st.lists(st.dictionaries(st.sampled_from(FIGURES), st.floats())))
def test_any_history_comes_back(tmp_path, epochs):
    history = history_of(*epochs)
    history.write(tmp_path / "history.csv")
    again = History.read(tmp_path / "history.csv")
    assert repr(again) == repr(history)  # in which nan equals nan


def test_rise_is_that_of_the_data_loss_from_its_minimum_to_the_last_epoch():
    assert with_val_losses(0.5, 0.25, 0.75, 0.5).rise == 0.25
    assert with_val_losses(0.5, 0.25).rise == 0.0
    penalised = ({"loss": 1.0, "val_loss": 9.0 - one, "val_data_loss": one} for one in (0.25, 0.5))
    assert history_of(*penalised).rise == 0.25
