"""How runs judge the validation reviews: at their best epoch and at their last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from statistics import mode
from typing import Any

import numpy as np
import torch

from lit_sentiment.curves.history import History
from lit_sentiment.data.encoded_reviews import EncodedReviews
from lit_sentiment.data.review import Split
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.data.sources import make_source
from lit_sentiment.errors import InputError
from lit_sentiment.models.class_figures import confusion_matrix
from lit_sentiment.models.linear_baseline import LinearBaseline, linear_baseline
from lit_sentiment.models.trained_model import TrainedModel, log_odds
from lit_sentiment.report.study_runs import RunGroup, StudyRun
from lit_sentiment.report.temperature import Rescaled, rescaled
from lit_sentiment.runs.epoch_judgements import SplitJudgements
from lit_sentiment.runs.identity import arrays_sha256

_COMPARED: tuple[Split, ...] = ("train", "validation")
"""The splits of which an identity has a digest."""


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
        return (self.by_class[:, 1], self.labels) if self.is_binary else (self.by_class.max(axis=1), ~self.wrong)

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


class Judge:
    """Lets checkpoints judge their validation reviews, and reads the reviews of equal data once."""

    def __init__(self) -> None:
        self._data: dict[str, ReviewData] = {}
        self._digests: dict[tuple[str, Split], str] = {}
        self._linear: dict[str, LinearBaseline] = {}

    def data_of(self, run: StudyRun) -> ReviewData:
        """Return the data that a run was trained on.

        Raises:
            InputError: They cannot be read, or are no longer the ones that it was trained on.
        """
        return self._data_of(run, _opened(run.folder.best_checkpoint).data)

    def linear_of(self, run: StudyRun) -> LinearBaseline:
        """Return what a linear model makes of the reviews of a run; of equal reviews it is fitted once."""
        key = f"{run.identity['train_sha256']} {run.identity['validation_sha256']}"
        if key not in self._linear:
            data = self.data_of(run)
            self._linear[key] = linear_baseline(data.arrays("train"), data.arrays("validation"))
        return self._linear[key]

    def judge(self, group: RunGroup) -> Iterator[RunJudgements]:
        """Yield the judgements of each run, one after the other."""
        for run in group.runs:
            best = _opened(run.folder.best_checkpoint)
            data = self._data_of(run, best.data)
            reviews = data.arrays("validation")
            last = _opened(run.folder.last_checkpoint)
            chance = data.arrays("train").chance
            yield RunJudgements(run.history, chance, _judged(best, reviews), _judged(last, reviews))

    def _data_of(self, run: StudyRun, spec: dict[str, Any]) -> ReviewData:
        kind = str(spec)
        if kind not in self._data:
            self._data[kind] = make_source(spec)
        data = self._data[kind]
        for split in _COMPARED:
            try:
                if (kind, split) not in self._digests:
                    self._digests[kind, split] = arrays_sha256(data.arrays(split))
            except InputError as refusal:
                raise InputError(f"{run.folder.path}: its reviews cannot be read: {refusal}") from None
            if self._digests[kind, split] != run.identity[f"{split}_sha256"]:
                raise InputError(
                    f"{run.folder.path}: expected the {split} reviews that it was trained on, found that "
                    f"{spec['class_path']} gives others now; bring them back, or move the run away"
                )
        return data


def label_probabilities(run: StudyRun, reviews: EncodedReviews) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability of each label by the best epoch of a run, float64 (N,), and whether it is against it."""
    judged = _judged(_opened(run.folder.best_checkpoint), reviews)
    return np.exp(-judged.losses), judged.wrong


def with_whole_checkpoints(groups: Sequence[RunGroup]) -> tuple[list[RunGroup], list[str]]:
    """Return the groups without the runs of which a checkpoint cannot be opened, and a line for each of these.

    Raises:
        InputError: No run is left.
    """
    kept, left_out = [], []
    for group in groups:
        runs = []
        for run in group.runs:
            try:
                for path in (run.folder.best_checkpoint, run.folder.last_checkpoint):
                    _require_source(path, _opened(path))
                runs.append(run)
            except InputError as damage:
                left_out.append(str(damage))
        if runs:
            kept.append(replace(group, runs=runs))
    if not kept:
        raise InputError("; ".join(left_out))
    return kept, left_out


def _require_source(checkpoint: Path, trained: TrainedModel) -> None:
    try:
        make_source(trained.data)
    except InputError as refusal:
        raise InputError(f"{checkpoint}: {refusal}") from None


def _judged(trained: TrainedModel, reviews: EncodedReviews) -> Judgement:
    logits = trained.logits(reviews.token_ids, show_progress=False).double()
    return Judgement(log_odds(trained.model, logits), reviews.labels, trained.figures(logits, reviews.labels))


def _opened(checkpoint: Path) -> TrainedModel:
    if not checkpoint.is_file():
        raise InputError(f"{checkpoint}: expected a checkpoint of a finished run, found none")
    return TrainedModel.open(checkpoint)


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
