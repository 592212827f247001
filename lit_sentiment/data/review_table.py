"""The user's own reviews as data for the models."""

import hashlib
import json
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.labelled_table import labels_in, read_table
from lit_sentiment.data.labels import Classes, LabelRule, Labels
from lit_sentiment.data.review import Review
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.data.review_source import Part
from lit_sentiment.data.table_file import TableLayout
from lit_sentiment.errors import InputError


class ReviewTable(ReviewData):
    """Reviews from a CSV, TSV, JSON Lines or JSON file, one a row; each may be compressed (`.csv.gz`).

    What each label became, and how many rows have it, is printed when a file is read. Rows without a text or a label
    are left out.

    A checkpoint that is trained on `all` classes keeps them as the list that they became.

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
        classes: The label of each class in the order of their numbers, where they are not positive and negative, or
            `all`: each label in the file of `path` is a class, numbers by value, then others by the alphabet.
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
        classes: Classes = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.validation_path = validation_path
        self.test_path = test_path
        self._given_rule = LabelRule(positive_labels, negative_labels, ignored_labels, classes)
        named = None if columns is None else tuple(columns)
        self.layout = TableLayout(text_column, label_column, encoding, separator, named)
        self._read = cache(self._read_once)

    @cached_property
    def label_rule(self) -> LabelRule:
        """What the labels mean; the training file is read to find `all` classes."""
        if self._given_rule.class_names:
            return self._given_rule
        return self._given_rule.with_classes(labels_in(self._file("path", self.path), self.layout))

    @property
    def class_names(self) -> list[str]:
        """The classes in the order of their numbers."""
        return self.label_rule.class_names

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps: of `all` classes those that were found, for files that lack some."""
        state = super().state_dict()
        if state["init_args"]["classes"] == "all":
            state["init_args"]["classes"] = self.class_names
        return state

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

    def _file(self, option: str, path: str | None) -> InputFile:
        if path is None:
            raise InputError(f"`{option}`: expected a file of labelled reviews, found none given")
        return InputFile(f"`{option}`", Path(path))

    def _read_once(self, option: str, path: str | None) -> list[Review]:
        file = self._file(option, path)
        reviews, counts = read_table(file, self.layout, self.label_rule, for_training=option == "path")
        self.notes += [f"{path} (`{option}`): {len(reviews)} reviews", *counts.lines]
        return reviews
