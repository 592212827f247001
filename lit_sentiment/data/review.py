"""A labelled review, and the split of reviews into a training and a validation part."""

import math
import random
from collections.abc import Sequence
from typing import Literal, NamedTuple

from lit_sentiment.errors import InputError

Split = Literal["train", "validation", "test"]


class Review(NamedTuple):
    """One review as written, with its class."""

    text: str
    label: int
    """The number of its class: 1 for a positive review and 0 for a negative one, where there are two."""


class PlacedReview(Review):
    """A review from a table of the user's, equal to any other of the same text and label."""

    place: str
    """Where it stands in the file, such as `line 3`."""

    def __new__(cls, text: str, label: int, place: str) -> "PlacedReview":
        """Make one."""
        review = super().__new__(cls, text, label)
        review.place = place
        return review


_SHUFFLE_SEED = 0
"""The data depend on their own settings alone, so this is no option."""


def split_reviews(reviews: Sequence[Review], validation_fraction: float) -> tuple[list[Review], list[Review]]:
    """Shuffle once, always in the same way, and cut off the tail for validation.

    Keras equivalence: the cut of `fit(validation_split=validation_fraction)`, after the shuffle that Keras leaves to
    its user: the first `floor(N * (1 - validation_fraction))` reviews are for training.

    Returns:
        The training reviews and the validation reviews.

    Raises:
        InputError: The fraction is not between 0 and 1, or one part would be empty.
    """
    if not 0 < validation_fraction < 1:
        raise InputError(f"`validation_fraction`: expected a number between 0 and 1, found {validation_fraction}")
    shuffled = list(reviews)
    random.Random(_SHUFFLE_SEED).shuffle(shuffled)
    cut = math.floor(len(shuffled) * (1 - validation_fraction))
    if not 0 < cut < len(shuffled):
        raise InputError(
            f"`validation_fraction`: {validation_fraction} of {len(shuffled)} reviews leaves a part empty; "
            "give more reviews or another fraction"
        )
    return shuffled[:cut], shuffled[cut:]
