"""Labelled reviews from a table file, and how many rows each of its labels has."""

import reprlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.labels import NEGATIVE, POSITIVE, LabelRule, label_key, shown
from lit_sentiment.data.review import PlacedReview, Review
from lit_sentiment.data.table_file import Row, Table, TableLayout, is_missing, listing

_SHOWN = 20


@dataclass
class LabelCounts:
    """How many rows each label value has, and what it became."""

    rule: LabelRule
    rows: Counter[str] = field(default_factory=Counter)
    """By label as written, the rows that have a text."""
    rows_without_text: int = 0

    @property
    def _by_key(self) -> dict[str, tuple[str, int]]:
        """For each label value, how it is first written, and its rows."""
        values: dict[str, tuple[str, int]] = {}
        for label, count in self.rows.items():
            key = label_key(label)
            written, before = values.get(key, (label.strip(), 0))
            values[key] = written, before + count
        return values

    @property
    def rows_left_out(self) -> int:
        """How many rows with a text are left out for their label."""
        return sum(count for label, count in self.rows.items() if self.rule.class_of(label) is None)

    def require_named(self, file: InputFile) -> None:
        """Check that each label that a list names occurs.

        Raises:
            InputError: One does not, so it is probably written otherwise in the file.
        """
        values = self._by_key
        for key, (option, label) in self.rule.named.items():
            if key not in values:
                found = listing(sorted(written for written, _ in values.values()))
                raise file.refused("", f"the label {str(label)!r}", found, f"correct `{option}`")

    @property
    def lines(self) -> list[str]:
        """A line for each label value, most frequent first: the value, what it became, rows."""
        values = sorted(self._by_key.values(), key=lambda value: -value[1])
        rows = [(shown(label), self._became(label), count) for label, count in values]
        lines = [f"  {label:<12} {became:<19} {count:>7}" for label, became, count in rows[:_SHOWN]]
        if len(rows) > _SHOWN:
            lines.append(f"  and {len(rows) - _SHOWN} more labels {sum(count for *_, count in rows[_SHOWN:]):>7}")
        if self.rows_without_text:
            lines.append(f"  {'(no text)':<12} {'left out':<19} {self.rows_without_text:>7}")
        return [f"  {'label':<12} {'became':<19} {'rows':>7}", *lines]

    def _became(self, label: str) -> str:
        number = self.rule.class_of(label)
        if number is None:
            return "left out"
        name = shown(self.rule.class_names[number])
        if self.rule.has_classes:
            return f"class {number}, {name}"
        return name + (" (the rest)" if self.rule.is_rest(label) else "")


class LabelledTable(NamedTuple):
    """What a file holds."""

    reviews: list[Review]
    """In the order of the file, those that have a text and a label that is not left out."""
    counts: LabelCounts


def read_table(file: InputFile, layout: TableLayout, rule: LabelRule, for_training: bool) -> LabelledTable:
    """Return the labelled reviews of a table; rows without a text or a label are left out and counted.

    Args:
        file: The file.
        layout: How it is written.
        rule: What its labels mean.
        for_training: Whether it must hold every class, and each label that the rule names.

    Raises:
        InputError: The file or one of its rows cannot be used, a label is unknown, or no review is left.
    """
    counts = LabelCounts(rule)
    classes: dict[str, int | None] = {}
    reviews: list[Review] = []
    for row in Table(file, layout):
        if not row.text.strip():
            counts.rows_without_text += 1
            continue
        label = _label_of(file, row, str(layout.label_column))
        counts.rows[label] += 1
        if label not in classes:
            classes[label] = _class_of(file, row, label, rule)
        label_class = classes[label]
        if label_class is not None:
            reviews.append(PlacedReview(row.text, label_class, row.where))
    if not reviews:
        found = f"{counts.rows_without_text} rows without text and {counts.rows_left_out} without label"
        fix = "fill them, or correct the options of columns and labels"
        raise file.refused("", "rows with a text and a label", found, fix)
    if for_training:
        counts.require_named(file)
        sizes = Counter(review.label for review in reviews)
        if len(sizes) < len(rule.class_names):  # only without `classes`, each of which is named
            found = f"{sizes[POSITIVE]} positive and {sizes[NEGATIVE]} negative"
            fix = "correct `label_column` or `positive_labels`"
            raise file.refused("", "positive and negative reviews", found, fix)
    return LabelledTable(reviews, counts)


def labels_in(file: InputFile, layout: TableLayout) -> Iterator[str]:
    """Yield the label of each row of a table that has a text.

    Raises:
        InputError: The file or one of its rows cannot be used.
    """
    for row in Table(file, layout):
        if row.text.strip():
            yield _label_of(file, row, str(layout.label_column))


def _label_of(file: InputFile, row: Row, column: str) -> str:
    label = row.fields.get(column)
    if isinstance(label, list | dict):
        fix = "correct it, or name another `label_column`"
        raise file.refused(row.where, f"one label in {column!r}", reprlib.repr(label), fix)
    return "" if is_missing(label) else str(label)


def _class_of(file: InputFile, row: Row, label: str, rule: LabelRule) -> int | None:
    try:
        return rule.class_of(label)
    except LookupError:
        options = "`classes`" if rule.has_classes else "`positive_labels`, `negative_labels`, `classes`"
        fix = f"correct it, or name it in {options} or `ignored_labels`"
        raise file.refused(row.where, f"one of the labels {rule.expected}", reprlib.repr(label), fix) from None
