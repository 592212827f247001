"""Generated reviews of a shop: the default data, offline and in the package."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from lit_sentiment.data import shop_corpus as generator
from lit_sentiment.data import shop_lexicon
from lit_sentiment.data.review import Review, Split
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.data.review_source import Part
from lit_sentiment.errors import require_positive

_LARGEST_SPLIT = 1_000_000
"""The generator writes about 3,000 reviews a second."""


class ShopReviews(ReviewData):
    """English e-commerce reviews from a seeded generator, with a stated fraction of wrong labels.

    The wrong labels can be memorised but not foretold, so on validation no model can be expected to get beyond an
    accuracy of `1 - wrong_label_fraction`.

    Args:
        train_reviews: Number of training reviews.
        validation_reviews: Number of validation reviews.
        test_reviews: Number of test reviews.
        wrong_label_fraction: The fraction of every split whose label is turned round.
        corpus_seed: Another seed gives other reviews; it has nothing to do with the seed of a run.
        held_out_categories: So many of the 22 categories of products occur in validation and test reviews alone, and
            no others do there: validation is then of another source than training.
        vocab_size: Number of token ids; every word of the training reviews has one.
        max_length: T, in tokens; nearly every review fits.
        kwargs: As in ReviewData.
    """

    def __init__(
        self,
        train_reviews: int = 3000,
        validation_reviews: int = 1000,
        test_reviews: int = 1000,
        wrong_label_fraction: float = 0.08,
        corpus_seed: int = 0,
        held_out_categories: int = 0,
        vocab_size: int = 5_000,
        max_length: int = 45,
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab_size=vocab_size, max_length=max_length, **kwargs)
        for split, size in {"train": train_reviews, "validation": validation_reviews, "test": test_reviews}.items():
            require_positive(f"{split}_reviews", size, _LARGEST_SPLIT)
        self.corpus_settings = {
            "train_reviews": train_reviews,
            "validation_reviews": validation_reviews,
            "test_reviews": test_reviews,
            "wrong_label_fraction": wrong_label_fraction,
            "corpus_seed": corpus_seed,
            "held_out_categories": held_out_categories,
        }
        self._corpus: dict[Split, list[Review]] | None = None

    @property
    def corpus(self) -> dict[Split, list[Review]]:
        """The three splits, generated when first asked for."""
        if self._corpus is None:
            self._corpus = generator.shop_corpus(**self.corpus_settings)  # type: ignore[arg-type]
        return self._corpus

    def read_training_reviews(self) -> tuple[list[Review], list[Review]]:
        """Return the generated training and validation reviews."""
        return self.corpus["train"], self.corpus["validation"]

    def read_test_reviews(self) -> list[Review]:
        """Return the generated test reviews."""
        return self.corpus["test"]

    def wrong_labels(self, split: Split) -> np.ndarray:
        """Return which reviews of a split have a label that was turned round, bool (N,)."""
        settings = {**self.corpus_settings, "wrong_label_fraction": 0.0}
        right = {review.text: review.label for review in generator.shop_corpus(**settings)[split]}  # type: ignore[arg-type]
        return np.array([right[review.text] != review.label for review in self.reviews(split)])

    def fingerprint(self, part: Part) -> str:
        """Return the settings and a digest of the generator's own source."""
        source = b"".join(Path(str(module.__file__)).read_bytes() for module in (generator, shop_lexicon))
        return f"{self.corpus_settings} {hashlib.sha256(source).hexdigest()}"
