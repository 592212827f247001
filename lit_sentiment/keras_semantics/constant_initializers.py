"""Initial weights that are not drawn, and what every initialiser has.

Source: Keras 3.15.1, `initializers/constant_initializers.py`.

Keras equivalence: bit-equal.
"""

from collections.abc import Sequence
from inspect import signature
from typing import Any

import numpy as np
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

    def __repr__(self) -> str:
        """Show the settings that are not the defaults."""
        parameters = signature(type(self)).parameters
        given = [f"{name}={one!s:.60}" for name, one in self.get_config().items() if one != parameters[name].default]
        return f"{type(self).__name__}({', '.join(given)})"


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
    """`keras.initializers.Constant(value)`: a number, or numbers that broadcast to the weight, such as word vectors.

    Args:
        value: A number or a list of numbers, which pass through float32; or an array, which keeps its float type.
    """

    def __init__(self, value: Any = 0.0) -> None:
        match value:
            case {"class_name": "__numpy__" | "__tensor__", "config": {"value": list(values), "dtype": str(dtype)}}:
                self.value = array = _numbers(values, dtype)
            case _:
                self.value, array = value, _numbers(value)
        if array is None:
            raise SettingError("value", "a number or an array of numbers", getattr(value, "dtype", value))
        numbers = torch.from_numpy(array.astype(np.float64))
        self._numbers = numbers if isinstance(self.value, np.ndarray | np.generic) else numbers.float()

    def __call__(self, shape: Shape, dtype: torch.dtype, generator: Generator | None = None) -> Tensor:
        """Return the value, repeated along the axes that it does not have; see Initializer."""
        try:
            return self._numbers.to(dtype).broadcast_to(tuple(shape)).clone()
        except RuntimeError:
            found = tuple(self._numbers.shape)
            raise InputError(f"Constant: expected a value of the shape {tuple(shape)}, found {found}") from None

    def get_config(self) -> dict[str, Any]:
        """Return the value as Keras serializes it."""
        value = self.value
        if isinstance(value, np.ndarray | np.generic):
            array = {"value": value.tolist(), "dtype": value.dtype.name}
            value = {"class_name": "__numpy__", "config": array} if value.ndim else value.item()
        return {"value": value}


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


def _numbers(value: Any, dtype: str | None = None) -> Any:
    """Return what is a number or an array of numbers as a NumPy array, and None for anything else."""
    if not isinstance(value, np.ndarray | np.generic | int | float | list | tuple):
        return None
    try:
        array = np.array(value, dtype)
    except (OverflowError, TypeError, ValueError):  # ragged, or of a type that NumPy does not have
        return None
    return array if array.dtype.kind in "biuf" else None
