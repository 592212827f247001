"""From the labels of a table, as its author wrote them, to the numbers of classes."""

import re
import reprlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from lit_sentiment.data.table_file import listing
from lit_sentiment.errors import InputError

Label = str | int | float | bool
Labels = list[Label] | Label | None
"""One label or several, as written in an option or a YAML file."""
Classes = list[Label] | Literal["all"] | None
"""The labels of the classes in the order of their numbers, or each label that there is."""

POSITIVE, NEGATIVE = 1, 0
BINARY = ["negative", "positive"]
"""The names of the classes 0 and 1, where a source does not say others."""
_USUAL = {POSITIVE: ("1", "true", "pos", "positive"), NEGATIVE: ("0", "false", "neg", "negative")}
_NOT_A_NUMBER = ["nan", "-nan", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"]
_MISSING = {"", "na", "n/a", "<na>", "#na", "#n/a", "#n/a n/a", "null", "none", *_NOT_A_NUMBER}
"""The default `na_values` of `pandas.read_csv`, in lower case."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?")
_LONGEST = 30


class LabelRule:
    """Which labels are positive, which negative, and which are left out; or which class each label is.

    Labels are compared without surrounding blanks, in lower case, and numbers by value: 5, "5" and 5.0 are one label.
    Missing ones (empty, null, nan, NA) are left out, unless a list names them.
    """

    def __init__(
        self,
        positive_labels: Labels = None,
        negative_labels: Labels = None,
        ignored_labels: Labels = None,
        classes: Classes = None,
    ) -> None:
        """Make the rule of the lists.

        Args:
            positive_labels: By default 1, true, pos and positive.
            negative_labels: By default 0, false, neg and negative; with `positive_labels` given, all other labels.
            ignored_labels: Labels whose rows are left out.
            classes: The label of each class, in the order of their numbers, instead of positive and negative ones; of
                `all`, none is known before `with_classes`.

        Raises:
            InputError: A list is empty, a label is in two of them or twice among the classes, or there are positive or
                negative labels beside classes.
        """
        self.named: dict[str, tuple[str, Label]] = {}
        """By key, the option and the label of each that a list names."""
        self._classes: dict[str, int | None] = {}
        self._rest_is_negative = False
        self._ignored_labels = ignored_labels
        self.has_classes = classes is not None
        """Whether `classes` says what the labels mean."""
        self.class_names = BINARY
        """In the order of their numbers; empty where `all` are not known yet."""
        if classes is None:
            self._name_binary(positive_labels, negative_labels)
        else:
            for option, labels in (("positive_labels", positive_labels), ("negative_labels", negative_labels)):
                if labels is not None:
                    raise InputError(f"`{option}`: expected none beside `classes`, found {labels!r}; leave one out")
            self.class_names = [] if classes == "all" else self._name_classes(classes)
        self._name("ignored_labels", ignored_labels, None)

    def _name_binary(self, positive_labels: Labels, negative_labels: Labels) -> None:
        self._rest_is_negative = positive_labels is not None and negative_labels is None
        if positive_labels is None:
            self._classes |= dict.fromkeys(_USUAL[POSITIVE], POSITIVE)
        if negative_labels is None and not self._rest_is_negative:
            self._classes |= dict.fromkeys(_USUAL[NEGATIVE], NEGATIVE)
        self._name("positive_labels", positive_labels, POSITIVE)
        self._name("negative_labels", negative_labels, NEGATIVE)

    def _name_classes(self, classes: list[Label]) -> list[str]:
        names = [str(label).strip() for label in classes]
        if len(names) < 2:
            raise InputError(f"`classes`: expected the labels of two classes or more, found {listing(names)}")
        for number, name in enumerate(names):
            if not name or label_key(name) in self.named:
                found = f"{name!r} twice" if name else "an empty one"
                raise InputError(f"`classes`: expected labels that differ, found {found}")
            self._name("classes", name, number)
        return names

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
        """Return the number of a label's class, 1 for a positive and 0 for a negative one, or None to leave it out.

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

    def with_classes(self, labels: Iterable[str]) -> "LabelRule":
        """Return the rule in which each of these labels is a class, but for those that are left out.

        Numbers are in the order of their values, then the others in that of the alphabet. A class has the name that its
        label is first written as.

        Raises:
            InputError: There are fewer than two.
        """
        names: dict[str, str] = {}
        for label in labels:
            key = label_key(label)
            if key not in self._classes and key not in _MISSING:
                names.setdefault(key, label.strip())
        return LabelRule(ignored_labels=self._ignored_labels, classes=[*sorted(names.values(), key=_place)])

    @property
    def expected(self) -> str:
        """The labels that have a meaning, for a message."""
        return listing(self.class_names) if self.has_classes else ", ".join(self._classes)


def label_key(label: str) -> str:
    """Return what is the same for all ways to write one label."""
    folded = label.strip().lower()
    return str((Decimal(folded) + 0).normalize()) if _NUMBER.fullmatch(folded) else folded


def shown(label: str) -> str:
    """Return a label on one line, cut where it is long."""
    if not label:
        return "(missing)"
    return label if label.isprintable() and len(label) <= _LONGEST else reprlib.repr(label)


def _place(label: str) -> tuple[bool, Decimal, str]:
    is_number = _NUMBER.fullmatch(label) is not None
    return not is_number, Decimal(label) if is_number else Decimal(0), label_key(label)
