"""What a group of runs shows: its figures, its verdict, and why its loss rises."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lit_sentiment.curves.early_warning import EarlyWarning
from lit_sentiment.curves.overfitting import diagnose
from lit_sentiment.curves.verdict import Verdict
from lit_sentiment.data.labels import BINARY
from lit_sentiment.models.linear_baseline import LinearBaseline
from lit_sentiment.report.judgements import Judgement, Mistake, RunJudgements
from lit_sentiment.report.statistics import MeanOverSeeds, mean_over_seeds

EPOCH_COUNTS: dict[str, Callable[[RunJudgements], float]] = {
    "epochs": lambda one: len(one.history),
    "best epoch": lambda one: one.history.best_epoch + 1,
}
FIGURES: dict[str, Callable[[RunJudgements], float]] = {
    "val_loss, best epoch": lambda one: one.history.data_curve("val_")[one.history.best_epoch],
    "val_loss, last epoch": lambda one: one.history.data_curve("val_")[-1],
    "loss, last epoch": lambda one: one.history.data_curve()[-1],
    "val_accuracy, best epoch": lambda one: one.history["val_accuracy"][one.history.best_epoch],
    "val_accuracy, last epoch": lambda one: one.history["val_accuracy"][-1],
    "accuracy, last epoch": lambda one: one.history["accuracy"][-1],
    "gap of accuracy, last epoch": lambda one: one.history["accuracy"][-1] - one.history["val_accuracy"][-1],
    "calibration error, best epoch": lambda one: one.best.figures["calibration_error"],
    "calibration error, last epoch": lambda one: one.last.figures["calibration_error"],
    "temperature fitted on half of validation, last epoch": lambda one: one.rescaled.temperature,
    "val_loss of the other half, last epoch": lambda one: one.rescaled.loss_before,
    "val_loss of the other half with that temperature": lambda one: one.rescaled.loss,
    "calibration error of the other half with it": lambda one: one.rescaled.calibration_error,
}
"""The rows of the table of figures, after EPOCH_COUNTS; losses are without the penalty of a regulariser."""


@dataclass(frozen=True)
class Finding:
    """What the runs of a group show."""

    title: str
    judged: Sequence[RunJudgements]
    """One per seed."""
    mistakes: Sequence[Mistake]
    linear: LinearBaseline
    """What a linear model makes of the same reviews."""
    class_names: Sequence[str] = tuple(BINARY)

    @property
    def is_binary(self) -> bool:
        """Whether the model gives but the probability of being positive."""
        return self.judged[0].last.is_binary

    @property
    def confusion(self) -> list[list[int]]:
        """How many reviews of each class are judged to be of which, at the last epoch, all seeds together."""
        return np.sum([one.last.confusion for one in self.judged], axis=0).tolist()

    @property
    def seeds(self) -> int:
        """How many runs there are."""
        return len(self.judged)

    def mean(self, figure: str) -> MeanOverSeeds:
        """Return the mean over the seeds of one of FIGURES or EPOCH_COUNTS."""
        value = {**EPOCH_COUNTS, **FIGURES}[figure]
        return mean_over_seeds([float(value(one)) for one in self.judged])

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What the curves of each run say."""
        return [diagnose(one.history, one.chance) for one in self.judged]

    @property
    def early_warning(self) -> EarlyWarning:
        """How early the curves say so."""
        return EarlyWarning.of((one.history, one.chance) for one in self.judged)

    @property
    def kinds(self) -> Sequence[tuple[str, int]]:
        """The kinds of verdict and how many seeds have each, the commonest first."""
        return Counter(verdict.kind for verdict in self.verdicts).most_common()

    @property
    def verdict(self) -> str:
        """Say in a sentence what the curves of all the seeds say; epochs are counted from 1."""
        if self.seeds == 1:
            return self.verdicts[0].sentence
        counted = ", ".join(f"{kind} in {count} of {self.seeds} seeds" for kind, count in self.kinds)
        onsets = sorted(verdict.onset_epoch + 1 for verdict in self.verdicts if verdict.onset_epoch is not None)
        where = f" (after epoch {_span(onsets)})" if onsets else ""
        loss, loss_end, accuracy, val_accuracy = (
            self.mean(figure).rounded(3, interval=False)
            for figure in (
                "val_loss, best epoch",
                "val_loss, last epoch",
                "accuracy, last epoch",
                "val_accuracy, last epoch",
            )
        )
        return (
            f"{counted[0].upper()}{counted[1:]}{where}: on average validation loss is {loss} at its best "
            f"and {loss_end} at the end, where accuracy is {accuracy} in training and {val_accuracy} in validation."
        )

    @property
    def why(self) -> str:
        """Say where the validation loss comes from, at the best epoch and at the last; means over the seeds."""
        wrong, wrong_end = self._at_both(lambda judgement: float(judgement.wrong.mean()))
        certain, certain_end = self._at_both(lambda judgement: judgement.certainty)
        loss, loss_end = self._at_both(lambda judgement: float(judgement.losses.mean()))
        part, part_end = self._at_both(lambda judgement: judgement.loss_of_wrong)
        return (
            f"from the best epoch to the last the share of wrong reviews goes from {wrong} to {wrong_end}, and the "
            f"mean certainty from {certain} to {certain_end}. At the best epoch {part} of the validation loss of "
            f"{loss} come from the wrong reviews, at the last {part_end} of {loss_end}."
        )

    def _at_both(self, value: Callable[[Judgement], float]) -> tuple[str, str]:
        best = mean_over_seeds([value(one.best) for one in self.judged])
        last = mean_over_seeds([value(one.last) for one in self.judged])
        return best.rounded(3, interval=False), last.rounded(3, interval=False)


def _span(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if numbers[0] == numbers[-1] else f"{numbers[0]} to {numbers[-1]}"
