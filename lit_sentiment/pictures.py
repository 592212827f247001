"""Pictures of curves and probabilities: the only file that imports matplotlib."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lit_sentiment.curves.history import History
from lit_sentiment.files import replace_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lit_sentiment.reference.comparison import CurveComparison

TRAIN_COLOUR, VALIDATION_COLOUR, REFERENCE_COLOUR = "#1f77b4", "#d95f02", "#222222"
LONGEST_TITLE = 36
"""In characters; more do not fit over a column."""
_PNG: dict[str, Any] = {"format": "png", "dpi": 130, "metadata": {"Software": None}}


def draw_overfitting(
    histories: Mapping[str, History], path: Path | None = None, onsets: Mapping[str, int | None] | None = None
) -> "Figure":
    """Draw loss and accuracy of several trainings, training beside validation; a notebook shows what is returned.

    Args:
        histories: By title; each training gets a column. Without any accuracy there is only a row of losses.
        path: Where to write it as PNG, if anywhere.
        onsets: By title, the epoch, from 0, after which val_loss rises; it is marked.
    """
    names = [name for name in ("loss", "accuracy") if any(_is_known(history, name) for history in histories.values())]
    figure, grid = grid_of_axes(len(names), len(histories))
    for column, (title, history) in enumerate(histories.items()):
        for axes, name in zip(grid[:, column], names, strict=True):
            for prefix, colour, label in (("", TRAIN_COLOUR, "training"), ("val_", VALIDATION_COLOUR, "validation")):
                curve = history[prefix + name]
                axes.plot(range(1, len(curve) + 1), curve, color=colour, marker="o", markersize=3, label=label)
            axes.set(xlabel="epoch", ylabel=name)
            if name == "accuracy":
                axes.set_ylim(*accuracy_limits(history["accuracy"] + history["val_accuracy"]))
        grid[0, column].axvline(history.best_epoch + 1, color="grey", linestyle=":", label="smallest val_loss")
        onset = (onsets or {}).get(title)
        if onset is not None:
            grid[0, column].axvspan(onset + 1, len(history), color="grey", alpha=0.15, label="val_loss rises")
        shown = title if len(title) <= LONGEST_TITLE else f"...{title[3 - LONGEST_TITLE :]}"
        grid[0, column].set_title(plain_title(shown))
        grid[0, column].legend(fontsize="small")
    return save_png(figure, path)


def draw_comparison(title: str, comparisons: Sequence["CurveComparison"], path: Path) -> None:
    """Draw the curves of ours over Keras's, and their difference beside Keras's own spread, as PNG.

    Args:
        title: What is compared.
        comparisons: A column each.
        path: Where to write.
    """
    figure, grid = grid_of_axes(2, len(comparisons))
    for (curve_axes, gap_axes), comparison in zip(grid.T, comparisons, strict=True):
        theirs = {"color": REFERENCE_COLOUR, "linewidth": 4, "alpha": 0.35, "label": "Keras"}
        ours = {"color": VALIDATION_COLOUR, "marker": "o", "markersize": 3, "label": "ours"}
        for curve, style in ((comparison.reference, theirs), (comparison.reproduction, ours)):
            curve_axes.plot(range(1, len(curve) + 1), curve, **style)
        epochs = range(1, len(comparison.differences) + 1)
        curve_axes.set(title=comparison.figure, xlabel="epoch")
        smallest = min(filter(None, comparison.allowed + comparison.differences), default=1e-16) / 3
        gap_axes.fill_between(
            epochs, smallest, comparison.allowed, color="grey", alpha=0.3, label="Keras against itself, or rounding"
        )
        gaps = [gap or math.nan for gap in comparison.differences]
        gap_axes.plot(epochs, gaps, color=VALIDATION_COLOUR, marker="o", markersize=3, label="|ours - Keras|")
        gap_axes.set(yscale="log", ylim=(smallest, None), xlabel="epoch")
    grid[0, 0].legend(fontsize="small")
    grid[1, 0].legend(fontsize="small")
    figure.suptitle(plain_title(title))
    save_png(figure, path)


def grid_of_axes(rows: int, columns: int) -> tuple[Any, Any]:
    """Return a matplotlib figure and its axes, an array (rows, columns), with whole numbers along the bottom."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(4 * columns, 3 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure, grid


def plain_title(title: str) -> str:
    """Return a title that matplotlib shows as it is: a dollar would begin a formula, and half a character fails."""
    return title.encode(errors="backslashreplace").decode().replace("$", r"\$")


def accuracy_limits(values: Sequence[float]) -> tuple[float, float]:
    """Return where the axis of these accuracies begins, just below one half or below the lowest, and where it ends."""
    return min([0.45, *(value - 0.02 for value in values if math.isfinite(value))]), 1.02


def save_png(figure: "Figure", path: Path | None) -> "Figure":
    """Write a figure where there is a path, whole or not at all, and return it."""
    if path is not None:
        replace_file(path, lambda file: figure.savefig(file, **_PNG))
    return figure


def _is_known(history: History, name: str) -> bool:
    return any(map(math.isfinite, history[name] + history[f"val_{name}"]))
