"""Whether the classes of reviews are those of a model."""

from collections.abc import Sequence

import numpy as np

from lit_sentiment.data.labels import label_key
from lit_sentiment.data.table_file import listing
from lit_sentiment.errors import InputError


def require_outputs(class_names: list[str], outputs: int, model: str) -> None:
    """Check that a model has an output for each class, or one for two classes.

    Raises:
        InputError: It has not.
    """
    expected, found = max(outputs, 2), len(class_names)
    if found != expected:
        last, named = ("Dense(1, sigmoid)", "name others in `classes` of ReviewTable, or ")
        if found > 2:
            last, named = f"Dense({found}, softmax)", ""
        raise InputError(
            f"--data: expected {expected} classes, as {model} has, found {found} ({listing(class_names)}); "
            f"{named}choose --model KerasSequential with an architecture that ends in {last}"
        )


def require_classes(class_names: list[str], trained: list[str]) -> None:
    """Check that classes are those that a model was trained on, in the same order.

    Raises:
        InputError: They are not.
    """
    if [*map(label_key, class_names)] != [*map(label_key, trained)]:
        raise InputError(
            f"--data: expected the classes that the model was trained on, {listing(trained)}, found "
            f"{listing(class_names)}; give those as `classes`, in this order"
        )


def absent_classes(labels: np.ndarray, class_names: Sequence[str]) -> list[str]:
    """Return the names of the classes that no label int (N,) is of.

    Raises:
        InputError: A label is the number of no class.
    """
    strange = labels[(labels < 0) | (labels >= len(class_names))]
    if len(strange):
        raise InputError(f"--data: expected labels from 0 to {len(class_names) - 1}, found {strange[0]}")
    return [name for number, name in enumerate(class_names) if number not in labels]
