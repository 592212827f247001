"""A verdict on the curves of a training, and what to try next."""

import math
from dataclasses import dataclass
from typing import Literal

FEWEST_EPOCHS = 4
"""Below this, no curve has a direction that more than one epoch bears out."""

Kind = Literal[
    "overfitting",
    "overconfident",
    "underfitting",
    "unfinished",
    "healthy",
    "not learnt",
    "collapsed",
    "diverged",
    "too few epochs",
    "no validation",
]

_CLIPPING = "clipped gradients (`fit --optimizer torch.optim.Adam --trainer.gradient_clip_val 1`)"
RISING_KINDS: tuple[Kind, ...] = ("overfitting", "overconfident")
"""The kinds in which validation loss rises while training loss does not: they have an onset."""

_SUGGESTIONS: dict[Kind, tuple[str, ...]] = {
    "overfitting": (
        "stop after epoch {onset}, by early stopping on val_loss (`fit --trainer.callbacks KerasEarlyStopping`)",
        "more training data, dropout, weight decay, or a smaller model",
        "read the validation examples that are wrong with most certainty: their labels may be wrong",
    ),
    "overconfident": (
        "nothing, if only the label matters: validation accuracy has not suffered",
        "if probabilities matter: stop after epoch {onset}, by early stopping on val_loss "
        "(`fit --trainer.callbacks KerasEarlyStopping`), or divide the logits by one temperature that is fitted on "
        "validation examples",
        "label smoothing, more training data, dropout, or weight decay",
    ),
    "underfitting": (
        "train longer: neither loss has levelled off",
        "a higher learning rate",
        "a larger model, or less regularisation",
    ),
    "unfinished": (
        "train longer, until validation loss levels off, with early stopping on val_loss",
        "more training data or dropout, if the gap between training and validation matters",
    ),
    "healthy": (
        "keep the weights of the epoch with the smallest validation loss",
        "if that is not good enough: more or cleaner data, or a larger model, one change at a time",
    ),
    "not learnt": (
        "weaker regularisation (an L2 of 0.01 on an embedding keeps these models at chance)",
        "a learning rate ten times as high, then one a tenth as high",
        "check that labels belong to their inputs, and that the model can learn 20 examples by heart",
    ),
    "collapsed": (
        f"a learning rate a third as high, or {_CLIPPING}",
        "weaker regularisation",
        "keep the weights of the best epoch, by early stopping on val_loss",
    ),
    "diverged": (
        "a learning rate a tenth as high",
        _CLIPPING,
        "look for broken values in the data, and for a logarithm of or a division by 0",
    ),
    "too few epochs": (
        f"train for at least {FEWEST_EPOCHS} epochs, better 10, and keep the weights of the best one",
        "if the curve stays noisy: a larger validation set, or the mean over several seeds",
    ),
    "no validation": ("keep a part of the data for validation, and log its loss after each epoch",),
}


@dataclass(frozen=True)
class Verdict:
    """What a training's curves say."""

    kind: Kind
    sentence: str
    """For people; epochs in it are counted from 1."""
    onset_epoch: int | None = None
    """With RISING_KINDS: the epoch, from 0, of the smallest validation loss, after which it rises."""
    loss_gap: float = math.nan
    """Validation minus training loss at the end, penalties left out."""
    accuracy_gap: float = math.nan
    """Training minus validation accuracy at the end."""

    @property
    def suggestions(self) -> tuple[str, ...]:
        """What to try next, one to three things; epochs in them are counted from 1."""
        onset = 1 + (self.onset_epoch or 0)
        return tuple(suggestion.format(onset=onset) for suggestion in _SUGGESTIONS[self.kind])
