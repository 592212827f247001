"""What the curves of a training say, as one verdict."""

import math
from statistics import median

from lit_sentiment.curves.history import History
from lit_sentiment.curves.learning import LARGE_CHANGE, lack_of_learning
from lit_sentiment.curves.trend import (
    NOISE_FACTOR,
    SMALLEST_RISE,
    fall_ahead,
    jitter,
    keeps_rising,
    lowest_epoch,
    moves_clearly,
    rise_after_minimum,
)
from lit_sentiment.curves.verdict import FEWEST_EPOCHS as FEWEST_EPOCHS
from lit_sentiment.curves.verdict import Kind as Kind
from lit_sentiment.curves.verdict import Verdict as Verdict

EPOCHS_TO_TELL_NOISE = 8
"""In fewer, a rise that does not stand out from the jitter is no sign of health either."""
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
    onset, rise = lowest_epoch(validation), rise_after_minimum(validation)
    is_more_than_a_trifle = rise > SMALLEST_RISE * abs(validation[onset])
    if moves_clearly(rise, validation, validation[onset]) or (
        is_more_than_a_trifle and keeps_rising(validation[onset:])
    ):
        kind, sentence = _on_rise(train, validation, onset)
    elif _has_risen(train):
        kind, sentence = _diverging(train)
    elif _is_falling(validation):
        kind, sentence = _on_fall(train, validation)
    elif len(history) < EPOCHS_TO_TELL_NOISE and is_more_than_a_trifle:
        kind = "too few epochs"
        sentence = (
            f"Too few epochs to say: validation loss went from {validation[onset]:.3f} at epoch {onset + 1} to "
            f"{validation[-1]:.3f}, but in {len(history)} epochs that may be noise"
        )
    else:
        kind = "healthy"
        sentence = f"Healthy: validation loss has not clearly risen above its minimum of epoch {onset + 1}"
    sentence = f"{sentence}; {_ending(history, loss_gap, accuracy_gap)}"
    return Verdict(kind, sentence, onset if kind == "overfitting" else None, loss_gap, accuracy_gap)


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


def _on_rise(train: list[float], validation: list[float], onset: int) -> tuple[Kind, str]:
    if train[-1] >= train[onset] and _has_risen(train):
        return _diverging(train)
    rise = f" ({validation[-1] / validation[onset] - 1:+.0%})" if validation[onset] > 0 else ""
    course = "fell" if train[-1] < train[onset] else "hardly moved,"
    return "overfitting", (
        f"Overfitting after epoch {onset + 1}: from there validation loss rose from {validation[onset]:.3f} to "
        f"{validation[-1]:.3f}{rise} while training loss {course} from {train[onset]:.3f} to {train[-1]:.3f}"
    )


def _diverging(train: list[float]) -> tuple[Kind, str]:
    lowest = lowest_epoch(train)
    rise = f"rose from {train[lowest]:.3f} at epoch {lowest + 1} to {train[-1]:.3f} at the end"
    return "diverged", f"Diverged: training loss itself {rise}"


def _on_fall(train: list[float], validation: list[float]) -> tuple[Kind, str]:
    gap = median(here - there for here, there in zip(validation[-3:], train[-3:], strict=True))
    if gap <= SMALL_GAP * abs(validation[-1]) and _is_falling(train):
        return "underfitting", "Underfitting: both losses were still falling at the last epoch, with hardly a gap"
    return "unfinished", "Unfinished: validation loss was still falling at the last epoch"


def _has_risen(train: list[float]) -> bool:
    return rise_after_minimum(train) > max(LARGE_CHANGE * abs(train[0]), NOISE_FACTOR * jitter(train))


def _is_falling(curve: list[float]) -> bool:
    return moves_clearly(fall_ahead(curve), curve, curve[-1])


def _ending(history: History, loss_gap: float, accuracy_gap: float) -> str:
    figures = {"training": history["accuracy"][-1], "validation": history["val_accuracy"][-1]}
    known = " and ".join(f"{value:.3f} in {name}" for name, value in figures.items() if math.isfinite(value))
    if not known:
        losses = (history.data_curve()[-1], history.data_curve("val_")[-1])
        return f"at the end loss is {losses[0]:.3f} in training and {losses[1]:.3f} in validation (gap {loss_gap:.3f})."
    gap = f"gap {accuracy_gap:.3f}, " if math.isfinite(accuracy_gap) else ""
    return f"at the end accuracy is {known} ({gap}loss gap {loss_gap:.3f})."
