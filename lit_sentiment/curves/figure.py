"""Pictures of curves: the only file that imports matplotlib."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lit_sentiment.curves.history import History
from lit_sentiment.files import replace_file

if TYPE_CHECKING:
    from lit_sentiment.reference.comparison import CurveComparison

TRAIN_COLOUR, VALIDATION_COLOUR, REFERENCE_COLOUR = "#1f77b4", "#d95f02", "#222222"
_PNG = {"format": "png", "dpi": 130, "metadata": {"Software": None}}


def draw_overfitting(histories: Mapping[str, History], path: Path) -> None:
    """Draw loss and accuracy of several trainings, training beside validation, as PNG.

    Args:
        histories: By title; each training gets a column.
        path: Where to write.
    """
    figure, grid = _grid(2, len(histories))
    for column, (title, history) in enumerate(histories.items()):
        for axes, name in zip(grid[:, column], ("loss", "accuracy"), strict=True):
            for prefix, colour, label in (("", TRAIN_COLOUR, "training"), ("val_", VALIDATION_COLOUR, "validation")):
                curve = history[prefix + name]
                axes.plot(range(1, len(curve) + 1), curve, color=colour, marker="o", markersize=3, label=label)
            axes.set(xlabel="epoch", ylabel=name)
        grid[1, column].set_ylim(0.45, 1.02)
        grid[0, column].axvline(history.best_epoch + 1, color="grey", linestyle=":", label="smallest val_loss")
        grid[0, column].set_title(title)
        grid[0, column].legend(fontsize="small")
    replace_file(path, lambda file: figure.savefig(file, **_PNG))


def draw_comparison(title: str, comparisons: Sequence["CurveComparison"], path: Path) -> None:
    """Draw the curves of ours over Keras's, and their difference beside Keras's own spread, as PNG.

    Args:
        title: What is compared.
        comparisons: A column each.
        path: Where to write.
    """
    figure, grid = _grid(2, len(comparisons))
    for (curve_axes, gap_axes), comparison in zip(grid.T, comparisons, strict=True):
        epochs = range(1, len(comparison.reference) + 1)
        curve_axes.plot(epochs, comparison.reference, color=REFERENCE_COLOUR, linewidth=4, alpha=0.35, label="Keras")
        curve_axes.plot(
            epochs, comparison.reproduction, color=VALIDATION_COLOUR, marker="o", markersize=3, label="ours"
        )
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
    figure.suptitle(title)
    replace_file(path, lambda file: figure.savefig(file, **_PNG))


def _grid(rows: int, columns: int) -> tuple[Any, Any]:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(4 * columns, 3 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure, grid
