"""Whether a training has learnt anything."""

import math
from statistics import median

from lit_sentiment.curves.history import History
from lit_sentiment.curves.trend import FALL_FACTOR, noise
from lit_sentiment.curves.verdict import Kind

CHANCE_MARGIN = 0.05
"""An accuracy must exceed chance by this for anything to have been learnt."""
SMALLEST_FALL = 0.02
"""Without accuracies: relative to the first epoch, a loss must fall by this for anything to have been learnt."""
LARGE_CHANGE = 0.1
"""Relative to the first epoch, a loss that moves by this has surely moved."""
FAR_ABOVE = 0.5
"""Relative to the first epoch, a loss this far above it is not that of a model that merely forgot."""

LOSSES_OF_CERTAIN_MISTAKES = ((15.2, 16.2), (99.0, 101.0))
"""The loss of an example judged wrongly with all certainty, where probabilities are clipped.

Keras clips at 1e-7: -log(1e-7) is 16.1, and 15.2 to 16 in rounded arithmetic. PyTorch's BCELoss clips the logarithm at
-100.
"""
SATURATED = (
    "Every wrong example costs the most that clipping allows: look at the output activation (a softmax over one unit, "
    "a sigmoid that is missing or applied twice)."
)


def lack_of_learning(history: History, chance: float | None) -> tuple[Kind, str] | None:
    """Say that nothing was learnt, or that what was learnt is lost, or return None.

    Accuracies decide where both are there and chance is known; a validation accuracy alone can show that something was
    learnt; the losses decide otherwise.

    Args:
        history: A training with finite losses.
        chance: The accuracy of always giving the commonest label, if it is known.
    """
    lack = _lack(history, chance)
    if lack and lack[0] == "not learnt" and _is_saturated(history, 0.5 if chance is None else chance):
        kind, sentence = lack
        return kind, f"{sentence} {SATURATED}"
    return lack


def _lack(history: History, chance: float | None) -> tuple[Kind, str] | None:
    accuracies = [history["accuracy"], history["val_accuracy"]]
    if chance is not None and math.isfinite(history["val_accuracy"][-1]):
        last = max(curve[-1] for curve in accuracies if math.isfinite(curve[-1]))
        if last >= chance + CHANCE_MARGIN:
            return None
        if math.isfinite(history["accuracy"][-1]):
            return _by_accuracy(accuracies, last, chance)
    return _by_loss(history.data_curve(), history.data_curve("val_"))


def _is_saturated(history: History, chance: float) -> bool:
    for prefix in ("", "val_"):
        loss, accuracy = history.data_curve(prefix)[-1], history[f"{prefix}accuracy"][-1]
        wrong = 1 - (accuracy if accuracy < 1 else chance)
        if wrong and any(least <= loss / wrong <= most for least, most in LOSSES_OF_CERTAIN_MISTAKES):
            return True
    return False


def _by_accuracy(accuracies: list[list[float]], last: float, chance: float) -> tuple[Kind, str]:
    best = max(value for curve in accuracies for value in curve if math.isfinite(value))
    epochs = len(accuracies[0])
    common = f"where always giving the commonest label gives {chance:.3f}"
    if best < chance + CHANCE_MARGIN:
        sentence = f"after {epochs} epochs no accuracy is above {last:.3f}, {common} (none was ever above {best:.3f})."
        return "not learnt", f"Not learnt: {sentence}"
    best_epoch = min(curve.index(best) for curve in accuracies if best in curve) + 1
    sentence = f"accuracy was {best:.3f} at epoch {best_epoch}, and is {last:.3f} at the end, {common}."
    return "collapsed", f"Collapsed: {sentence}"


def _by_loss(train: list[float], validation: list[float]) -> tuple[Kind, str] | None:
    if _has_fallen(train) or _has_fallen(validation):
        return None
    first, last, lowest = train[0], median(train[-3:]), min(train)
    if first - lowest > LARGE_CHANGE * abs(first) and last - first <= FAR_ABOVE * abs(first):
        sentence = f"training loss fell from {first:.3f} to {lowest:.3f} at epoch {train.index(lowest) + 1}"
        return "collapsed", f"Collapsed: {sentence}, and is back at {train[-1]:.3f}."
    if last - first > LARGE_CHANGE * abs(first):
        return "diverged", f"Diverged: training loss itself rose, from {first:.3f} at epoch 1 to {train[-1]:.3f}."
    sentence = f"in {len(train)} epochs training loss hardly moved, from {first:.3f} to {train[-1]:.3f}"
    return "not learnt", f"Not learnt: {sentence}, and validation loss did not fall either."


def _has_fallen(curve: list[float]) -> bool:
    fall, first = curve[0] - median(curve[-3:]), abs(curve[0])
    return fall > SMALLEST_FALL * first and fall > min(LARGE_CHANGE * first, FALL_FACTOR * noise(curve, len(curve)))
