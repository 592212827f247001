"""Keras's activations, by the names that configs use.

Source: Keras 3.15.1, `activations/activations.py` and `backend/tensorflow/nn.py`.

Keras equivalence: values and gradients are equal to rounding in float32 and float64, also at the corners and far out.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.config_objects import object_in, shown

Activation = Callable[[Tensor], Tensor]
"""From a float tensor to one of the same shape and dtype."""

# TensorFlow makes float32 of a Python number before it casts it, also to float64.
_ROOT_OF_HALF = float(np.float32(0.7071067811865476))
_NEGATIVE_SLOPE = float(np.float32(0.2))
# Klambauer et al., "Self-Normalizing Neural Networks" (2017); these do not pass through float32.
_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_SCALE_ALPHA = 1.7580993408473768599402175208123


def linear(x: Tensor) -> Tensor:
    """Return x."""
    return x


def softmax(x: Tensor) -> Tensor:
    """Return exp(x) over its sum along the last axis."""
    return torch.softmax(x, dim=-1)


def log_softmax(x: Tensor) -> Tensor:
    """Return the logarithm of `softmax`."""
    return torch.log_softmax(x, dim=-1)


def selu(x: Tensor) -> Tensor:
    """Return scale x, and below 0 scale alpha (exp(x) - 1). At 0 the gradient is scale; torch's is scale alpha."""
    return torch.where(x < 0, _SELU_SCALE_ALPHA * torch.expm1(x.clamp(max=0)), _SELU_SCALE * x)


def softplus(x: Tensor) -> Tensor:
    """Return log(exp(x) + 1), without torch's own step to x above 20."""
    return -functional.logsigmoid(-x)


def mish(x: Tensor) -> Tensor:
    """Return x tanh(softplus(x))."""
    return x * torch.tanh(softplus(x))


def gelu(x: Tensor) -> Tensor:
    """Return x P(X <= x) of a standard normal X; the root of a half passes through float32."""
    return 0.5 * x * torch.erfc(-x * _ROOT_OF_HALF)


def leaky_relu(x: Tensor) -> Tensor:
    """Return x above 0, and 0.2 x below; the slope passes through float32 (torch's default is 0.01)."""
    return functional.leaky_relu(x, _NEGATIVE_SLOPE)


def hard_sigmoid(x: Tensor) -> Tensor:
    """Return relu6(x + 3) / 6, which is Keras 3's. See `keras_2_hard_sigmoid`."""
    return functional.relu6(x + 3) / 6


def keras_2_hard_sigmoid(x: Tensor) -> Tensor:
    """Return 0.2 x + 0.5, cut to [0, 1]: what Keras 1 and 2 mean by `hard_sigmoid`.

    The name alone does not tell the versions apart. A reader of a file goes by its `keras_version`: an attribute of an
    `.h5`, an entry of `metadata.json` in a `.keras`. It matters: `hard_sigmoid` was the default `recurrent_activation`
    of LSTM and GRU before Keras 2.3. Keras 3 itself takes its own `hard_sigmoid` for such files.

    Source: Keras 2.15, `hard_sigmoid` in `backend.py`.
    """
    return torch.clamp(0.2 * x + 0.5, 0.0, 1.0)


ACTIVATIONS: dict[str, Activation] = {
    "linear": linear,
    "relu": torch.relu,
    "relu6": functional.relu6,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "elu": functional.elu,
    "selu": selu,
    "softplus": softplus,
    "softsign": functional.softsign,
    "silu": functional.silu,
    "swish": functional.silu,
    "exponential": torch.exp,
    "mish": mish,
    "hard_sigmoid": hard_sigmoid,
    "gelu": gelu,
    "leaky_relu": leaky_relu,
}
"""By Keras's name."""

_OTHER_NAMES = {"swish": "silu", "softmax_v2": "softmax"}  # the second is TensorFlow's own name, in files of Keras 2


def activation_from_config(value: Any) -> str:
    """Return the name of an activation in a config: Keras 3's name of it, a key of ACTIVATIONS.

    Args:
        value: A name, None for `linear`, or a function as Keras 2 or 3 serializes it.

    Raises:
        InputError: It is another activation, such as a layer, or a function of the user's own.
    """
    if value is None:
        return "linear"
    found = object_in(value, "keras.activations")
    if found is not None and not found.settings:
        name = _OTHER_NAMES.get(found.name, found.name)
        if name in ACTIVATIONS:
            return name
    raise InputError(f"expected an activation of {', '.join(ACTIVATIONS)}, found {shown(value)}")


def require_activation(setting: str, activation: Any) -> str | None:
    """Return the name of an activation that a layer is given, None for a linear one.

    Raises:
        SettingError: There is none of this name.
    """
    try:
        name = activation_from_config(activation)
    except InputError:
        raise SettingError(setting, f"one of {', '.join(ACTIVATIONS)}", activation) from None
    return None if name == "linear" else name


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
