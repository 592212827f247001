"""The gradient of one weight, dense or an entry per occurrence of a row, and what Keras's optimisers do with it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Gradient:
    """The gradient of a weight, as `update_step` of a Keras optimiser gets it.

    Keras 3 on TensorFlow gives an embedding's gradient as `tf.IndexedSlices`: an entry per occurrence of a row, not
    merged (`keras/src/backend/tensorflow/sparse.py`, Keras 3.15). What is done to it elementwise is done to each
    entry, so the square of a row's gradient is the sum of the squares of its entries. The entries are added up, in
    their order, where the gradient meets a dense tensor of the weight's shape.

    Args:
        values: The entries (E, D), or the dense gradient, of the weight's shape and dtype.
        rows: int64 (E,), the row of each entry; None for a dense gradient.
    """

    values: Tensor
    rows: Tensor | None = None

    @classmethod
    def of(cls, gradient: Tensor) -> "Gradient":
        """Return the gradient that torch gives, strided or `torch.sparse_coo` with one sparse dimension."""
        return cls(gradient._values(), gradient._indices()[0]) if gradient.is_sparse else cls(gradient)

    def map(self, change: Callable[[Tensor], Tensor]) -> "Gradient":
        """Return the gradient with each entry changed."""
        return Gradient(change(self.values), self.rows)

    def squared(self) -> "Gradient":
        """Return the square of each entry."""
        return self.map(torch.square)

    def merged(self) -> "Gradient":
        """Return the gradient with one entry per row that occurs: the sum of its entries, in their order."""
        if self.rows is None:
            return self
        rows, positions = torch.unique(self.rows, return_inverse=True)
        sums = self.values.new_zeros(len(rows), *self.values.shape[1:])
        return Gradient(sums.index_add_(0, positions, self.values), rows)

    def at_rows(self, tensor: Tensor) -> Tensor:
        """Return what meets each entry of a tensor of the weight's shape: its row, or a dense gradient all of it."""
        return tensor if self.rows is None else tensor.index_select(0, self.rows)

    def add_to(self, tensor: Tensor, sign: int = 1) -> None:
        """Add the entries, times 1 or -1, to a tensor of the weight's shape, one after the other."""
        if self.rows is None:
            tensor.add_(self.values, alpha=sign)
        else:
            tensor.index_add_(0, self.rows, self.values, alpha=sign)

    def move(self, average: Tensor, weight: float) -> None:
        """Move a running average, of the weight's shape, a part of the way to the gradient.

        Rows that do not occur move towards 0. Product and sum are rounded one by one, as in TensorFlow; `Tensor.lerp_`
        rounds once.
        """
        if self.rows is None:
            way = self.values - average
        else:
            way = torch.zeros_like(average)
            self.add_to(way)
            way.sub_(average)
        average.add_(way.mul_(weight))


def root(tensor: Tensor) -> Tensor:
    """Return the square root of a tensor without gradient, of the same shape and dtype.

    On the CPU it is NumPy's, which is correctly rounded, as TensorFlow's is; torch's is not, and slow on zeros.

    Keras equivalence: bit-equal on the CPU, but for numbers below the smallest normal one, which TensorFlow takes for
    zero. Their roots are below 1.1e-19 in float32 and 1.5e-154 in float64, which an epsilon of 1e-7 hides.
    """
    if tensor.device.type == "cpu" and tensor.dtype in (torch.float32, torch.float64):
        roots = torch.empty_like(tensor)
        np.sqrt(tensor.numpy(), out=roots.numpy())
        return roots
    return tensor.sqrt()
