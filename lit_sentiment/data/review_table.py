"""The user's own reviews as data for the models."""

import json
import warnings
from collections import Counter
from dataclasses import asdict
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from lit_sentiment.data.array_cache import cache_folder
from lit_sentiment.data.encoded_reviews import Findings, cached_findings
from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.labelled_table import LabelCounts, labels_in, read_table
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
        self._label_lists = [positive_labels, negative_labels, ignored_labels, classes is not None]
        self._read, self._digest = cache(self._read_once), cache(lambda option: self._file(option).digest())
        self._found: Findings = {}

    @cached_property
    def label_rule(self) -> LabelRule:
        """What the labels mean; the training file is read to find `all` classes, unless the cache knows its labels."""
        if self._given_rule.class_names:
            return self._given_rule
        known = cached_findings(cache_folder(self.cache_dir), self._name_in_cache("train"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the reviews are read later, which says it
            labels = known["path"]["labels"] if known else labels_in(self._file("path"), self.layout)
            return self._given_rule.with_classes(labels)

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
        reviews = self._read("path")
        return reviews, None if self.validation_path is None else self._read("validation_path")

    def read_test_reviews(self) -> list[Review]:
        """Return the reviews of the test file."""
        return self._read("test_path")

    def fingerprint(self, part: Part) -> str:
        """Return what decides the reviews: the bytes of the files, how they are written, and what labels mean.

        Not where the files lie, nor `classes`.
        """
        files = [[option, self._file(option).kind, self._digest(option)] for option in self._options(part)]
        return json.dumps([files, asdict(self.layout), self._label_lists])

    def findings(self, part: Part) -> Findings:
        """Return how many reviews each file of that part has, and how many rows each label."""
        training = self.drop_duplicates and part == "test"  # then these are read, too
        options = [*(self._options("train") if training else []), *self._options(part)]
        return {option: self._found[option] for option in options if option in self._found}

    def notes_of(self, name: str, found: Any) -> list[str]:
        """Return how many reviews a file has, and what each label became."""
        counts = LabelCounts(self.label_rule, Counter(found["labels"]), found["rows_without_text"])
        path = getattr(self, name)
        warned = [f"{path}: {message}" for message in found["warned"]]
        return [*warned, f"{path} (`{name}`): {found['reviews']} reviews", *counts.lines]

    def _options(self, part: Part) -> list[str]:
        if part == "test":
            return ["test_path"]
        return ["path"] if self.validation_path is None else ["path", "validation_path"]

    def _file(self, option: str) -> InputFile:
        path = getattr(self, option)
        if path is None:
            raise InputError(f"`{option}`: expected a file of labelled reviews, found none given")
        return InputFile(f"`{option}`", Path(path))

    def _read_once(self, option: str) -> list[Review]:
        file, digest = self._file(option), self._digest(option)
        rule = self.label_rule
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            reviews, counts = read_table(file, self.layout, rule, for_training=option == "path")
        if file.digest() != digest:
            fix = "start again when nothing writes to it"
            raise file.refused("", "the file as it was when it was first looked at", "another content", fix)
        self._found[option] = {
            "reviews": len(reviews),
            "labels": dict(counts.rows),
            "rows_without_text": counts.rows_without_text,
            "warned": [str(one.message).removeprefix(f"{file.path}: ") for one in warned],
        }
        return reviews
