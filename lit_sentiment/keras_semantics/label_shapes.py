"""What Keras takes the labels of a batch for: one per output, or one class per sample.

Source: Keras 3.15.1, `trainers/compile_utils.py` and `squeeze_or_expand_to_same_rank` in `losses/loss.py`. Keras lets
some other shapes through, and broadcasts them; these are refused here.
"""

from typing import Literal

from torch import Tensor

from lit_sentiment.errors import InputError


def kind_of_labels(outputs: Tensor, labels: Tensor) -> Literal["binary", "categorical", "sparse_categorical"]:
    """Return what Keras takes labels for where the user leaves it open: it goes by the shapes alone.

    Also n sigmoids, with labels (B, n), are `categorical`, where one would expect `binary`.

    Source: `is_binary_or_sparse_categorical` in `trainers/compile_utils.py`.
    """
    if outputs.shape[-1] == 1:
        return "binary"
    return "sparse_categorical" if labels.ndim < outputs.ndim or labels.shape[-1] == 1 else "categorical"


def labels_per_output(outputs: Tensor, labels: Tensor) -> Tensor:
    """Return labels (B, n) of the dtype of the outputs (B, n).

    Raises:
        InputError: They have another shape, and are not (B,) for one output.
    """
    columns = labels.unsqueeze(-1) if labels.ndim == 1 and outputs.shape[-1] == 1 else labels
    if outputs.ndim != 2 or columns.shape != outputs.shape:
        raise InputError(f"labels: expected one for each of the outputs {_size(outputs)}, found {_size(labels)}")
    return columns.to(outputs.dtype)


def labels_per_sample(outputs: Tensor, labels: Tensor) -> Tensor:
    """Return labels (B,) for outputs (B, n).

    Raises:
        InputError: They are not (B,) or (B, 1).
    """
    if outputs.ndim != 2 or labels.shape not in (outputs.shape[:1], (len(outputs), 1)):
        raise InputError(
            f"labels: expected a class for each row of the outputs {_size(outputs)}, found {_size(labels)}"
        )
    return labels.reshape(-1)


def _size(tensor: Tensor) -> str:
    return f"of shape {tuple(tensor.shape)}"
