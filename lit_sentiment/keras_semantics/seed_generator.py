"""Where layers take their random numbers from: Keras's own stream, or torch's.

Initialisers and dropout are written once, for a `Generator`; the option `--randomness` says which kind they get.
"""

import random
from collections.abc import Sequence
from typing import Literal, Protocol

import torch
from torch import Tensor, nn

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics import stateless_random

Randomness = Literal["keras", "torch"]


class Generator(Protocol):
    """A source of random numbers. Each draw is a new one."""

    def uniform(self, shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu") -> Tensor:
        """Numbers uniform in [0, 1), dtype shape."""

    def normal(self, shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu") -> Tensor:
        """Numbers of mean 0 and variance 1, dtype shape."""

    def truncated_normal(self, shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu") -> Tensor:
        """The same, but without those of 2 or more from 0, dtype shape."""

    def get_state(self) -> tuple[int, int] | None:
        """What a checkpoint has to keep, or None where torch keeps it."""

    def set_state(self, state: object) -> None:
        """Take up what `get_state` returned."""


class SeedGenerator:
    """`keras.random.SeedGenerator`: a seed, and a count of the draws made with it.

    A Keras layer or initialiser takes its seed when it is constructed, from Python's global `random`, so the seeds
    follow from `random.seed` and the order of construction:

    | constructed | seeds taken |
    | --- | --- |
    | Embedding | 1 |
    | LSTM | 3: kernel, recurrent kernel, and one for a dropout inside the cell |
    | Dropout | 1, but none at rate 0 |
    | Dense | 1 |

    Zeros and ones take none, and neither does `build`, `compile` or `fit`. An initialiser always draws with the count
    at 0 (`draw_seed` turns its integer k into (k, 0)); a dropout layer draws once in each training step, and counts.

    Source: Keras 3.15.1, `random/seed_generator.py`.

    Keras equivalence: the same seeds, in the same order; the draws as in `stateless_random`.

    Args:
        seed: The seed; by default one from Python's `random`, in [1, 10^9].
    """

    def __init__(self, seed: int | None = None) -> None:
        self.given_seed = seed
        self.seed = random.randint(1, 10**9) if seed is None else seed
        self.counter = 0

    def next_seed(self) -> tuple[int, int]:
        """The seed of the next draw; each is given once."""
        seed = (self.seed, self.counter)
        self.counter += 1
        return seed

    def uniform(self, shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu") -> Tensor:
        """The next draw of numbers uniform in [0, 1), dtype shape."""
        return stateless_random.uniform(self.next_seed(), shape, dtype, device)

    def normal(self, shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu") -> Tensor:
        """The next draw of numbers of mean 0 and variance 1, dtype shape."""
        return stateless_random.normal(self.next_seed(), shape, dtype, device)

    def truncated_normal(self, shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu") -> Tensor:
        """The next draw of the same, but without those of 2 or more from 0, dtype shape."""
        return stateless_random.truncated_normal(self.next_seed(), shape, dtype, device)

    def get_state(self) -> tuple[int, int]:
        """The seed and the count of draws."""
        return (self.seed, self.counter)

    def set_state(self, state: object) -> None:
        """Take up what `get_state` returned.

        Raises:
            InputError: for what is not two integers, as from a run with `--randomness torch`.
        """
        match state:
            case (int(seed), int(counter)):
                self.seed, self.counter = seed, counter
            case _:
                raise InputError(
                    f"checkpoint: expected Keras's seed and count of draws, found {state!r}: "
                    "the checkpoint is from a run with `randomness` torch, so give that option again"
                )


class TorchGenerator:
    """The same draws from torch's global generator of the device, which `torch.manual_seed` seeds.

    Keras equivalence: none but the distributions. It is what a model written for torch would do.
    """

    def uniform(self, shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu") -> Tensor:
        """The next draw of numbers uniform in [0, 1), dtype shape."""
        return torch.rand(tuple(shape), dtype=dtype, device=device)

    def normal(self, shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu") -> Tensor:
        """The next draw of numbers of mean 0 and variance 1, dtype shape."""
        return torch.randn(tuple(shape), dtype=dtype, device=device)

    def truncated_normal(self, shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu") -> Tensor:
        """The next draw of the same, but without those of 2 or more from 0, dtype shape."""
        return nn.init.trunc_normal_(torch.empty(tuple(shape), dtype=dtype, device=device))

    def get_state(self) -> None:
        """Nothing: the state is torch's."""

    def set_state(self, state: object) -> None:
        """Take up what `get_state` returned.

        Raises:
            InputError: for anything but None, as from a run with `--randomness keras`.
        """
        if state is not None:
            raise InputError(
                f"checkpoint: expected no state of a random generator, found {state!r}: "
                "the checkpoint is from a run with `randomness` keras, so give that option again"
            )
