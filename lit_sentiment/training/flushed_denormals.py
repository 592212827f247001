"""Numbers too small for a float's full precision count as zero, as they do in TensorFlow."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def flushed_denormals() -> Iterator[None]:
    """Let this thread, and threads that it starts, take numbers below 1.2e-38 (float32) or 2.2e-308 (float64) for zero.

    Backwards through hundreds of steps an LSTM's gradients become that small, and then many processors compute with
    them by the tenth of their speed (docs/speed.md). On processors that cannot flush nothing changes.

    Keras equivalence: TensorFlow's threads flush them, too (`tsl/platform/denormal.h`).
    """
    before = flushes_denormals()
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def flushes_denormals() -> bool:
    """Return whether this thread takes such numbers for zero."""
    return torch.tensor(1e-39).mul(1).item() == 0
