"""What a source of reviews says, and its splits: read, without duplicates, cut and limited."""

from abc import ABC, abstractmethod
from typing import Any, Literal

import numpy as np

from lit_sentiment.data.duplicates import count_repeated, distinct_reviews, texts_of
from lit_sentiment.data.encoded_reviews import Findings
from lit_sentiment.data.labels import BINARY
from lit_sentiment.data.review import Review, Split, split_reviews
from lit_sentiment.errors import InputError

Part = Literal["train", "test"]
"""What is read at once: the training and validation reviews, or the test reviews."""


class ReviewSource(ABC):
    """Reviews from some place; extend `ReviewData`, which explains the settings and does all else with the reviews.

    Options name this class, so that their help needs neither Lightning nor torch.
    """

    validation_fraction: float
    train_limit: int | None
    validation_limit: int | None
    drop_duplicates: bool

    @abstractmethod
    def read_training_reviews(self) -> tuple[list[Review], list[Review] | None]:
        """Return all the training and all the validation reviews, in a fixed order.

        Without validation reviews of their own (None), they are split off the training reviews.
        """

    @abstractmethod
    def read_test_reviews(self) -> list[Review]:
        """Return the test reviews, in a fixed order."""

    @abstractmethod
    def fingerprint(self, part: Part) -> str:
        """Return a text that changes whenever the reviews of that part of this source do, but for `class_names`."""

    def findings(self, part: Part) -> Findings:
        """Return what reading that part has found, to be kept with its arrays; a source may override it."""
        return {}

    def notes_of(self, name: str, found: Any) -> list[str]:
        """Return what is said of a finding, whether its reviews were read or their arrays come from the cache."""
        return []

    def reviews(self, split: Split) -> list[Review]:
        """Return the reviews of a split as written, in the order of its arrays."""
        if split == "test":
            return self._test_reviews()[0]
        train, validation, _ = self._training_reviews()
        return train if split == "train" else validation

    def wrong_labels(self, split: Split) -> np.ndarray | None:
        """Return which labels of a split are known to be wrong, bool (N,); a source that knows it overrides this."""
        return None

    @property
    def class_names(self) -> list[str]:
        """The classes in the order of their numbers; a source of other classes names them here."""
        return BINARY

    def _training_reviews(self) -> tuple[list[Review], list[Review], np.ndarray]:
        """Return both splits, and as int64 (3,) the number of their reviews that a duplicate is about.

        These are validation reviews that also stand in training, reviews left out, and texts with several labels.
        """
        train, validation = self.read_training_reviews()
        dropped = contradicting = 0
        if self.drop_duplicates:
            train, dropped, contradicting = distinct_reviews(train)
            if validation is not None:
                validation, *more = distinct_reviews(validation, seen=texts_of(train))
                dropped, contradicting = dropped + more[0], contradicting + more[1]
        if validation is None:
            train, validation = split_reviews(train, self.validation_fraction)
        train, validation = train[: self.train_limit], validation[: self.validation_limit]
        _require_some("validation", validation)
        return train, validation, np.array([count_repeated(train, validation), dropped, contradicting])

    def _test_reviews(self) -> tuple[list[Review], np.ndarray]:
        """Return the test reviews, and the same numbers; duplicates are not looked for unasked."""
        if not self.drop_duplicates:
            return self.read_test_reviews(), np.zeros(3, dtype=np.int64)
        train, _ = self.read_training_reviews()
        reviews, dropped, contradicting = distinct_reviews(self.read_test_reviews(), seen=texts_of(train))
        _require_some("test", reviews)
        return reviews, np.array([0, dropped, contradicting])


def _require_some(split: Split, reviews: list[Review]) -> None:
    if not reviews:
        raise InputError(f"`drop_duplicates`: expected {split} reviews of their own, found all of them in training")
