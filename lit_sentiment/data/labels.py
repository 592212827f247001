"""From the labels of a table, as its author wrote them, to positive and negative ones."""

import re
from decimal import Decimal

from lit_sentiment.errors import InputError

Label = str | int | float | bool
Labels = list[Label] | Label | None
"""One label or several, as written in an option or a YAML file."""

POSITIVE, NEGATIVE = 1, 0
_USUAL = {POSITIVE: ("1", "true", "pos", "positive"), NEGATIVE: ("0", "false", "neg", "negative")}
_NOT_A_NUMBER = ["nan", "-nan", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"]
_MISSING = {"", "na", "n/a", "<na>", "#na", "#n/a", "#n/a n/a", "null", "none", *_NOT_A_NUMBER}
"""The default `na_values` of `pandas.read_csv`, in lower case."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?")


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
            raise InputError(f"`{option}`: expected one label or more, found none")
        for label in [] if labels is None else labels if isinstance(labels, list) else [labels]:
            key = label_key(str(label))
            other, _ = self.named.setdefault(key, (option, label))
            if other != option:
                raise InputError(f"`{option}`: expected labels of its own, found {label!r} in `{other}` too")
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


def label_key(label: str) -> str:
    """Return what is the same for all ways to write one label."""
    folded = label.strip().lower()
    return str((Decimal(folded) + 0).normalize()) if _NUMBER.fullmatch(folded) else folded
