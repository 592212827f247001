"""Batches as slices of whole tensors, and the order in which the training reviews come."""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.keras_semantics.shuffle import keras_permutation

Batch = tuple[Tensor, Tensor]


class Batches:
    """Iterates over (token_ids int32 (B, T), labels int32 (B,)); the last batch holds what is left.

    Keras equivalence: the batches of `model.fit(x, y, batch_size)` or `model.evaluate` on arrays.
    """

    def __init__(self, token_ids: Tensor, labels: Tensor, batch_size: int, order: Callable[[], Tensor] | None = None):
        """Slice (N, T) token ids and (N,) labels.

        Args:
            token_ids: int32 (N, T).
            labels: int32 (N,).
            batch_size: B, in reviews.
            order: Called at the start of each epoch; returns int64 (N,), the reviews in the order of that epoch.
                Without it they come as they are.
        """
        self.token_ids = token_ids
        self.labels = labels
        self.batch_size = batch_size
        self.order = order
        self._to_come: Tensor | None = None
        self._resumed: Tensor | None = None

    def __len__(self) -> int:
        """Return the number of batches."""
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of one epoch; once after `load_state_dict`, those that were still to come."""
        order, self._resumed = self._resumed, None
        if order is None:
            order = torch.arange(len(self.labels)) if self.order is None else self.order()
        for start in range(0, len(order), self.batch_size):
            indices, self._to_come = order[start : start + self.batch_size], order[start + self.batch_size :]
            yield self.token_ids[indices], self.labels[indices]

    def state_dict(self) -> dict[str, Any]:
        """Return which reviews are still to come in the running epoch, int64, in their order (Lightning calls it)."""
        return {} if self._to_come is None or not len(self._to_come) else {"to_come": self._to_come.clone()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on inside an epoch (Lightning calls it where a training does)."""
        self._resumed = state_dict["to_come"]


def global_seed() -> int | None:
    """Return the seed given to `lightning.seed_everything`, or None where it was not called."""
    seed = os.environ.get("PL_GLOBAL_SEED")
    return None if seed is None else int(seed)


def epoch_order(size: int, randomness: Randomness) -> Callable[[], Tensor]:
    """Return what gives the order, int64 (size,), at the start of each epoch.

    Keras equivalence: after `lightning.seed_everything(s)`, `keras` gives the batches of
    `keras.utils.set_random_seed(s)` and `model.fit(x, y, shuffle=True)` to the bit: one permutation, the same in every
    epoch. Without a global seed Keras's order changes each epoch, and so does this one.
    """
    seed = global_seed()
    if randomness == "torch" or seed is None:
        return lambda: torch.randperm(size)
    permutation = keras_permutation(size, seed)
    return lambda: permutation
