"""What the curves of a training say, as one verdict."""

import math
from dataclasses import dataclass
from statistics import mean, median
from typing import Literal

from lit_sentiment.curves.history import History

FEWEST_EPOCHS = 4
"""Below this, no curve has a direction that more than one epoch bears out."""
CHANCE_MARGIN = 0.05
"""An accuracy must exceed chance by this for anything to have been learnt."""
SMALLEST_RISE = 0.05
"""Relative to its minimum, the validation loss must rise by more than this to count as rising."""
NOISE_FACTOR = 3
"""And by more than so many standard deviations of its jitter from epoch to epoch."""

Kind = Literal["overfitting", "no overfitting", "not learnt", "diverged", "too few epochs", "no validation"]


@dataclass(frozen=True)
class Verdict:
    """What a training's curves say."""

    kind: Kind
    sentence: str
    """For people; epochs in it are counted from 1."""
    onset_epoch: int | None = None
    """With overfitting: the epoch, from 0, of the smallest validation loss, after which it rises."""
    loss_gap: float = math.nan
    """Validation minus training loss at the end, penalties left out."""
    accuracy_gap: float = math.nan
    """Training minus validation accuracy at the end."""


def diagnose(history: History, chance: float = 0.5) -> Verdict:
    """Say whether, and after which epoch, the validation loss rises while the training loss falls.

    Losses are taken without the penalty of a regulariser, which falls by itself. The rise is that of the last third
    of the epochs after the minimum, on average, both taken from the running median of three epochs, so that one lucky
    or unlucky epoch decides nothing.

    Args:
        history: A training.
        chance: The accuracy of always giving the commoner label.
    """
    train, validation = history.data_curve(), history.data_curve("val_")
    if validation and all(map(math.isnan, validation)) and all(map(math.isfinite, train)):
        return Verdict("no validation", "No verdict: without validation, nothing says whether the model overfits.")
    if not all(map(math.isfinite, train + validation)):
        epoch = next(
            i for i, pair in enumerate(zip(train, validation, strict=True)) if not all(map(math.isfinite, pair))
        )
        return Verdict(
            "diverged", f"Diverged: the loss of epoch {epoch + 1} is not a number; try a lower learning rate."
        )
    if len(history) < FEWEST_EPOCHS:
        return Verdict(
            "too few epochs", f"Too few epochs to say: {len(history)}, and it takes {FEWEST_EPOCHS} to see a direction."
        )
    loss_gap = validation[-1] - train[-1]
    accuracy_gap = history["accuracy"][-1] - history["val_accuracy"][-1]
    best_accuracy, last_accuracy = (max(history["accuracy"][-n:] + history["val_accuracy"][-n:]) for n in (0, 1))
    if last_accuracy < chance + CHANCE_MARGIN:
        sentence = (
            f"Not learnt: after {len(history)} epochs no accuracy is above {last_accuracy:.3f}, where always giving "
            f"the commoner label gives {chance:.3f} (none was ever above {best_accuracy:.3f})."
        )
        return Verdict("not learnt", sentence, None, loss_gap, accuracy_gap)
    windows = [range(start, start + 3) for start in (0, *range(len(history) - 2), len(history) - 3)]
    levels = [median(validation[epoch] for epoch in window) for window in windows]
    onset = min(windows[levels.index(min(levels))], key=validation.__getitem__)
    after = levels[onset + 1 :]
    rise = mean(after[-math.ceil(len(after) / 3) :]) - min(levels) if after else 0.0
    enough = max(SMALLEST_RISE * validation[onset], NOISE_FACTOR * _jitter(validation))
    ending = (
        f"at the end accuracy is {history['accuracy'][-1]:.3f} in training and {history['val_accuracy'][-1]:.3f} in "
        f"validation (gap {accuracy_gap:.3f}, loss gap {loss_gap:.3f})."
    )
    if rise > enough and train[-1] < train[onset]:
        sentence = (
            f"Overfitting after epoch {onset + 1}: from there validation loss rose from {validation[onset]:.3f} to "
            f"{validation[-1]:.3f} ({validation[-1] / validation[onset] - 1:+.0%}) while training loss fell from "
            f"{train[onset]:.3f} to {train[-1]:.3f}; {ending}"
        )
        return Verdict("overfitting", sentence, onset, loss_gap, accuracy_gap)
    course = (
        "was still falling at the last epoch"
        if not after
        else f"has not clearly risen above its minimum of epoch {onset + 1}"
    )
    sentence = f"No overfitting: validation loss {course}; {ending}"
    return Verdict("no overfitting", sentence, None, loss_gap, accuracy_gap)


def _jitter(curve: list[float]) -> float:
    """Estimate the standard deviation of a curve's noise from its second differences, which a trend leaves small."""
    bends = [abs(before - 2 * here + after) for before, here, after in zip(curve, curve[1:], curve[2:], strict=False)]
    return 1.4826 * median(bends) / math.sqrt(6)
