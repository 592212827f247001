import math
import re

import pytest

from lit_sentiment.curves.history import History
from lit_sentiment.serve.curve_picture import HEIGHT, WIDTH, curve_pictures

CURVES = {"loss": [0.8, 0.4, 0.2], "accuracy": [0.5, 0.75, 1.0]}
CURVES |= {"val_loss": [0.8, 0.5, 0.6], "val_accuracy": [0.5, 0.7, 0.6]}
MARKED = {"best": 1, "last": 2}


def history(**curves):
    return History({**History().curves, **CURVES, **curves})


def points(line):
    return [tuple(map(float, point)) for point in re.findall(r"[ML](\S+) (\S+)", line)]


def test_lines_go_through_the_figures():
    loss, accuracy = curve_pictures(history(), MARKED)
    assert (loss.name, accuracy.name) == ("loss", "accuracy")
    assert points(loss.training) == [(0, 0), (WIDTH / 2, HEIGHT / 2), (WIDTH, HEIGHT * 0.75)]
    assert [place.label for place in loss.rows] == ["0", "0.2", "0.4", "0.6", "0.8"]
    assert [place.y for place in loss.rows] == [HEIGHT * part for part in (1, 0.75, 0.5, 0.25, 0)]
    assert [(place.x, place.label) for place in loss.epochs] == [(0, "1"), (WIDTH / 2, "2"), (WIDTH, "3")]


def test_marks_lie_on_the_curve_of_validation():
    for picture, labels in zip(
        curve_pictures(history(), MARKED), (["0.500", "0.600"], ["0.700", "0.600"]), strict=True
    ):
        assert [(place.x, place.y) for place in picture.marks.values()] == points(picture.validation)[1:]
        assert [place.label for place in picture.marks.values()] == labels


@pytest.mark.parametrize("epochs", [1, 2, 7, 10, 100, 1234])
@pytest.mark.parametrize("scale", [0.0, 1e-9, 1.0, 1e6])
def test_any_size_has_a_readable_grid(epochs, scale):
    curve = [scale * (1 + epoch) for epoch in range(epochs)]
    nothing = [math.nan] * epochs
    curves = {"loss": curve, "val_loss": curve, "accuracy": nothing, "val_accuracy": nothing}
    (loss,) = curve_pictures(history(**curves), {"last": epochs - 1})
    assert 1 <= len(loss.rows) <= 6
    assert len(loss.epochs) <= 5
    assert all(0 <= place.x <= WIDTH and 0 <= place.y <= HEIGHT for place in [*loss.rows, *loss.marks.values()])


def test_figures_that_are_no_numbers_are_left_out():
    nothing = [math.nan] * 3
    without = history(accuracy=nothing, val_accuracy=nothing, val_loss=[0.8, math.inf, math.nan], loss=[-0.5, 0.4, 0.2])
    (loss,) = curve_pictures(without, MARKED)
    assert len(points(loss.validation)) == 1
    assert loss.marks == {}
