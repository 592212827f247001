import math
import struct

import numpy as np

from lit_sentiment.curves.history import History
from lit_sentiment.pictures import draw_comparison, draw_overfitting
from lit_sentiment.reference.comparison import compare_curves
from lit_sentiment.report.epoch_pictures import draw_right_and_wrong, draw_temperatures
from lit_sentiment.runs.epoch_judgements import SplitJudgements

CURVES = {"loss": [0.5, 0.25], "accuracy": [0.5, 1.0], "val_loss": [0.5, 0.75], "val_accuracy": [0.5, 0.625]}


def png_size(path):
    header = path.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", header[16:])


def test_overfitting_gets_a_column_per_training(tmp_path):
    draw_overfitting({"one": History(CURVES)}, tmp_path / "one.png")
    draw_overfitting({"one": History(CURVES), "two": History(CURVES)}, tmp_path / "two.png")
    (one_width, one_height), (two_width, two_height) = png_size(tmp_path / "one.png"), png_size(tmp_path / "two.png")
    assert (two_width, two_height) == (2 * one_width, one_height)


def test_pictures_without_a_path_are_returned_for_a_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    judgements = SplitJudgements(np.array([[1.0, -1.0], [2.0, 2.0]], np.float32), np.array([1, 0], np.int32))
    runs = {"one": [{"train": judgements, "validation": judgements}]}
    for figure in (draw_overfitting({"one": History(CURVES)}), draw_right_and_wrong(runs), draw_temperatures(runs)):
        assert [axes.get_xlabel() for axes in figure.axes] == ["epoch", "epoch"]
    assert list(tmp_path.iterdir()) == []


def history_without(*figures):
    return History({name: [math.nan] * 2 if name in figures else curve for name, curve in CURVES.items()})


def test_training_without_accuracies_has_a_row_less(tmp_path):
    draw_overfitting({"both": History(CURVES)}, tmp_path / "both.png")
    draw_overfitting({"losses": history_without("accuracy", "val_accuracy")}, tmp_path / "losses.png")
    draw_overfitting({"one": history_without("accuracy")}, tmp_path / "one.png")
    (width, height), losses = png_size(tmp_path / "both.png"), png_size(tmp_path / "losses.png")
    assert losses == (width, height // 2)
    assert png_size(tmp_path / "one.png") == (width, height)


def test_onset_is_marked(tmp_path):
    draw_overfitting({"run": History(CURVES)}, tmp_path / "plain.png", {"run": None})
    draw_overfitting({"run": History(CURVES)}, tmp_path / "marked.png", {"run": 0})
    assert (tmp_path / "plain.png").read_bytes() != (tmp_path / "marked.png").read_bytes()


def test_losses_that_are_no_numbers_and_strange_titles_are_drawn(tmp_path):
    draw_overfitting({"runs/$a_{b/" + "long" * 20: History({**CURVES, "loss": [0.5, math.inf]})}, tmp_path / "odd.png")
    assert png_size(tmp_path / "odd.png")


def test_comparison_is_drawn_with_and_without_differences(tmp_path):
    other = {**CURVES, "val_loss": [0.5, 0.7]}
    draw_comparison("equal", compare_curves(CURVES, CURVES, []), tmp_path / "equal.png")
    draw_comparison("other", compare_curves(other, CURVES, [other]), tmp_path / "other.png")
    assert png_size(tmp_path / "equal.png") == png_size(tmp_path / "other.png")
    assert (tmp_path / "equal.png").read_bytes() != (tmp_path / "other.png").read_bytes()
