"""Keras's L2 regulariser, as what it adds to the loss and as the weight decay with the same gradient."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from lit_sentiment.errors import InputError


@dataclass(frozen=True)
class L2:
    """`keras.regularizers.L2(l2)`: adds `l2 * sum(weight ** 2)`, without a half, once per batch.

    Keras equivalence: equal to the order of summation. Like Keras's, the factor passes through float32 even where the
    weights are float64 (`keras/src/regularizers/regularizers.py`, Keras 3.15).

    Raises:
        InputError: The factor is below 0.
    """

    l2: float

    def __post_init__(self) -> None:
        if not self.l2 >= 0:
            raise InputError(f"--model.l2: expected 0 or more, found {self.l2}")

    def __call__(self, weight: Tensor) -> Tensor:
        """Return the penalty of a weight of any shape, a scalar of its dtype."""
        return float(np.float32(self.l2)) * weight.square().sum()

    @property
    def weight_decay(self) -> float:
        """The coupled weight decay whose gradient, `2 * l2 * weight`, is that of the penalty."""
        return 2 * float(np.float32(self.l2))
