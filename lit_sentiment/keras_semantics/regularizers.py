"""Keras's regularisers: what the size of a weight adds to the loss.

Source: Keras 3.15.1, `regularizers/regularizers.py`.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from torch import Tensor

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.config_objects import constructed, keras_object, object_in, shown


class Regularizer:
    """Adds `l1 * sum(|weight|) + l2 * sum(weight ** 2)` to the loss, without a half, once per batch.

    Keras equivalence: equal to the order of summation. Like Keras's, the factors pass through float32 even where the
    weights are float64. The gradient of `|weight|` is 0 at 0.

    Raises:
        SettingError: A factor is not a number of 0 or more.
    """

    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        for name, factor in self.get_config().items():
            if not isinstance(factor, int | float) or not 0 <= factor < float("inf"):
                raise SettingError(name, "a number of 0 or more", factor)

    def __call__(self, weight: Tensor) -> Tensor:
        """Return the penalty of a weight of any shape, a scalar of its dtype."""
        sizes = {"l1": Tensor.abs, "l2": Tensor.square}
        parts = [float(np.float32(factor)) * sizes[name](weight).sum() for name, factor in self.get_config().items()]
        return sum(parts[1:], start=parts[0])

    def get_config(self) -> dict[str, Any]:
        """Return the factors under Keras's names."""
        return asdict(self)  # type: ignore[call-overload]


@dataclass(frozen=True)
class L1(Regularizer):
    """`keras.regularizers.L1(l1)`."""

    l1: float = 0.01


@dataclass(frozen=True)
class L2(Regularizer):
    """`keras.regularizers.L2(l2)`."""

    l2: float = 0.01


@dataclass(frozen=True)
class L1L2(Regularizer):
    """`keras.regularizers.L1L2(l1, l2)`."""

    l1: float = 0.0
    l2: float = 0.0


_BY_CLASS_NAME: dict[str, type[Regularizer]] = {"L1": L1, "L2": L2, "L1L2": L1L2}


def regularizer_config(regularizer: Regularizer) -> dict[str, Any]:
    """Return a regulariser as Keras serializes it."""
    return keras_object("keras.regularizers", type(regularizer).__name__, regularizer.get_config())


def regularizer_from_config(setting: str, config: Any) -> Regularizer:
    """Make a regulariser from its Keras config; an L1L2 of which one factor is 0, as Keras 2 wrote them, is the other.

    Args:
        setting: Of the layer, for the message.
        config: A name or an object as Keras 2 or 3 writes it. The name `l1_l2` is Keras 2's for both factors at 0.01;
            `l1l2` is Keras 3's for both at 0.

    Raises:
        InputError: It is another regulariser, or a factor is not a number of 0 or more.
    """
    if config == "l1_l2":
        return L1L2(0.01, 0.01)
    found = object_in(config, "keras.regularizers")
    kind = None if found is None else _BY_CLASS_NAME.get(found.name.upper() if config == found.name else found.name)
    if found is None or kind is None:
        raise InputError(f"expected {setting} to be L1, L2, L1L2 or off, found {shown(config)}")
    try:
        made = constructed(kind, found.settings)
    except InputError as refusal:
        raise InputError(f"{setting}: {refusal}") from None
    if kind is L1L2 and not (made.l1 and made.l2):
        return L1(made.l1) if made.l1 else L2(made.l2)
    return made
