"""What a report shows as pictures."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from lit_sentiment.models.classification import reliability
from lit_sentiment.pictures import (
    REFERENCE_COLOUR,
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    accuracy_limits,
    grid_of_axes,
    plain_title,
    save_png,
)
from lit_sentiment.report.dose_response import RESPONSES, DoseResponse
from lit_sentiment.report.findings import Finding
from lit_sentiment.report.statistics import mean_over_seeds
from lit_sentiment.report.study_runs import RunGroup

COLUMNS = 5
"""Groups beside each other; more go below."""
DECADES = 30
"""From how many times the smallest value on the largest is drawn on a logarithmic axis."""


def draw_bands(groups: Sequence[RunGroup], path: Path) -> None:
    """Draw loss and accuracy of each group as PNG: the mean over the seeds, the band of all of them, and Keras's mean.

    Where early stopping ends runs in different epochs, an epoch has the runs that reached it.
    """
    figure, columns = columns_of_two(len(groups))
    for column, group in zip(columns, groups, strict=True):
        for axes, name in zip(column, ("loss", "accuracy"), strict=True):
            for figure_name, colour, label in (
                (name, TRAIN_COLOUR, "training"),
                (f"val_{name}", VALIDATION_COLOUR, "validation"),
            ):
                ours = [run.history[figure_name] for run in group.runs]
                plot_mean(axes, ours, color=colour, label=label)
                lowest, highest = over_runs(min, ours), over_runs(max, ours)
                epochs = range(1, len(lowest) + 1)
                axes.fill_between(epochs, lowest, highest, color=colour, alpha=0.2, linewidth=0)
                theirs = [reference.curves[figure_name] for _, reference in group.referenced]
                if theirs:
                    style = {"color": REFERENCE_COLOUR, "linestyle": (0, (1, 2)), "linewidth": 2}
                    label = "Keras" if figure_name == name else "_"
                    plot_mean(axes, theirs, **style, label=label)
            axes.set(xlabel="epoch", ylabel=name)
        title = plain_title(group.title)
        column[0].set_title(f"{title} ({len(group.runs)} seeds)" if len(group.runs) > 1 else title)
        column[1].set_ylim(*accuracy_limits(_accuracies(group)))
    columns[0][0].legend(fontsize="small")
    save_png(figure, path)


def draw_reliability(findings: Sequence[Finding], path: Path) -> None:
    """Draw the reliability diagram of each group as PNG, at the best epoch and at the last, all seeds together."""
    figure, columns = columns_of_two(len(findings))
    for (diagram, counts), finding in zip(columns, findings, strict=True):
        diagram.plot([0, 1], [0, 1], color="grey", linestyle=":", label="calibrated")
        for name, colour in (("best", TRAIN_COLOUR), ("last", VALIDATION_COLOUR)):
            events = zip(*(getattr(run, name).events for run in finding.judged), strict=True)
            probabilities, happened = map(np.concatenate, events)
            bins = reliability(probabilities, happened)
            points = [(part.mean_probability, part.positive_fraction) for part in bins]
            diagram.plot(*zip(*points, strict=True), color=colour, marker="o", markersize=4, label=f"{name} epoch")
            counts.hist(
                probabilities, bins=20, range=(0, 1), histtype="step", color=colour, weights=_shares(probabilities)
            )
        share, event = ("positive", "a positive review") if finding.is_binary else ("right", "the class judged")
        diagram.set(title=plain_title(finding.title), ylim=(0, 1), ylabel=f"{share}, of those")
        counts.set(xlabel=f"probability of {event}", ylabel="share of reviews")
        for axes in (diagram, counts):
            axes.set(xlim=(0, 1), xticks=np.linspace(0, 1, 6))
    columns[0][0].legend(fontsize="small")
    save_png(figure, path)


def draw_dose_response(response: DoseResponse, path: Path) -> None:
    """Draw what each value of a varied option gives as PNG: a dot for each seed, the mean, its interval, and Keras's.

    Numbers that span decades have a logarithmic axis; values that are no numbers stand side by side.
    """
    figure, grid = grid_of_axes(2, len(RESPONSES) // 2)
    scale, places = _axis(response.doses)
    for axes, (name, value) in zip(grid.flat, RESPONSES.items(), strict=True):
        for number, (title, groups) in enumerate(response.lines.items()):
            ours = [[value(run.history) for run in group.runs] for group in groups]
            plot_seeds(axes, places, ours, color=f"C{number}", label=plain_title(title))
            for place, group in zip(places, groups, strict=True):
                theirs = [value(history) for history in response.keras(group)]
                axes.plot([place] * len(theirs), theirs, "x", color=REFERENCE_COLOUR, markersize=6)
        if scale is None:
            axes.set_xticks(places, [plain_title(str(dose)) for dose in response.doses], rotation=20)
        else:
            axes.set_xscale(scale)
        axes.set(title=name, xlabel=plain_title(response.option))
    if len(response.lines) > 1:
        grid[0, 0].legend(fontsize="small")
    save_png(figure, path)


def _axis(doses: Sequence[Any]) -> tuple[str | None, list[float]]:
    """Return the scale of an axis of these values, None for names, and where each stands on it."""
    numbers = [dose for dose in doses if isinstance(dose, int | float) and not isinstance(dose, bool)]
    if len(numbers) < len(doses):
        return None, list(range(len(doses)))
    positive = [number for number in numbers if number > 0]
    if positive and max(positive) >= DECADES * min(positive):
        return ("log", numbers) if len(positive) == len(numbers) else (None, list(range(len(doses))))
    return "linear", numbers


def columns_of_two(count: int) -> tuple[Any, list[Any]]:
    """Return a figure and its axes, a pair for each of `count`, one above the other; rows of at most COLUMNS pairs."""
    across = min(count, COLUMNS)
    rows = -(-count // across)
    figure, grid = grid_of_axes(2 * rows, across)
    pairs = [grid[2 * row : 2 * row + 2, column] for row in range(rows) for column in range(across)]
    for unused in pairs[count:]:
        for axes in unused:
            axes.set_axis_off()
    return figure, pairs[:count]


def _accuracies(group: RunGroup) -> list[float]:
    trainings = [run.history.curves for run in group.runs] + [reference.curves for _, reference in group.referenced]
    return [value for curves in trainings for name in ("accuracy", "val_accuracy") for value in curves[name]]


def plot_mean(axes: Any, curves: Sequence[Sequence[float]], **style: Any) -> None:
    """Plot the mean of each epoch over the runs that reached it."""
    means = over_runs(np.mean, curves)
    axes.plot(range(1, len(means) + 1), means, **style)


def plot_seeds(
    axes: Any, places: Sequence[float], values: Sequence[Sequence[float]], color: str, label: str | None = None
) -> None:
    """Plot a dot for each seed at each place, and a line of their means with 95 % intervals."""
    for place, seeds in zip(places, values, strict=True):
        axes.plot([place] * len(seeds), seeds, "o", color=color, alpha=0.35, markersize=4)
    means = [mean_over_seeds(seeds) for seeds in values]
    middles, widths = [one.value for one in means], [one.half_width for one in means]
    axes.errorbar(places, middles, widths, color=color, capsize=3, label=label)


def over_runs(summary: Any, curves: Sequence[Sequence[float]]) -> list[float]:
    """Return a summary, such as the mean, of each epoch over the runs that reached it."""
    per_epoch = ([value for value in values if value is not None] for values in zip_longest(*curves))
    return [float(summary(values)) for values in per_epoch]


def _shares(values: np.ndarray) -> np.ndarray:
    return np.full(len(values), 1 / len(values))
