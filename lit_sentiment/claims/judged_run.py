"""A finished run with what it says of every review, and the figures that the claims are about."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import mean

import numpy as np
import torch

from lit_sentiment.curves.early_warning import epochs_until_told
from lit_sentiment.curves.history import History
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.report.study_runs import StudyRun
from lit_sentiment.report.temperature import rescaled
from lit_sentiment.runs.epoch_judgements import JudgedSplit, SplitJudgements

DRAWS = 20
"""Of units to switch off; the accuracy is the mean over them."""


@dataclass(frozen=True)
class JudgedRun:
    """A run of a cell; epochs are counted from 0, losses are without a penalty."""

    run: StudyRun
    data: ReviewData
    judgements: Mapping[JudgedSplit, SplitJudgements]
    """What it says of the reviews of each split after every epoch."""

    @property
    def history(self) -> History:
        """Its curves."""
        return self.run.history

    @property
    def losses(self) -> list[float]:
        """The validation losses."""
        return self.history.data_curve("val_")

    @property
    def best(self) -> int:
        """The epoch of the smallest of them."""
        return self.losses.index(min(self.losses))

    @property
    def wrong_labels(self) -> np.ndarray:
        """Which training reviews are known to have a wrong label, bool (N,)."""
        train = self.judgements["train"]
        return np.zeros(len(train.labels), dtype=bool) if train.wrong_labels is None else train.wrong_labels

    @cached_property
    def trained(self) -> TrainedModel:
        """The model of the last epoch."""
        return TrainedModel.open(self.run.folder.last_checkpoint)

    @cached_property
    def norm(self) -> float:
        """The length of all weights as one vector, at the last epoch."""
        weights = [weight.detach().double().flatten() for weight in self.trained.model.parameters()]
        return float(torch.cat(weights).norm())

    @cached_property
    def lost_without_half_the_units(self) -> float:
        """How much validation accuracy falls where a random half of the units before the last layer give 0."""
        *layers, last = self.trained.model.layers
        reviews = self.data.arrays("validation")
        outputs, generator = torch.from_numpy(reviews.token_ids), np.random.default_rng(0)
        with torch.inference_mode():
            for layer in layers:
                outputs = layer(outputs)
            width = outputs.shape[1]
            kept = [torch.from_numpy(generator.permutation(width) < width / 2) for _ in range(DRAWS)]
            whole, *parts = (
                self._accuracy(last(outputs * mask), reviews.labels) for mask in (torch.ones(width), *kept)
            )
        return whole - mean(parts)

    @staticmethod
    def _accuracy(probabilities: torch.Tensor, labels: np.ndarray) -> float:
        """Return the accuracy of the outputs (N, 1) or (N, n) of the last layer."""
        judged = probabilities.argmax(-1) if probabilities.shape[-1] > 1 else probabilities.squeeze(-1) > 0.5
        return float((judged.numpy() == labels).mean())


Figure = Callable[[JudgedRun], float]
"""NaN where a run does not have it."""


def best_loss(one: JudgedRun) -> float:
    """Return the smallest validation loss."""
    return min(one.losses)


def rise(one: JudgedRun) -> float:
    """Return how far the validation loss of the last epoch is above the smallest; never below 0, even by chance."""
    return one.history.rise


def rise_after_epochs(epochs: int) -> Figure:
    """Return the figure of the rise after so many epochs."""
    return lambda one: one.losses[epochs - 1] - min(one.losses[:epochs]) if len(one.losses) >= epochs else math.nan


def rise_of_errors(one: JudgedRun) -> float:
    """Return by how much the share of wrong validation reviews grows from the best epoch to the last."""
    accuracy = one.history["val_accuracy"]
    return accuracy[one.best] - accuracy[-1]


def error_at_best(one: JudgedRun) -> float:
    """Return the share of validation reviews that is wrong at the best epoch."""
    return 1 - one.history["val_accuracy"][one.best]


def train_accuracy(one: JudgedRun) -> float:
    """Return the share of training reviews that is right at the last epoch, with dropout off."""
    return float(one.judgements["train"].accuracy[-1])


def gap(one: JudgedRun) -> float:
    """Return how far the validation loss is above the training loss at the last epoch, both with dropout off."""
    return one.losses[-1] - float(one.judgements["train"].losses()[-1].mean())


def rise_at_best_temperature(one: JudgedRun) -> float:
    """Return the rise that is left where the logits of each epoch are divided by the temperature that fits best.

    It is fitted on every other validation review, and the loss is that of the rest.
    """
    validation = one.judgements["validation"]
    return rescaled(validation, -1).loss - rescaled(validation, one.best).loss


def entropy_of_wrong(one: JudgedRun) -> float:
    """Return by how much the mean entropy of the wrong validation reviews changes from the best epoch to the last."""
    validation = one.judgements["validation"]
    best, last = (validation.entropies[epoch][validation.wrong[epoch]] for epoch in (one.best, -1))
    return float(last.mean() - best.mean()) if len(best) and len(last) else math.nan


def fitted_wrong_labels(epoch: int | None = -1) -> Figure:
    """Return the figure of the share of wrongly labelled training reviews that it judges as they are labelled.

    Args:
        epoch: From 0; None for the best one.
    """

    def share(one: JudgedRun) -> float:
        train, known = one.judgements["train"], one.wrong_labels
        wrong = train.wrong[one.best if epoch is None else epoch]
        return 1 - float(wrong[known].mean()) if known.any() else math.nan

    return share


def delay_of_wrong_labels(one: JudgedRun) -> float:
    """Return how many epochs later half of the wrongly labelled training reviews are fitted than half of the others.

    Where that never comes, it counts as one epoch after the last.
    """
    known = one.wrong_labels
    if not known.any() or known.all():
        return math.nan
    right = ~one.judgements["train"].wrong
    wrongly, rightly = (np.flatnonzero([*(right[:, part].mean(axis=1) > 0.5), True])[0] for part in (known, ~known))
    return float(wrongly - rightly)


def regret(patience: int) -> Figure:
    """Return the figure of what early stopping gives up: kept validation loss minus the smallest of the whole run."""
    return lambda one: one.losses[kept_epoch(one.history, patience)[0]] - min(one.losses)


def kept_epoch(history: History, patience: int) -> tuple[int, int]:
    """Return the epoch whose weights early stopping keeps, and how many epochs it trains, had it watched `val_loss`."""
    best, watched = 0, history["val_loss"]
    for epoch, loss in enumerate(watched):
        if loss < watched[best]:
            best = epoch
        elif epoch - best >= patience and epoch > 0:
            return best, epoch + 1
    return best, len(watched)


def epochs_until_told_of_rise(one: JudgedRun) -> float:
    """Return how many epochs after the smallest validation loss the verdict first says that it rises."""
    return float(epochs_until_told(one.history, one.data.arrays("train").chance))


def rank_correlation_of_norm_and_gap(runs: Sequence[JudgedRun]) -> float:
    """Return Spearman's rank correlation between the norms of the runs and their gaps."""
    from scipy.stats import spearmanr

    return float(spearmanr([one.norm for one in runs], [gap(one) for one in runs]).statistic)
