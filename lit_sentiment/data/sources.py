"""The sources of reviews, by the name that configs and checkpoints use."""

from collections.abc import Mapping
from typing import Any

from lit_sentiment.data.imdb import Imdb
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.data.review_table import ReviewTable
from lit_sentiment.data.shop_reviews import ShopReviews
from lit_sentiment.errors import InputError
from lit_sentiment.plugins import class_of

SOURCES: dict[str, type[ReviewData]] = {source.__name__: source for source in (ShopReviews, Imdb, ReviewTable)}


def make_source(spec: Mapping[str, Any]) -> ReviewData:
    """Return the reviews that a checkpoint was trained on, from its `class_path` and `init_args`.

    Raises:
        InputError: There is no such class, or it does not take such settings.
    """
    try:
        return class_of(spec["class_path"], SOURCES, ReviewData)(**spec["init_args"])
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        found = " ".join(str(fault).split())
        raise InputError(f"expected a checkpoint that says what it was trained on, found {found}") from None
