"""From the labels of a table, as its author wrote them, to positive and negative ones."""

import re
import reprlib
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.table_file import listing
from lit_sentiment.errors import InputError

Label = str | int | float | bool
Labels = list[Label] | Label | None
"""One label or several, as written in an option or a YAML file."""

POSITIVE, NEGATIVE = 1, 0
_USUAL = {POSITIVE: ("1", "true", "pos", "positive"), NEGATIVE: ("0", "false", "neg", "negative")}
_MISSING = frozenset(
    ["", "nan", "-nan", "na", "n/a", "<na>", "#na", "#n/a", "#n/a n/a", "null", "none"]
    + ["1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"]  # noqa: RUF005 - one line is too long
)
"""The default `na_values` of `pandas.read_csv`, in lower case."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?")
_WORDS = {POSITIVE: "positive", NEGATIVE: "negative", None: "left out"}
_SHOWN = 20
_LONGEST = 30


class LabelRule:
    """Which labels are positive, which negative, and which are left out.

    Labels are compared without surrounding blanks, in lower case, and numbers by value: 5, "5" and 5.0 are one label.
    Missing ones (empty, null, nan, NA) are left out, unless a list names them.
    """

    def __init__(
        self, positive_labels: Labels = None, negative_labels: Labels = None, ignored_labels: Labels = None
    ) -> None:
        """Make the rule of the three lists.

        Args:
            positive_labels: By default 1, true, pos and positive.
            negative_labels: By default 0, false, neg and negative; with `positive_labels` given, all other labels.
            ignored_labels: Labels whose rows are left out.

        Raises:
            InputError: A list is empty, or a label is in two of them.
        """
        self._rest_is_negative = positive_labels is not None and negative_labels is None
        self._classes: dict[str, int | None] = {}
        if positive_labels is None:
            self._classes |= dict.fromkeys(_USUAL[POSITIVE], POSITIVE)
        if negative_labels is None and not self._rest_is_negative:
            self._classes |= dict.fromkeys(_USUAL[NEGATIVE], NEGATIVE)
        self.named: dict[str, tuple[str, Label]] = {}
        """By key, the option and the label of each that a list names."""
        self._name("positive_labels", positive_labels, POSITIVE)
        self._name("negative_labels", negative_labels, NEGATIVE)
        self._name("ignored_labels", ignored_labels, None)

    def _name(self, option: str, labels: Labels, label_class: int | None) -> None:
        if labels == []:
            raise InputError(f"--data.{option}: expected one label or more, found none")
        for label in [] if labels is None else labels if isinstance(labels, list) else [labels]:
            key = label_key(str(label))
            other, _ = self.named.setdefault(key, (option, label))
            if other != option:
                raise InputError(f"--data.{option}: expected labels of its own, found {label!r} in --data.{other} too")
            self._classes[key] = label_class

    def class_of(self, label: str) -> int | None:
        """Return 1 for a positive label, 0 for a negative one, None for one to leave out.

        Raises:
            LookupError: The label is none of these.
        """
        key = label_key(label)
        if key in self._classes:
            return self._classes[key]
        if key in _MISSING:
            return None
        if self._rest_is_negative:
            return NEGATIVE
        raise LookupError(label)

    def is_rest(self, label: str) -> bool:
        """Tell whether a label is negative only because no list names it."""
        return self._rest_is_negative and label_key(label) not in self._classes and label_key(label) not in _MISSING

    @property
    def expected(self) -> str:
        """The labels that have a meaning, for a message."""
        return ", ".join(self._classes)


class LabelCounts:
    """How many rows each label value has, and what it became."""

    def __init__(self, rule: LabelRule) -> None:
        self._rule = rule
        self._rows: Counter[str] = Counter()
        self._written: dict[str, str] = {}
        self.rows_without_text = 0

    def add(self, label: str) -> None:
        """Count a row that has a text."""
        key = label_key(label)
        self._rows[key] += 1
        self._written.setdefault(key, label.strip())

    @property
    def rows_left_out(self) -> int:
        """How many rows with a text are left out for their label."""
        return sum(count for key, count in self._rows.items() if self._rule.class_of(self._written[key]) is None)

    def require_named(self, file: InputFile) -> None:
        """Check that each label that a list names occurs.

        Raises:
            InputError: One does not, so it is probably written otherwise in the file.
        """
        for key, (option, label) in self._rule.named.items():
            if key not in self._rows:
                found = listing(sorted(self._written.values()))
                raise file.refused("", f"the label {str(label)!r}", found, f"correct --data.{option}")

    @property
    def lines(self) -> Sequence[str]:
        """A line for each label value, most frequent first: the value, what it became, rows."""
        rows = []
        for key, count in self._rows.most_common():
            label = self._written[key]
            became = _WORDS[self._rule.class_of(label)] + (" (the rest)" if self._rule.is_rest(label) else "")
            rows.append((_shown(label), became, count))
        lines = [f"  {label:<12} {became:<19} {count:>7}" for label, became, count in rows[:_SHOWN]]
        if len(rows) > _SHOWN:
            lines.append(f"  and {len(rows) - _SHOWN} more labels {sum(count for *_, count in rows[_SHOWN:]):>7}")
        if self.rows_without_text:
            lines.append(f"  {'(no text)':<12} {'left out':<19} {self.rows_without_text:>7}")
        return [f"  {'label':<12} {'became':<19} {'rows':>7}", *lines]


def label_key(label: str) -> str:
    """Return what is the same for all ways to write one label."""
    folded = label.strip().lower()
    return str((Decimal(folded) + 0).normalize()) if _NUMBER.fullmatch(folded) else folded


def _shown(label: str) -> str:
    if not label:
        return "(missing)"
    return label if label.isprintable() and len(label) <= _LONGEST else reprlib.repr(label)
