"""Keras's L2 regulariser."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from torch import Tensor

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.config_objects import keras_object, shown


@dataclass(frozen=True)
class L2:
    """`keras.regularizers.L2(l2)`: adds `l2 * sum(weight ** 2)` to the loss, without a half, once per batch.

    Keras equivalence: equal to the order of summation. Like Keras's, the factor passes through float32 even where the
    weights are float64 (`keras/src/regularizers/regularizers.py`, Keras 3.15).

    Raises:
        SettingError: The factor is not a number of 0 or more.
    """

    l2: float = 0.01

    def __post_init__(self) -> None:
        if not isinstance(self.l2, int | float) or not 0 <= self.l2 < float("inf"):
            raise SettingError("l2", "a number of 0 or more", self.l2)

    def __call__(self, weight: Tensor) -> Tensor:
        """Return the penalty of a weight of any shape, a scalar of its dtype."""
        return float(np.float32(self.l2)) * weight.square().sum()


def regularizer_config(regularizer: L2) -> dict[str, Any]:
    """Return a regulariser as Keras serializes it."""
    return keras_object("keras.regularizers", type(regularizer).__name__, asdict(regularizer))


def regularizer_from_config(setting: str, config: Any) -> L2:
    """Make a regulariser from its Keras config.

    Args:
        setting: Of the layer, for the message.
        config: As Keras 2 or 3 writes it; Keras 2 wrote an L2 as an L1L2 whose `l1` is 0.

    Raises:
        InputError: It is another regulariser.
    """
    match config:
        case {"class_name": "L2" | "L1L2", "config": {"l2": factor, **others}} if not any(others.values()):
            return L2(factor)
    raise InputError(f"expected {setting} to be L2 or off, found {shown(config)}")
