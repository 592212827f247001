"""Activations of layers by name, and the mark that a sigmoid and a softmax leave on their outputs."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lit_sentiment.errors import SettingError

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda inputs: inputs,
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softmax": lambda inputs: torch.softmax(inputs, -1),
}

LOGITS = "keras_logits"
"""The attribute of a tensor that holds what its sigmoid or softmax was taken of; Keras's is `_keras_logits`."""


def activated(activation: str | None, inputs: Tensor) -> Tensor:
    """Return an activation of inputs (..., D), a tensor of the same shape and dtype.

    A linear one gives the inputs themselves. The outputs of a sigmoid or softmax are marked with the inputs, so that a
    cross-entropy can be computed without clipping. The mark is an attribute, so it is lost in every operation.

    Source: `sigmoid` and `softmax` in `keras/src/activations/activations.py`, Keras 3.15.
    """
    outputs = ACTIVATIONS[activation or "linear"](inputs)
    return marked(outputs, inputs) if activation in ("sigmoid", "softmax") else outputs


def marked(outputs: Tensor, logits: Tensor) -> Tensor:
    """Return the outputs themselves, marked with their logits."""
    setattr(outputs, LOGITS, logits)
    return outputs


def require_activation(activation: Any) -> str | None:
    """Return the name of an activation of a layer with weights, None for a linear one.

    Raises:
        SettingError: It is not the name of one that is here.
    """
    if activation is not None and (not isinstance(activation, str) or activation not in ACTIVATIONS):
        raise SettingError("activation", f"one of {', '.join(ACTIVATIONS)}", activation)
    return None if activation == "linear" else activation
