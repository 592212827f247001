"""What the claims page shows as pictures; lines are means over the seeds, dots are runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lit_sentiment.claims.judged_run import Figure, JudgedRun, kept_epoch, regret
from lit_sentiment.pictures import TRAIN_COLOUR, VALIDATION_COLOUR, grid_of_axes, plain_title, save_png
from lit_sentiment.report.epoch_pictures import WRONG_STYLE
from lit_sentiment.report.report_pictures import plot_mean, plot_seeds

Series = Mapping[str, Sequence[JudgedRun]]
"""The runs of cells, by name."""
PATIENCES = range(11)


def draw_fitted_labels(cells: Series, path: Path) -> None:
    """Draw which share of the rightly and of the wrongly labelled training reviews is judged as labelled, as PNG."""
    figure, grid = grid_of_axes(1, len(cells))
    for axes, (title, runs) in zip(grid[0], cells.items(), strict=True):
        for kind, style in (("right", {}), ("wrong", WRONG_STYLE)):
            curves = []
            for one in runs:
                part = one.wrong_labels == (kind == "wrong")
                curves.append(1 - one.judgements["train"].wrong[:, part].mean(axis=1))
            plot_mean(axes, curves, color=TRAIN_COLOUR, label=f"{kind} label", **style)
        axes.set(title=plain_title(title), xlabel="epoch", ylabel="judged as labelled", ylim=(0, 1.02))
    grid[0, 0].legend(fontsize="small")
    save_png(figure, path)


def draw_doses(columns: Mapping[str, tuple[Series, Sequence[str]]], rows: Mapping[str, Figure], path: Path) -> None:
    """Draw figures at each dose as PNG: a dot for each run, means with their 95 % intervals.

    Args:
        columns: By what is varied: the cells in their order, and what the axis calls each.
        rows: The figures, by name.
        path: Where to write.
    """
    figure, grid = grid_of_axes(len(rows), len(columns))
    for column, (dose, (cells, names)) in zip(grid.T, columns.items(), strict=True):
        for axes, (name, value) in zip(column, rows.items(), strict=True):
            values = [[value(one) for one in runs] for runs in cells.values()]
            plot_seeds(axes, range(len(values)), values, color=VALIDATION_COLOUR)
            axes.set_xticks(range(len(names)), names)
            axes.set(ylabel=name, ylim=(0, None))
        column[-1].set_xlabel(dose)
    for row in grid:
        highest = max(axes.get_ylim()[1] for axes in row)
        for axes in row:
            axes.set_ylim(0, highest)
    save_png(figure, path)


def draw_patience(cells: Series, path: Path) -> None:
    """Draw what early stopping gives up, and how many epochs it trains, at each patience, as PNG."""
    figure, grid = grid_of_axes(1, 2)
    for number, (title, runs) in enumerate(cells.items()):
        given_up = [np.mean([regret(patience)(one) for one in runs]) for patience in PATIENCES]
        trained = [np.mean([kept_epoch(one.history, patience)[1] for one in runs]) for patience in PATIENCES]
        for axes, means in zip(grid[0], (given_up, trained), strict=True):
            axes.plot(PATIENCES, means, color=f"C{number}", marker="o", markersize=3, label=plain_title(title))
    grid[0, 0].set(xlabel="patience", ylabel="validation loss given up")
    grid[0, 1].set(xlabel="patience", ylabel="epochs trained")
    grid[0, 0].legend(fontsize="small")
    save_png(figure, path)
