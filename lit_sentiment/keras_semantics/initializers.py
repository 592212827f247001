"""Keras's initial weights, in Keras's layout: inputs along the first axis, outputs along the second.

A Keras initialiser draws the same numbers whenever it is called, so give each one a generator of its own that has drawn
nothing yet (a new `SeedGenerator`).

Source: Keras 3.15.1, `initializers/random_initializers.py`.
"""

import math

import torch
from torch import Tensor

from lit_sentiment.keras_semantics.seed_generator import Generator

Shape = tuple[int, ...]

EMBEDDING_LIMIT = 0.05


def embedding_uniform(shape: Shape, generator: Generator, dtype: torch.dtype) -> Tensor:
    """Uniform in [-0.05, 0.05): `keras.initializers.RandomUniform()`, the default of `keras.layers.Embedding`.

    Args:
        shape: (vocabulary, dimensions).
        generator: draws once.
        dtype: float32 or float64.

    Returns:
        dtype (vocabulary, dimensions).

    Keras equivalence: bit-equal on a CPU.
    """
    return _uniform_within(EMBEDDING_LIMIT, shape, generator, dtype)


def glorot_uniform(shape: Shape, generator: Generator, dtype: torch.dtype) -> Tensor:
    """Uniform in [-l, l) with l = sqrt(6 / (fan_in + fan_out)): `keras.initializers.GlorotUniform()`.

    The kernel of an LSTM is one matrix to it, so its fan_out is four times the number of units.

    Args:
        shape: (inputs, outputs), or of a convolution (width, inputs, outputs): its fans are times the width.
        generator: draws once.
        dtype: float32 or float64.

    Returns:
        dtype shape.

    Keras equivalence: bit-equal on a CPU.
    """
    *widths, inputs, outputs = shape
    fan_in, fan_out = (size * math.prod(widths) for size in (inputs, outputs))
    # In Keras's order of operations: sqrt(6 / (fan_in + fan_out)) may round the other way.
    limit = math.sqrt(3.0 * (1.0 / ((fan_in + fan_out) / 2.0)))
    return _uniform_within(limit, shape, generator, dtype)


def orthogonal(shape: Shape, generator: Generator, dtype: torch.dtype) -> Tensor:
    """A matrix with orthonormal columns, or rows where it is wider than tall: `keras.initializers.Orthogonal()`.

    The recurrent kernel of an LSTM is one matrix to it, not four.

    Args:
        shape: (rows, columns).
        generator: draws once.
        dtype: float32 or float64.

    Returns:
        dtype (rows, columns).

    Keras equivalence: for an LSTM of up to 200 units, 2.8e-7 in float32 and 8.6e-16 in float64 at most, with the same
    signs. TensorFlow's QR is Eigen's, torch's is LAPACK's; float32 is factorised in float64, which leaves only the
    rounding that is TensorFlow's own. A nearly square matrix is worse conditioned, and so further off.
    """
    rows, columns = shape
    normal = generator.normal((max(rows, columns), min(rows, columns)), dtype)
    q, r = torch.linalg.qr(normal.double())
    # The signs of a QR are arbitrary; these make Q uniform over the orthogonal matrices, and the same in every library.
    q = q * r.diagonal().sign()
    return (q.T if rows < columns else q).to(dtype)


def _uniform_within(limit: float, shape: Shape, generator: Generator, dtype: torch.dtype) -> Tensor:
    """Uniform in [-limit, limit), dtype shape."""
    # TensorFlow makes a float32 tensor of each limit before it casts it, also to float64.
    high = torch.tensor(limit, dtype=torch.float32).to(dtype)
    low = -high
    return generator.uniform(shape, dtype) * (high - low) + low
