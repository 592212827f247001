"""What a source of reviews says for itself; everything else is in `review_data`."""

from abc import ABC, abstractmethod
from typing import Literal

from lit_sentiment.data.labels import BINARY
from lit_sentiment.data.review import Review

Part = Literal["train", "test"]
"""What is read at once: the training and validation reviews, or the test reviews."""


class ReviewSource(ABC):
    """Reviews from some place; extend `ReviewData`, which is this and all that is done with the reviews.

    Options name this class, so that their help needs neither Lightning nor torch.
    """

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
        """Return a text that changes whenever the reviews of that part of this source do."""

    @property
    def class_names(self) -> list[str]:
        """The classes in the order of their numbers; a source of other classes names them here."""
        return BINARY
