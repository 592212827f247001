"""The rows of a batch that one of several processes computes, so that all together do what one would do alone."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed
from torch import Tensor


@dataclass(frozen=True)
class BatchPart:
    """Neighbouring rows of a batch, those of one process.

    Keras equivalence: random masks are those of the whole batch, drawn by every process; means are those of the whole
    batch to rounding.
    """

    start: int
    rows: int
    """0 where a batch has fewer rows than there are processes."""
    whole: int
    """The rows of the batch."""

    @classmethod
    def of_process(cls, rank: int, processes: int, whole: int) -> "BatchPart":
        """Return the rows of a process, counted from 0; the first ones have one more where they cannot be equal."""
        usual, more = divmod(whole, processes)
        return cls(rank * usual + min(rank, more), usual + (rank < more), whole)

    @property
    def computed(self) -> slice:
        """The rows to compute: without rows of its own a process takes the first, which then counts nothing."""
        return slice(self.start, self.start + self.rows) if self.rows else slice(1)

    @property
    def weight(self) -> float:
        """What a mean over these rows counts in the mean over the batch."""
        return self.rows / self.whole

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let layers and figures know in here that a batch is this part of one."""
        token = _PART.set(self)
        try:
            yield
        finally:
            _PART.reset(token)


_PART: ContextVar[BatchPart | None] = ContextVar("part of the batch", default=None)


def whole_batch(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape (B, ...) that a tensor (rows, ...) has for the whole batch."""
    part = _PART.get()
    return tuple(shape) if part is None else (part.whole, *shape[1:])


def computed_rows(noise: Tensor, axes: int) -> Tensor:
    """Return the rows at hand of noise that was drawn for a whole batch.

    Args:
        noise: (B, ...), or (1, ...) or fewer axes where all rows share it.
        axes: Of what it falls on.
    """
    part = _PART.get()
    shared = noise.dim() < axes or len(noise) == 1
    return noise if part is None or shared else noise[part.computed]


def whole_batch_means(means: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return means over the whole batch, scalars, for those over the rows at hand.

    Backward, each process gets the gradient of its own part: their sum over the processes is that of the whole. A
    penalty, which every process has whole, so counts once.
    """
    part = _PART.get()
    if part is None:
        return dict(means)
    weighted = torch.stack(list(means.values())) * part.weight
    return dict(zip(means, _SumOverProcesses.apply(weighted), strict=True))


class _SumOverProcesses(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, own: Tensor) -> Tensor:
        total = own.clone()
        torch.distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient
