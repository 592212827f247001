import struct

from lit_sentiment.curves.figure import draw_comparison, draw_overfitting
from lit_sentiment.curves.history import History
from lit_sentiment.reference.comparison import compare_curves

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


def test_comparison_is_drawn_with_and_without_differences(tmp_path):
    other = {**CURVES, "val_loss": [0.5, 0.7]}
    draw_comparison("equal", compare_curves(CURVES, CURVES, []), tmp_path / "equal.png")
    draw_comparison("other", compare_curves(other, CURVES, [other]), tmp_path / "other.png")
    assert png_size(tmp_path / "equal.png") == png_size(tmp_path / "other.png")
    assert (tmp_path / "equal.png").read_bytes() != (tmp_path / "other.png").read_bytes()
