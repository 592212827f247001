"""What checkpoints say of reviews: how much loss comes from which, and which they get worst."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import mode

import numpy as np
import torch

from lit_sentiment.curves.history import History
from lit_sentiment.models.class_figures import confusion_matrix
from lit_sentiment.report.temperature import Rescaled, rescaled
from lit_sentiment.runs.epoch_judgements import SplitJudgements


@dataclass(frozen=True)
class Judgement:
    """What a checkpoint says of reviews, and what that is worth."""

    logits: np.ndarray
    """float64 (N,), of being positive, or (N, n), of each class."""
    labels: np.ndarray
    """int32 (N,)."""
    figures: dict[str, float]
    """As `TrainedModel.figures` gives them."""

    @cached_property
    def as_epoch(self) -> SplitJudgements:
        """The same as those of a training of one epoch."""
        return SplitJudgements(self.logits[None], self.labels)

    @property
    def is_binary(self) -> bool:
        """Whether the model gives but the probability of being positive."""
        return self.logits.ndim == 1

    @cached_property
    def by_class(self) -> np.ndarray:
        """The probability of each class, float64 (N, n)."""
        return np.exp(self.as_epoch.log_probabilities()[0])

    @property
    def judged(self) -> np.ndarray:
        """The likeliest class of each review, int (N,)."""
        return self.by_class.argmax(axis=1)

    @property
    def confusion(self) -> np.ndarray:
        """How many reviews of each class are judged to be of which, int (n labelled, n judged)."""
        return confusion_matrix(torch.from_numpy(self.by_class), torch.from_numpy(self.labels)).numpy()

    @property
    def events(self) -> tuple[np.ndarray, np.ndarray]:
        """What reliability is about: probabilities float64 (N,), of being positive or right, and whether it is so."""
        probabilities, happened = self.as_epoch.events()
        return probabilities[0], happened[0]

    @property
    def losses(self) -> np.ndarray:
        """The cross-entropy of each review, float64 (N,)."""
        return self.as_epoch.losses()[0]

    @property
    def wrong(self) -> np.ndarray:
        """Whether each review is judged to be of another class than its own, bool (N,)."""
        return self.as_epoch.wrong[0]

    @property
    def loss_of_wrong(self) -> float:
        """The part of the mean loss that comes from the reviews that are wrong."""
        return float(self.losses[self.wrong].sum() / len(self.losses))

    @property
    def certainty(self) -> float:
        """The mean probability of whichever class is thought likeliest."""
        return float(self.by_class.max(axis=1).mean())


@dataclass(frozen=True)
class RunJudgements:
    """A run, and its two checkpoints."""

    history: History
    chance: float
    """The accuracy of always giving the commonest label of the training reviews."""
    best: Judgement
    """With the weights of the smallest val_loss."""
    last: Judgement
    """With those of the last epoch."""

    @cached_property
    def rescaled(self) -> Rescaled:
        """What one temperature does to the judgements of the last epoch."""
        return rescaled(self.last.as_epoch, 0)


@dataclass(frozen=True)
class Mistake:
    """A review that the runs of a group get wrong."""

    text: str
    label: int
    probability: float
    """Of being positive, or of the class `judged` where the model has several: the mean over the seeds."""
    wrong_seeds: int
    """How many of the runs get it wrong."""
    judged: int
    """The class that most of these runs take it for."""


def worst_mistakes(judgements: Sequence[Judgement], texts: Sequence[str], count: int) -> list[Mistake]:
    """Return the reviews of the largest mean loss over the seeds, worst first; only such as most seeds get wrong."""
    losses = np.mean([judgement.losses for judgement in judgements], axis=0)
    wrong = np.sum([judgement.wrong for judgement in judgements], axis=0)
    probabilities = np.mean([judgement.by_class for judgement in judgements], axis=0)
    order = [index for index in np.argsort(-losses, kind="stable") if 2 * wrong[index] > len(judgements)]
    labels, worst = judgements[0].labels, []
    for index in order[:count]:
        judged = mode([int(one.judged[index]) for one in judgements if one.wrong[index]])
        probability = float(probabilities[index, 1 if judgements[0].is_binary else judged])
        worst.append(Mistake(texts[index], int(labels[index]), probability, int(wrong[index]), judged))
    return worst
