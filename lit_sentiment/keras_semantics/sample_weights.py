"""Keras's `class_weight` and `sample_weight`: what multiplies the losses of single samples.

A weighted loss is sum(weight * loss) / number of samples, not / sum(weight): take the plain mean of what `weighted`
returns. Class weights act in training only. Neither of them touches penalties, or the accuracies of `metrics`.

Source: Keras 3.15.1, `class_weight_to_sample_weights` in `trainers/data_adapters/data_adapter_utils.py`,
`reduce_weighted_values` in `losses/loss.py`.

Keras equivalence: equal to rounding, for data given as arrays. A `tf.data.Dataset` is weighted elsewhere in Keras.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from lit_sentiment.errors import InputError


def weights_of_classes(labels: Tensor, class_weight: Mapping[int, float], dtype: torch.dtype) -> Tensor:
    """Return the sample weights (B,) that class weights stand for.

    Args:
        labels: (B,), (B, 1), or (B, n), of which the largest is the class. They are rounded, halves to even.
        class_weight: Weight of each class; a class that is not named has the weight 1.
        dtype: Of the result.
    """
    require_class_weight(class_weight)
    columns = labels.reshape(len(labels), -1)
    classes = columns.argmax(-1) if columns.shape[1] > 1 else columns[:, 0]
    if classes.is_floating_point():
        classes = classes.round()
    weights = torch.ones(len(labels), dtype=dtype, device=labels.device)
    for label, weight in class_weight.items():
        weights[classes == label] = weight
    return weights


def weighted(losses: Tensor, sample_weight: Tensor) -> Tensor:
    """Return losses (B,) times their weights, in the dtype of the losses.

    Args:
        losses: float (B,).
        sample_weight: (B,) or (B, 1).

    Raises:
        InputError: There is not one weight for each loss.
    """
    if sample_weight.shape not in (losses.shape, (*losses.shape, 1)):
        raise InputError(f"sample_weight: expected {len(losses)} weights, found shape {tuple(sample_weight.shape)}")
    return losses * sample_weight.reshape(-1).to(losses.dtype)


def require_class_weight(class_weight: Mapping[int, float], sample_weight: Tensor | None = None) -> None:
    """Check class weights.

    Raises:
        InputError: A class is not a whole number, a weight is not one, or there are sample weights too.
    """
    if sample_weight is not None:
        raise InputError("class_weight: expected none beside sample_weight, found both: give one of them")
    for label, weight in class_weight.items():
        if not isinstance(label, int) or not isinstance(weight, int | float):
            raise InputError(f"class_weight: expected a number for each class, found {label!r}: {weight!r:.60}")
