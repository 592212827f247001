"""What runs that recorded their judgements show, epoch by epoch; lines are means over the runs of a group."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lit_sentiment.pictures import TRAIN_COLOUR, VALIDATION_COLOUR, plain_title, save_png
from lit_sentiment.report.report_pictures import columns_of_two, plot_mean
from lit_sentiment.report.temperature import rescaled
from lit_sentiment.runs.epoch_judgements import JudgedSplit, SplitJudgements

if TYPE_CHECKING:
    from matplotlib.figure import Figure

JudgedRuns = Mapping[str, Sequence[Mapping[JudgedSplit, SplitJudgements]]]
"""The judgements of each run, by the title of its group."""
WRONG_STYLE = {"linestyle": "--"}
_SPLITS: Mapping[JudgedSplit, tuple[str, str]] = {
    "train": ("training", TRAIN_COLOUR),
    "validation": ("validation", VALIDATION_COLOUR),
}


def draw_right_and_wrong(cells: JudgedRuns, path: Path | None = None) -> "Figure":
    """Draw loss and entropy of the reviews that are right and wrong in each epoch, as PNG if it has a path."""
    figure, columns = columns_of_two(len(cells))
    for column, (title, runs) in zip(columns, cells.items(), strict=True):
        for split, (name, colour) in _SPLITS.items():
            judged = [one[split] for one in runs]
            for kind, style in (("right", {}), ("wrong", WRONG_STYLE)):
                parts = [one.wrong == (kind == "wrong") for one in judged]
                for axes, values in zip(
                    column, ([one.losses() for one in judged], [one.entropies for one in judged]), strict=True
                ):
                    means = [_means(*both) for both in zip(values, parts, strict=True)]
                    plot_mean(axes, means, color=colour, label=f"{name}, {kind}", **style)
        for axes, name in zip(column, ("loss", "entropy"), strict=True):
            axes.set(xlabel="epoch", ylabel=f"mean {name}", ylim=(0, None))
        column[0].set_title(plain_title(title))
    columns[0][0].legend(fontsize="small")
    return save_png(figure, path)


def draw_temperatures(cells: JudgedRuns, path: Path | None = None) -> "Figure":
    """Draw loss and calibration error of half of validation, with the temperature of the rest or without, likewise."""
    figure, columns = columns_of_two(len(cells))
    for column, (title, runs) in zip(columns, cells.items(), strict=True):
        epochs = [
            [rescaled(one["validation"], epoch) for epoch in range(len(one["validation"].logits))] for one in runs
        ]
        for axes, name in zip(column, ("loss", "calibration_error"), strict=True):
            for field, style, label in ((f"{name}_before", "-", "as trained"), (name, "--", "with one temperature")):
                curves = [[getattr(one, field) for one in run] for run in epochs]
                plot_mean(axes, curves, linestyle=style, color=VALIDATION_COLOUR, label=label)
            axes.set(xlabel="epoch", ylabel=f"validation {name.replace('_', ' ')}", ylim=(0, None))
        column[0].set_title(plain_title(title))
    columns[0][0].legend(fontsize="small")
    return save_png(figure, path)


def _means(values: np.ndarray, part: np.ndarray) -> list[float]:
    """Return the mean of each epoch over a part of the reviews, NaN where it has none."""
    return [float(row[chosen].mean()) if chosen.any() else np.nan for row, chosen in zip(values, part, strict=True)]
