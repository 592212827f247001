"""What the values of a varied option give: best validation loss, rise, gap and best epoch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lit_sentiment.curves.history import History
from lit_sentiment.report.statistics import MeanOverSeeds, Shares, mean_over_seeds, shares_of_variation
from lit_sentiment.report.study_runs import RunGroup

RESPONSES: dict[str, Callable[[History], float]] = {
    "best validation loss": lambda history: min(history.data_curve("val_")),
    "rise after it": lambda history: history.rise,
    "gap of the losses at the end": lambda history: history.data_curve("val_")[-1] - history.data_curve()[-1],
    "best epoch": lambda history: history.data_curve("val_").index(min(history.data_curve("val_"))) + 1.0,
}
"""All of the data loss, so that the strength of a penalty is not judged by its own size; the epoch counts from 1."""


@dataclass(frozen=True)
class DoseResponse:
    """The groups of a study by the value of one option that it varies."""

    option: str
    doses: Sequence[Any]
    """Its values, numbers in their order."""
    lines: Mapping[str, Sequence[RunGroup]]
    """By what else is the same in them: a group for each of `doses`."""

    def mean(self, group: RunGroup, response: str) -> MeanOverSeeds:
        """Return the mean of one of RESPONSES over the seeds of a group."""
        return mean_over_seeds([RESPONSES[response](run.history) for run in group.runs])

    def keras(self, group: RunGroup) -> list[History]:
        """Return Keras's own trainings of a group; none with a penalty, which its curves do not tell from the loss."""
        runs = [
            (run, reference) for run, reference in group.referenced if run.history.data_curve() == run.history["loss"]
        ]
        return [History({**History().curves, **reference.curves}) for _, reference in runs]

    def shares(self, line: str) -> Shares | None:
        """Return whose the variation of the best validation loss is, as `shares_of_variation` does."""
        best = RESPONSES["best validation loss"]
        return shares_of_variation([{run.seed: best(run.history) for run in group.runs} for group in self.lines[line]])


def dose_responses(groups: Sequence[RunGroup]) -> list[DoseResponse]:
    """Return one for each option that a study varied; of a grid, a line for each combination of the other options.

    Values that were not trained for every line are left out.
    """
    options = list(dict.fromkeys(option for group in groups for option in group.varied))
    return [found for option in options if (found := _of(option, groups)) is not None]


def unanswered(groups: Sequence[RunGroup], responses: Sequence[DoseResponse]) -> list[str]:
    """Return a line for each option that a study or a search varied without a value to set another one beside."""
    answered = {response.option for response in responses}
    return [
        f"what {option} changes: expected two of its values or more with all else the same, found none, as in a search "
        f"of several options; study --vary trains each combination"
        for option in dict.fromkeys(option for group in groups for option in group.varied)
        if option not in answered
    ]


def _of(option: str, groups: Sequence[RunGroup]) -> DoseResponse | None:
    lines: dict[str, dict[Any, RunGroup]] = {}
    values: dict[str, Any] = {}
    for group in groups:
        if option not in group.varied:
            continue
        others = [f"{name}={value}" for name, value in group.varied.items() if name != option]
        dose = group.varied[option]
        values[str(dose)] = _as_number(dose)
        lines.setdefault(", ".join([group.base, *others]), {})[str(dose)] = group
    shared = [dose for dose in values if all(dose in line for line in lines.values())]
    if all(isinstance(values[dose], int | float) for dose in shared):
        shared.sort(key=values.__getitem__)
    if len(shared) < 2:
        return None
    return DoseResponse(
        option,
        [values[dose] for dose in shared],
        {title: [line[dose] for dose in shared] for title, line in lines.items()},
    )


def _as_number(value: Any) -> Any:
    """Return the number that a text such as 1e-6 stands for, or the value itself."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
