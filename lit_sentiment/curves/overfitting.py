"""What the curves of a training say, as one verdict."""

import math
from statistics import fmean, median

from lit_sentiment.curves.history import History
from lit_sentiment.curves.learning import LARGE_CHANGE, lack_of_learning
from lit_sentiment.curves.trend import (
    FALL_FACTOR,
    condense,
    falls_clearly,
    lowest_epoch,
    may_rise,
    noise,
    rise_after_minimum,
    rises_clearly,
    stretch,
)
from lit_sentiment.curves.verdict import FEWEST_EPOCHS as FEWEST_EPOCHS
from lit_sentiment.curves.verdict import RISING_KINDS
from lit_sentiment.curves.verdict import Kind as Kind
from lit_sentiment.curves.verdict import Verdict as Verdict

SMALLEST_LOSS_OF_ACCURACY, ACCURACY_FACTOR = 0.01, 2.0
"""Validation accuracy has fallen if it lost more than this, and more than so many deviations of its noise."""
SMALL_GAP = 0.1
"""Relative to the validation loss: up to this, validation is hardly worse than training."""


def diagnose(history: History, chance: float | None = 0.5) -> Verdict:
    """Say whether, and after which epoch, the validation loss rises while the training loss falls; if not, what else.

    Losses are taken without the penalty of a regulariser, which falls by itself. Accuracies may be missing (NaN).

    Args:
        history: A training.
        chance: The accuracy of always giving the commonest label; None if it is not known, then the losses alone say
            whether anything was learnt.
    """
    train, validation = history.data_curve(), history.data_curve("val_")
    unfit = _unfit(train, validation)
    if unfit:
        return unfit
    loss_gap, accuracy_gap = validation[-1] - train[-1], history["accuracy"][-1] - history["val_accuracy"][-1]
    lack = lack_of_learning(history, chance)
    if lack:
        return Verdict(*lack, None, loss_gap, accuracy_gap)
    onset = _onset(validation)
    train_course, course = condense(train), condense(validation)
    if rises_clearly(course):
        kind, sentence = _on_rise(history, train_course, onset)
    elif _has_risen(train_course):
        kind, sentence = _diverging(train)
    elif falls_clearly(course):
        kind, sentence = _on_fall(train_course, course)
    elif may_rise(course):
        kind = "too few epochs"
        sentence = (
            f"Too few epochs to say: validation loss went from {validation[onset]:.3f} at epoch {onset + 1} to "
            f"{validation[-1]:.3f}, but in {len(history)} epochs that may be noise"
        )
    else:
        kind = "healthy"
        sentence = f"Healthy: validation loss has not clearly risen above its minimum of epoch {onset + 1}"
    sentence = f"{sentence}; {_ending(history, loss_gap, accuracy_gap)}"
    return Verdict(kind, sentence, onset if kind in RISING_KINDS else None, loss_gap, accuracy_gap)


def _unfit(train: list[float], validation: list[float]) -> Verdict | None:
    if validation and all(map(math.isnan, validation)) and all(map(math.isfinite, train)):
        return Verdict("no validation", "No verdict: without validation, nothing says whether the model overfits.")
    for epoch, losses in enumerate(zip(train, validation, strict=True), start=1):
        for name, loss in zip(("training", "validation"), losses, strict=True):
            if not math.isfinite(loss):
                return Verdict("diverged", f"Diverged: the {name} loss of epoch {epoch} is not a finite number.")
    if len(train) < FEWEST_EPOCHS:
        sentence = f"Too few epochs to say: {len(train)}, and it takes {FEWEST_EPOCHS} to see a direction."
        return Verdict("too few epochs", sentence)
    return None


def _onset(validation: list[float]) -> int:
    """Return the epoch of the minimum; of a long curve, the lowest of the stretch that is."""
    length = stretch(validation)
    start = lowest_epoch(condense(validation)) * length
    return min(range(start, min(start + length, len(validation))), key=validation.__getitem__)


def _on_rise(history: History, train_course: list[float], onset: int) -> tuple[Kind, str]:
    train, validation = history.data_curve(), history.data_curve("val_")
    if train[-1] >= train[onset] and _has_risen(train_course):
        return _diverging(train)
    rise = f" ({validation[-1] / validation[onset] - 1:+.0%})" if validation[onset] > 0 else ""
    course = "fell" if train[-1] < train[onset] else "hardly moved,"
    losses = (
        f"after epoch {onset + 1}: from there validation loss rose from {validation[onset]:.3f} to "
        f"{validation[-1]:.3f}{rise} while training loss {course} from {train[onset]:.3f} to {train[-1]:.3f}"
    )
    if not _keeps_accuracy(history["val_accuracy"], onset):
        return "overfitting", f"Overfitting {losses}"
    return "overconfident", (
        f"Overconfident {losses}, but validation accuracy did not fall: the model does not get more examples wrong, it "
        "is surer of those that it gets wrong"
    )


def _keeps_accuracy(val_accuracy: list[float], onset: int) -> bool:
    """Say whether as many examples are right at the end as at the onset, but for noise."""
    if not all(map(math.isfinite, val_accuracy)):
        return False
    errors = condense([1 - accuracy for accuracy in val_accuracy])
    lowest = onset // stretch(val_accuracy)
    at_onset = median(errors[max(0, min(lowest - 1, len(errors) - 3)) :][:3])
    allowed = max(SMALLEST_LOSS_OF_ACCURACY, ACCURACY_FACTOR * noise(errors, lowest))
    after = errors[lowest + 1 :]
    return fmean(after[-math.ceil(len(after) / 3) :]) - at_onset <= allowed


def _diverging(train: list[float]) -> tuple[Kind, str]:
    lowest = _onset(train)
    rise = f"rose from {train[lowest]:.3f} at epoch {lowest + 1} to {train[-1]:.3f} at the end"
    return "diverged", f"Diverged: training loss itself {rise}"


def _on_fall(train: list[float], validation: list[float]) -> tuple[Kind, str]:
    gap = median(here - there for here, there in zip(validation[-3:], train[-3:], strict=True))
    if gap <= SMALL_GAP * abs(validation[-1]) and falls_clearly(train):
        return "underfitting", "Underfitting: both losses were still falling at the last epoch, with hardly a gap"
    return "unfinished", "Unfinished: validation loss was still falling at the last epoch"


def _has_risen(train: list[float]) -> bool:
    least = max(LARGE_CHANGE * abs(train[0]), FALL_FACTOR * noise(train, lowest_epoch(train)))
    return rise_after_minimum(train) > least


def _ending(history: History, loss_gap: float, accuracy_gap: float) -> str:
    figures = {"training": history["accuracy"][-1], "validation": history["val_accuracy"][-1]}
    known = " and ".join(f"{value:.3f} in {name}" for name, value in figures.items() if math.isfinite(value))
    if not known:
        losses = (history.data_curve()[-1], history.data_curve("val_")[-1])
        return f"at the end loss is {losses[0]:.3f} in training and {losses[1]:.3f} in validation (gap {loss_gap:.3f})."
    gap = f"gap {accuracy_gap:.3f}, " if math.isfinite(accuracy_gap) else ""
    return f"at the end accuracy is {known} ({gap}loss gap {loss_gap:.3f})."
