"""Curves as parts of an SVG picture, for a page that draws them in its own colours."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lit_sentiment.curves.history import History
from lit_sentiment.pictures import accuracy_limits

WIDTH, HEIGHT = 320, 140
"""Of what lies within the axes, in the units of the picture."""
_MOST_STEPS = 5
"""Of the grid, each way."""


@dataclass(frozen=True)
class Place:
    """A place in the picture, from its upper left corner, and what is written there."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class CurvePicture:
    """A figure in training and validation, epoch by epoch."""

    name: str
    training: str
    """The line, as SVG writes the data of a path."""
    validation: str
    rows: Sequence[Place]
    """Of the grid, each with its value."""
    epochs: Sequence[Place]
    """Along the bottom, counted from 1."""
    marks: Mapping[str, Place]
    """By name: an epoch on the curve of validation, and the figure there."""


def curve_pictures(history: History, marked: Mapping[str, int]) -> list[CurvePicture]:
    """Return the pictures of the loss and of the accuracy, those of them that the history has.

    Args:
        history: With an epoch or more.
        marked: Epochs from 0, by name.
    """
    pictures = []
    for name in ("loss", "accuracy"):
        values = [value for value in history[name] + history[f"val_{name}"] if math.isfinite(value)]
        if values:
            low, high = (min(0.0, *values), max(values)) if name == "loss" else accuracy_limits(values)
            pictures.append(_picture(name, history[name], history[f"val_{name}"], low, high, marked))
    return pictures


def _picture(
    name: str,
    training: Sequence[float],
    validation: Sequence[float],
    low: float,
    high: float,
    marked: Mapping[str, int],
) -> CurvePicture:
    scale = max(high - low, 1e-9)

    def place(epoch: int, value: float, label: str = "") -> Place:
        return Place(
            round(WIDTH * epoch / max(len(training) - 1, 1), 1), round(HEIGHT * (high - value) / scale, 1), label
        )

    def line(curve: Sequence[float]) -> str:
        known = [place(epoch, value) for epoch, value in enumerate(curve) if math.isfinite(value)]
        return " ".join(f"{'L' if number else 'M'}{one.x} {one.y}" for number, one in enumerate(known))

    row, column = _step(scale), math.ceil(_step(len(training)))
    values = [row * number for number in range(math.ceil(low / row), math.floor(high / row) + 1)]
    marks = {name: place(epoch, validation[epoch], f"{validation[epoch]:.3f}") for name, epoch in marked.items()}
    return CurvePicture(
        name,
        line(training),
        line(validation),
        [place(0, value, f"{value:g}") for value in values],
        [place(epoch - 1, low, str(epoch)) for epoch in range(column, len(training) + 1, column)],
        {name: one for name, one in marks.items() if math.isfinite(one.y)},
    )


def _step(size: float) -> float:
    """Return 1, 2 or 5 times a power of ten of which at most so many make up the size."""
    decade = 10.0 ** math.floor(math.log10(size / _MOST_STEPS))
    return next(decade * factor for factor in (1, 2, 5, 10) if decade * factor * _MOST_STEPS >= size)
