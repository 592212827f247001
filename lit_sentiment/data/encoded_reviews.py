"""Encoded reviews, and what was found when they were read: all that the cache keeps, so that nothing is read again."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np

from lit_sentiment.data.array_cache import Arrays, cached_arrays, read_arrays
from lit_sentiment.data.class_names import absent_classes
from lit_sentiment.data.duplicates import dropped_note, repeated_warning
from lit_sentiment.data.labels import BINARY
from lit_sentiment.data.review import Review, Split
from lit_sentiment.data.table_file import listing
from lit_sentiment.text.text_encoder import TextEncoder

Findings = dict[str, Any]
"""What a source found by reading, by the name of what it read: plain values, as they come out of JSON."""


class EncodedReviews(NamedTuple):
    """What Keras would be given: `x` and `y` of `model.fit`."""

    token_ids: np.ndarray
    """int32 (N, T)."""
    labels: np.ndarray
    """int32 (N,), the number of the class, 1 for positive."""

    @property
    def chance(self) -> float:
        """The accuracy of always giving the commonest label."""
        return float(np.bincount(self.labels).max() / len(self.labels))


@dataclass(frozen=True)
class EncodedPart:
    """The splits that are read at once."""

    splits: dict[Split, EncodedReviews]
    words: list[str]
    """Of the encoder, by rank."""
    duplicates: np.ndarray
    """int64 (3,): validation reviews that also stand in training, reviews left out, texts with several labels."""
    findings: Findings

    @classmethod
    def encode(
        cls, encoder: TextEncoder, splits: dict[Split, list[Review]], duplicates: np.ndarray, findings: Findings
    ) -> "EncodedPart":
        """Return the splits with the token ids and labels of their reviews, in their order."""
        encoded = {
            split: EncodedReviews(
                encoder.encode([review.text for review in reviews]),
                np.array([review.label for review in reviews], dtype=np.int32),
            )
            for split, reviews in splits.items()
        }
        return cls(encoded, encoder.words, duplicates, findings)

    def notes(self, class_names: list[str]) -> list[str]:
        """Return what is said of classes that a split lacks, and of reviews left out.

        Raises:
            InputError: A label is the number of no class.
        """
        absent = {split: absent_classes(reviews.labels, class_names) for split, reviews in self.splits.items()}
        notes = [f"The {split} reviews lack a class: {listing(names)}" for split, names in absent.items() if names]
        _, dropped, contradicting = self.duplicates.tolist()
        return [*(notes if class_names != BINARY else []), *([dropped_note(dropped, contradicting)] if dropped else [])]

    @property
    def warning(self) -> str | None:
        """What is said where validation reviews stand in training, too."""
        repeated = int(self.duplicates[0])
        return repeated_warning(repeated, len(self.splits["validation"].labels)) if repeated else None

    @property
    def arrays(self) -> Arrays:
        """All of it as arrays, for the cache."""
        arrays = {f"{split}_{name}": one for split in self.splits for name, one in self.splits[split]._asdict().items()}
        plain = {"words": self.words, "findings": self.findings}
        texts = {name: np.frombuffer(json.dumps(value).encode(), np.uint8) for name, value in plain.items()}
        return {**arrays, **texts, "duplicates": self.duplicates}

    @classmethod
    def of(cls, arrays: Arrays) -> "EncodedPart":
        """Return what has these arrays."""
        splits = [split for split in get_args(Split) if f"{split}_labels" in arrays]
        words, findings = (json.loads(arrays[name].tobytes()) for name in ("words", "findings"))
        encoded = {
            split: EncodedReviews(*(arrays[f"{split}_{name}"] for name in EncodedReviews._fields)) for split in splits
        }
        return cls(encoded, words, arrays["duplicates"], findings)


def cached_part(path: Path, build: Callable[[], EncodedPart]) -> EncodedPart:
    """Return what is kept in `path`, or build and keep it there: see `cached_arrays`."""
    return EncodedPart.of(cached_arrays(path, lambda: build().arrays))


def cached_findings(folder: Path, name: str) -> Findings:
    """Return what was found when the reviews of any file in `folder` were read whose name starts with `name`."""
    for path in folder.glob(f"{name}-*.npz"):
        with suppress(OSError, ValueError):
            return EncodedPart.of(read_arrays(path)).findings
    return {}
