"""The uniform and normal numbers that one seed gives, as `tf.random.stateless_uniform` and `stateless_normal`.

Source: TensorFlow 2.21, `xla/tsl/lib/random/`: `Uint32ToFloat`, `Uint64ToDouble` and `BoxMullerFloat` in
`random_distributions_utils.h`, `BoxMullerDouble` in `random_distributions.h`.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.philox import key_and_counter, philox_chunks

SEED_MODULUS = 2**31 - 2
"""Keras folds each half of a seed into an int32 (`_cast_seed` in `backend/tensorflow/random.py`)."""

MANTISSA_BITS = {torch.float32: 23, torch.float64: 52}

SMALLEST_UNIFORM = 1e-7
"""Box-Muller raises a smaller first uniform to this, so that its logarithm is finite."""


def uniform(
    seed: tuple[int, int], shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu"
) -> Tensor:
    """Numbers uniform in [0, 1).

    A number is the mantissa of one in [1, 2), less 1: 23 bits of one random word in float32; 20 bits of one and 32 of
    the next in float64. So the two dtypes are different draws.

    Args:
        seed: two integers, such as `SeedGenerator.next_seed` gives.
        shape: of the result.
        dtype: float32 or float64.
        device: where to compute.

    Returns:
        dtype shape.

    Raises:
        InputError: for any other dtype.

    Keras equivalence: bit-equal to `keras.random.uniform` of Keras 3.15.1 on TensorFlow 2.21, on a CPU.
    """
    if dtype not in MANTISSA_BITS:
        raise InputError(
            f"Keras's random numbers are reproduced in float32 and float64, found {dtype}: "
            "use one of these precisions, or `randomness` torch"
        )
    size = math.prod(shape)
    numbers_per_block = 4 if dtype == torch.float32 else 2
    block_count = -(-size // numbers_per_block)
    numbers = torch.empty(block_count, numbers_per_block, dtype=dtype, device=device)
    key, counter = key_and_counter((seed[0] % SEED_MODULUS, seed[1] % SEED_MODULUS))
    for rows, words in philox_chunks(key, counter, block_count, device):
        for column, mantissa in enumerate(_mantissas(words, dtype)):
            numbers[rows, column] = mantissa
    numbers *= 2.0 ** -MANTISSA_BITS[dtype]
    return numbers.flatten()[:size].reshape(shape)


def _mantissas(words: Sequence[Tensor], dtype: torch.dtype) -> list[Tensor]:
    """The random mantissas in the four words of each block: four of 23 bits, or two of 52."""
    if dtype == torch.float32:
        return [word & 0x7FFFFF for word in words]
    return [(high & 0xFFFFF) << 32 | low for high, low in (words[:2], words[2:])]


def normal(
    seed: tuple[int, int], shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu"
) -> Tensor:
    """Numbers of mean 0 and variance 1, in pairs from pairs of uniforms (Box and Muller, 1958).

    Args:
        seed: two integers, such as `SeedGenerator.next_seed` gives.
        shape: of the result.
        dtype: float32 or float64.
        device: where to compute.

    Returns:
        dtype shape.

    Raises:
        InputError: for any other dtype.

    Keras equivalence: `keras.random.normal` of Keras 3.15.1 on TensorFlow 2.21, on a CPU, within its last rounding:
    one element in eight differs in float32 (by up to 4.8e-7), one in seventy in float64 (8.9e-16). TensorFlow takes the
    C library's `logf`, `log`, `sincosf` and `sincos`, which no tensor operation equals bit for bit.
    """
    size = math.prod(shape)
    u, v = uniform(seed, (-(-size // 2), 2), dtype, device).unbind(1)
    # In float32 the angle is rounded as TensorFlow's is; the functions are float64's, the nearest to the C library's.
    angle = (2 * math.pi * v.double()).to(dtype).double()
    radius = torch.sqrt(-2 * u.clamp(min=SMALLEST_UNIFORM).double().log()).to(dtype)
    pairs = torch.stack([radius * angle.sin().to(dtype), radius * angle.cos().to(dtype)], dim=1)
    return pairs.flatten()[:size].reshape(shape)
