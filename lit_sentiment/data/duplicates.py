"""Reviews with the same text: they count twice, and one in training gives away another in validation."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from lit_sentiment.data.review import Review


class Distinct(NamedTuple):
    """Reviews of which no two have the same text."""

    reviews: list[Review]
    """The first of each text, in their order."""
    dropped: int
    """How many others there were."""
    contradicting: int
    """How many texts came with several labels."""


def distinct_reviews(reviews: Sequence[Review], seen: Collection[str] = ()) -> Distinct:
    """Return the first review of each text.

    Args:
        reviews: In any order.
        seen: Texts that are to be left out altogether, those of the training reviews.
    """
    first: dict[str, Review] = {}
    contradicting = set()
    for review in reviews:
        if review.text not in seen and first.setdefault(review.text, review).label != review.label:
            contradicting.add(review.text)
    return Distinct(list(first.values()), len(reviews) - len(first), len(contradicting))


def texts_of(reviews: Iterable[Review]) -> set[str]:
    """Return the texts of reviews."""
    return {review.text for review in reviews}


def count_repeated(train: Sequence[Review], validation: Sequence[Review]) -> int:
    """Return how many validation reviews have a text that stands in training, too."""
    seen = texts_of(train)
    return sum(review.text in seen for review in validation)


def dropped_note(dropped: int, contradicting: int) -> str:
    """Return what is said where reviews were left out."""
    kept = f"; {contradicting} texts have several labels, of which the first is kept" if contradicting else ""
    return f"`drop_duplicates`: {dropped} reviews left out that repeat another's text{kept}"


def repeated_warning(repeated: int, validation_reviews: int) -> str:
    """Return what is said where validation reviews stand in training, too."""
    return (
        f"{repeated} of {validation_reviews} validation reviews also stand in training (the same text), which makes "
        "the validation figures look better; `drop_duplicates` true leaves such out"
    )
