"""How runs judge the validation reviews: at their best epoch and at their last."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lit_sentiment.data.encoded_reviews import EncodedReviews
from lit_sentiment.data.review import Split
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.data.sources import make_source
from lit_sentiment.errors import InputError
from lit_sentiment.models.linear_baseline import LinearBaseline, linear_baseline
from lit_sentiment.models.trained_model import TrainedModel, log_odds
from lit_sentiment.report.judgements import Judgement, RunJudgements
from lit_sentiment.report.study_runs import RunGroup, StudyRun
from lit_sentiment.runs.epoch_judgements import SplitJudgements
from lit_sentiment.runs.identity import arrays_sha256

_COMPARED: tuple[Split, ...] = ("train", "validation")
"""The splits of which an identity has a digest."""


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
    trained = _opened(run.folder.best_checkpoint)
    logits = trained.logits(reviews.token_ids, show_progress=False)
    judged = SplitJudgements(log_odds(trained.model, logits)[None], reviews.labels)
    return np.exp(-judged.losses()[0]), judged.wrong[0]


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
