"""The user's own reviews as data for the models."""

import hashlib
import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from lit_sentiment.data.review import Review
from lit_sentiment.data.review_data import Part, ReviewData
from lit_sentiment.data.split import split_reviews
from lit_sentiment.data.table_file import read_table
from lit_sentiment.errors import InputError


class ReviewTable(ReviewData):
    """Reviews from a CSV, TSV or JSON Lines file, one a row.

    Args:
        path: The training reviews; validation is cut off their tail after one fixed shuffle.
        validation_path: A file of validation reviews instead.
        test_path: A file of test reviews, for `test`.
        text_column: The column or key of the text.
        label_column: The column or key of the label: 0 or 1, true or false, positive or negative.
        positive_labels: The labels that count as positive, where they are others; the rest are negative.
        encoding: How the bytes of the files stand for characters.
        kwargs: As in ReviewData.
    """

    def __init__(
        self,
        path: str | None = None,
        validation_path: str | None = None,
        test_path: str | None = None,
        text_column: str = "text",
        label_column: str = "label",
        positive_labels: list[str] | None = None,
        encoding: str = "utf-8",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.validation_path = validation_path
        self.test_path = test_path
        self.columns = {
            "text_column": text_column,
            "label_column": label_column,
            "positive_labels": positive_labels,
            "encoding": encoding,
        }
        self._read = cache(self._read_once)

    def read_training_reviews(self) -> tuple[list[Review], list[Review]]:
        """Return the file's reviews, split, or those of the two files."""
        reviews = self._read("path", self.path)
        if self.validation_path is None:
            return split_reviews(reviews, self.validation_fraction)
        return reviews, self._read("validation_path", self.validation_path)

    def read_test_reviews(self) -> list[Review]:
        """Return the reviews of the test file."""
        return self._read("test_path", self.test_path)

    def fingerprint(self, part: Part) -> str:
        """Return a digest of the reviews themselves: reading them is quick, and says each time what was left out."""
        reviews = self.read_test_reviews() if part == "test" else self.read_training_reviews()
        return hashlib.sha256(json.dumps(reviews).encode()).hexdigest()

    def _read_once(self, option: str, path: str | None) -> list[Review]:
        if path is None:
            raise InputError(f"--data.{option}: expected a file of labelled reviews, found none given")
        table = read_table(Path(path), **self.columns)  # type: ignore[arg-type]
        skipped = table.rows_without_text + table.rows_without_label
        if skipped:
            warnings.warn(
                f"{path}: {skipped} rows left out ({table.rows_without_text} without text, "
                f"{table.rows_without_label} without label), {len(table.reviews)} used",
                stacklevel=2,
            )
        return table.reviews
