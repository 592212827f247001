"""The order in which the training reviews are read."""

import os
from collections.abc import Callable

import torch
from torch import Tensor

from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.keras_semantics.shuffle import keras_permutation


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
