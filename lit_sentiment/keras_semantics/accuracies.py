"""Keras's accuracies, a figure for each sample; their mean over an epoch is the caller's, without weights.

Source: Keras 3.15.1, `metrics/accuracy_metrics.py` and `get_metric` in `trainers/compile_utils.py`.

Keras equivalence: equal, but for rows in which some outputs are NaN.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.config_objects import constructed, object_in, shown
from lit_sentiment.keras_semantics.label_shapes import kind_of_labels, labels_per_output, labels_per_sample
from lit_sentiment.keras_semantics.losses import Loss


def binary_accuracy(outputs: Tensor, labels: Tensor, threshold: float = 0.5) -> Tensor:
    """Return the share of the outputs of each sample that are on the side of their label, (B,).

    Args:
        outputs: float (B, n).
        labels: (B, n), or (B,) for n = 1.
        threshold: An output above it stands for 1; it passes through float32.
    """
    target = labels_per_output(outputs, labels)
    positive = outputs > float(np.float32(threshold))
    return (positive.to(target.dtype) == target).to(outputs.dtype).mean(-1)


def categorical_accuracy(outputs: Tensor, labels: Tensor) -> Tensor:
    """Return 1 for each sample whose largest output is that of its largest label, else 0, (B,).

    Args:
        outputs: float (B, n).
        labels: (B, n), such as one-hot rows.
    """
    target = labels_per_output(outputs, labels)
    return (outputs.argmax(-1) == target.argmax(-1)).to(outputs.dtype)


def sparse_categorical_accuracy(outputs: Tensor, labels: Tensor) -> Tensor:
    """Return 1 for each sample whose largest output is that of its class, else 0, (B,).

    Args:
        outputs: float (B, n).
        labels: (B,) or (B, 1), the classes.
    """
    return (outputs.argmax(-1) == labels_per_sample(outputs, labels)).to(outputs.dtype)


def accuracy(outputs: Tensor, labels: Tensor, loss: Loss | None = None) -> Tensor:
    """Return what Keras means by `accuracy` and `acc` for these shapes, 0 or 1 for each sample, (B,).

    Args:
        outputs: float (B, n).
        labels: (B, n), (B, 1) or (B,).
        loss: Of the model. Keras's choice does not depend on it: n sigmoids with binary cross-entropy are counted by
            `categorical_accuracy` too.
    """
    return ACCURACIES[f"{kind_of_labels(outputs, labels)}_accuracy"](outputs, labels)


ACCURACIES: dict[str, Callable[..., Tensor]] = {
    count.__name__: count for count in (accuracy, binary_accuracy, categorical_accuracy, sparse_categorical_accuracy)
}
"""By Keras's name."""


@dataclass(frozen=True)
class Accuracy:
    """An accuracy with its settings, such as `keras.metrics.BinaryAccuracy(threshold=0.3)`.

    Raises:
        SettingError: It is another metric, or the threshold is not a number, or given to another accuracy.
    """

    kind: str
    """A key of ACCURACIES."""
    name: str
    """What Keras calls it in a history: `acc` for `metrics=["acc"]`."""
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if self.kind not in ACCURACIES:
            raise SettingError("metric", f"one of {', '.join(ACCURACIES)}", self.kind)
        if not isinstance(self.threshold, int | float):
            raise SettingError("threshold", "a number", self.threshold)
        if self.threshold != 0.5 and self.kind != "binary_accuracy":
            raise SettingError("threshold", f"none for {self.kind}", self.threshold)

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Return the figures (B,) of outputs (B, n); see the function of this kind."""
        with torch.no_grad():
            if self.kind == "binary_accuracy":
                return binary_accuracy(outputs, labels, self.threshold)
            return ACCURACIES[self.kind](outputs, labels)


def metric_from_config(value: Any) -> Accuracy:
    """Return the accuracy that an entry of `metrics` in a compile config stands for.

    Args:
        value: A name, or an object or function as Keras 2 or 3 serializes it. Keras 2 wrote `accuracy` as a
            `MeanMetricWrapper` of the function chosen. `keras.metrics.Accuracy()` is refused: it is not `"accuracy"`,
            but counts outputs that equal their label exactly.

    Raises:
        InputError: It is another metric.
    """
    found = object_in(value, "keras.metrics")
    settings = {} if found is None else {name: one for name, one in found.settings.items() if name != "dtype"}
    function = None if found is None else found.name
    if function == "MeanMetricWrapper":
        wrapped = object_in(settings.pop("fn", None), "keras.metrics")
        function = None if wrapped is None else wrapped.name
    elif isinstance(value, str) and value.lower() in ("accuracy", "acc"):
        return Accuracy("accuracy", value)
    kind = _BY_CLASS_NAME.get(str(function), function)
    if kind not in ACCURACIES or kind == "accuracy":
        raise InputError(f"expected a metric of {', '.join(ACCURACIES)}, found {shown(value)}")
    if isinstance(value, str):
        settings["name"] = value
    return constructed(Accuracy, {"kind": kind, "name": kind, **settings})


def metrics_from_config(value: Any) -> list[Accuracy]:
    """Return the accuracies that `metrics` in a compile config holds: none, one, a list, or by the output's name.

    Raises:
        InputError: One of them is another metric.
    """
    match value:
        case None:
            return []
        case list():
            return [metric for entry in value for metric in metrics_from_config(entry)]
        case {**outputs} if "class_name" not in outputs:
            return metrics_from_config(list(outputs.values()))
    return [metric_from_config(value)]


_BY_CLASS_NAME = {
    "BinaryAccuracy": "binary_accuracy",
    "CategoricalAccuracy": "categorical_accuracy",
    "SparseCategoricalAccuracy": "sparse_categorical_accuracy",
}
