"""The user's own reviews as data for the models."""

import hashlib
import json
import reprlib
from functools import cache
from pathlib import Path
from typing import Any

from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.labels import LabelCounts, LabelRule, Labels
from lit_sentiment.data.review import Review
from lit_sentiment.data.review_data import Part, ReviewData
from lit_sentiment.data.table_file import Row, TableLayout, is_missing, read_rows, text_of
from lit_sentiment.errors import InputError


class ReviewTable(ReviewData):
    """Reviews from a CSV, TSV, JSON Lines or JSON file, one a row; each may be compressed (`.csv.gz`).

    What each label became, and how many rows have it, is printed when a file is read. Rows without a text or a label
    are left out.

    Args:
        path: The training reviews; validation is cut off their tail after one fixed shuffle.
        validation_path: A file of validation reviews instead.
        test_path: A file of test reviews, for `test`.
        text_column: The column or key of the text.
        label_column: The column or key of the label: 0 or 1, true or false, positive or negative.
        positive_labels: The label or labels that count as positive, where they are others; the rest are negative
            unless `negative_labels` are given, too.
        negative_labels: The label or labels that count as negative; then one that is in no list is an error.
        ignored_labels: The label or labels whose rows are left out.
        encoding: How the bytes of the files stand for characters.
        separator: The character between the fields of CSV and TSV files; found out when not given.
        columns: The names of the columns of CSV and TSV files that have no header.
        kwargs: As in ReviewData.
    """

    def __init__(
        self,
        path: str | None = None,
        validation_path: str | None = None,
        test_path: str | None = None,
        text_column: str = "text",
        label_column: str = "label",
        positive_labels: Labels = None,
        negative_labels: Labels = None,
        ignored_labels: Labels = None,
        encoding: str = "utf-8",
        separator: str | None = None,
        columns: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.validation_path = validation_path
        self.test_path = test_path
        self.label_rule = LabelRule(positive_labels, negative_labels, ignored_labels)
        named = None if columns is None else tuple(columns)
        self.layout = TableLayout(text_column, label_column, encoding, separator, named)
        self._read = cache(self._read_once)

    def read_training_reviews(self) -> tuple[list[Review], list[Review] | None]:
        """Return the file's reviews, and those of the validation file if there is one."""
        reviews = self._read("path", self.path)
        return reviews, None if self.validation_path is None else self._read("validation_path", self.validation_path)

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
        file = InputFile(f"--data.{option}", Path(path))
        counts = LabelCounts(self.label_rule)
        reviews = []
        for row in read_rows(file, self.layout):
            text = text_of(file, row, self.layout.text_column)
            if not text.strip():
                counts.rows_without_text += 1
                continue
            label = self._label_of(file, row)
            counts.add(label)
            label_class = self._class_of(file, row, label)
            if label_class is not None:
                reviews.append(Review(text, label_class))
        if not reviews:
            found = f"{counts.rows_without_text} rows without text and {counts.rows_left_out} without label"
            fix = "fill them, or correct the options of columns and labels"
            raise file.refused("", "rows with a text and a label", found, fix)
        if option == "path":  # other files may lack a label, or a whole class
            counts.require_named(file)
            positive_count = sum(review.label for review in reviews)
            if not 0 < positive_count < len(reviews):
                found = f"{positive_count} positive and {len(reviews) - positive_count} negative"
                fix = "correct --data.label_column or --data.positive_labels"
                raise file.refused("", "positive and negative reviews", found, fix)
        self.notes += [f"{path} (--data.{option}): {len(reviews)} reviews", *counts.lines]
        return reviews

    def _label_of(self, file: InputFile, row: Row) -> str:
        label = row.fields.get(str(self.layout.label_column))
        if isinstance(label, list | dict):
            fix = "correct it, or name another --data.label_column"
            expected = f"one label in {self.layout.label_column!r}"
            raise file.refused(row.where, expected, reprlib.repr(label), fix)
        return "" if is_missing(label) else str(label)

    def _class_of(self, file: InputFile, row: Row, label: str) -> int | None:
        try:
            return self.label_rule.class_of(label)
        except LookupError:
            fix = "correct it, or name it in --data.positive_labels, --data.negative_labels or --data.ignored_labels"
            expected = f"one of the labels {self.label_rule.expected}"
            raise file.refused(row.where, expected, reprlib.repr(label), fix) from None
