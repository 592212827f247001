"""The pictures of a report."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from lit_sentiment.curves.figure import (
    REFERENCE_COLOUR,
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    accuracy_limits,
    grid_of_axes,
    plain_title,
    save_png,
)
from lit_sentiment.report.calibration import reliability
from lit_sentiment.report.findings import Finding
from lit_sentiment.report.study_runs import RunGroup


def draw_bands(groups: Sequence[RunGroup], path: Path) -> None:
    """Draw loss and accuracy of each group as PNG: the mean over the seeds, the band of all of them, and Keras's mean.

    Where early stopping ends runs in different epochs, an epoch has the runs that reached it.
    """
    figure, grid = grid_of_axes(2, len(groups))
    for column, group in zip(grid.T, groups, strict=True):
        for axes, name in zip(column, ("loss", "accuracy"), strict=True):
            for figure_name, colour, label in (
                (name, TRAIN_COLOUR, "training"),
                (f"val_{name}", VALIDATION_COLOUR, "validation"),
            ):
                ours = [run.history[figure_name] for run in group.runs]
                epochs = range(1, max(map(len, ours)) + 1)
                axes.plot(epochs, _over_runs(np.mean, ours), color=colour, label=label)
                axes.fill_between(
                    epochs, _over_runs(min, ours), _over_runs(max, ours), color=colour, alpha=0.2, linewidth=0
                )
                theirs = [reference.curves[figure_name] for _, reference in group.referenced]
                if theirs:
                    style = {"color": REFERENCE_COLOUR, "linestyle": (0, (1, 2)), "linewidth": 2}
                    label = "Keras" if figure_name == name else "_"
                    axes.plot(range(1, max(map(len, theirs)) + 1), _over_runs(np.mean, theirs), **style, label=label)
            axes.set(xlabel="epoch", ylabel=name)
        title = plain_title(group.title)
        column[0].set_title(f"{title} ({len(group.runs)} seeds)" if len(group.runs) > 1 else title)
        column[1].set_ylim(*accuracy_limits(_accuracies(group)))
    grid[0, 0].legend(fontsize="small")
    save_png(figure, path)


def draw_reliability(findings: Sequence[Finding], path: Path) -> None:
    """Draw the reliability diagram of each group as PNG, at the best epoch and at the last, all seeds together."""
    figure, grid = grid_of_axes(2, len(findings))
    for (diagram, counts), finding in zip(grid.T, findings, strict=True):
        diagram.plot([0, 1], [0, 1], color="grey", linestyle=":", label="calibrated")
        for name, colour in (("best", TRAIN_COLOUR), ("last", VALIDATION_COLOUR)):
            judged = [getattr(run, name) for run in finding.judged]
            probabilities = np.concatenate([one.probabilities for one in judged])
            bins = reliability(probabilities, np.concatenate([one.labels for one in judged]))
            points = [(part.mean_probability, part.positive_fraction) for part in bins]
            diagram.plot(*zip(*points, strict=True), color=colour, marker="o", markersize=4, label=f"{name} epoch")
            counts.hist(
                probabilities, bins=20, range=(0, 1), histtype="step", color=colour, weights=_shares(probabilities)
            )
        diagram.set(title=plain_title(finding.title), ylim=(0, 1), ylabel="positive, of those")
        counts.set(xlabel="probability of a positive review", ylabel="share of reviews")
        for axes in (diagram, counts):
            axes.set(xlim=(0, 1), xticks=np.linspace(0, 1, 6))
    grid[0, 0].legend(fontsize="small")
    save_png(figure, path)


def _accuracies(group: RunGroup) -> list[float]:
    trainings = [run.history.curves for run in group.runs] + [reference.curves for _, reference in group.referenced]
    return [value for curves in trainings for name in ("accuracy", "val_accuracy") for value in curves[name]]


def _over_runs(summary: Any, curves: Sequence[Sequence[float]]) -> list[float]:
    per_epoch = ([value for value in values if value is not None] for values in zip_longest(*curves))
    return [float(summary(values)) for values in per_epoch]


def _shares(values: np.ndarray) -> np.ndarray:
    return np.full(len(values), 1 / len(values))
