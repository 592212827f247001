"""Initial weights that are not drawn, and what every initialiser has.

Source: Keras 3.15.1, `initializers/constant_initializers.py`.

Keras equivalence: bit-equal.
"""

from collections.abc import Sequence
from inspect import signature
from typing import Any

import torch
from torch import Tensor

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.seed_generator import Generator

Shape = Sequence[int]


class Initializer:
    """Makes the initial values of a weight."""

    def __call__(self, shape: Shape, dtype: torch.dtype, generator: Generator | None = None) -> Tensor:
        """Return the values.

        Args:
            shape: Of the weight: (inputs, outputs), (width, inputs, outputs) for a convolution, or (units,) for a bias.
            dtype: float32 or float64.
            generator: Draws in place of the initialiser's own seed.

        Returns:
            dtype shape.

        Raises:
            InputError: There is no such weight of this shape.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the settings under Keras's names, as JSON types."""
        return {name: getattr(self, name) for name in signature(type(self)).parameters}


class Zeros(Initializer):
    """`keras.initializers.Zeros()`."""

    def __call__(self, shape: Shape, dtype: torch.dtype, generator: Generator | None = None) -> Tensor:
        """Return zeros; see Initializer."""
        return torch.zeros(tuple(shape), dtype=dtype)


class Ones(Initializer):
    """`keras.initializers.Ones()`."""

    def __call__(self, shape: Shape, dtype: torch.dtype, generator: Generator | None = None) -> Tensor:
        """Return ones; see Initializer."""
        return torch.ones(tuple(shape), dtype=dtype)


class Constant(Initializer):
    """`keras.initializers.Constant(value)`; the value passes through float32."""

    def __init__(self, value: float = 0.0) -> None:
        self.value = require_number("value", value)

    def __call__(self, shape: Shape, dtype: torch.dtype, generator: Generator | None = None) -> Tensor:
        """Return the value everywhere; see Initializer."""
        return through_float32(self.value, dtype).repeat(tuple(shape))


class Identity(Initializer):
    """`keras.initializers.Identity(gain)`: the gain on the diagonal. Keras's config leaves it out."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = require_number("gain", gain)

    def __call__(self, shape: Shape, dtype: torch.dtype, generator: Generator | None = None) -> Tensor:
        """Return the matrix; see Initializer."""
        if len(shape) != 2:
            raise InputError(f"Identity: expected a weight of rank 2, found the shape {tuple(shape)}")
        return self.gain * torch.eye(*shape, dtype=dtype)


def through_float32(value: float, dtype: torch.dtype) -> Tensor:
    """Return a scalar as TensorFlow makes it of a Python number: a float32 that is then cast, also to float64."""
    return torch.tensor(value, dtype=torch.float32).to(dtype)


def require_number(setting: str, value: Any) -> float:
    """Return a setting.

    Raises:
        SettingError: It is not a number.
    """
    if not isinstance(value, int | float):
        raise SettingError(setting, "a number", value)
    return value
