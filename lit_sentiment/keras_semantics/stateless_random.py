"""The uniform and normal numbers that one seed gives, as `tf.random.stateless_uniform`, `stateless_normal` and
`stateless_truncated_normal`.

Source: TensorFlow 2.21, `xla/tsl/lib/random/`: `Uint32ToFloat`, `Uint64ToDouble` and `BoxMullerFloat` in
`random_distributions_utils.h`, `BoxMullerDouble` and `TruncatedNormalDistribution` in `random_distributions.h`;
`FillPhiloxRandomTask` in `core/kernels/random_op_cpu.h`.
"""

import math
from collections.abc import Sequence
from itertools import count

import torch
from torch import Tensor

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.philox import key_and_counter, philox_chunks

SEED_MODULUS = 2**31 - 2
"""Keras folds each half of a seed into an int32 (`_cast_seed` in `backend/tensorflow/random.py`)."""

MANTISSA_BITS = {torch.float32: 23, torch.float64: 52}

SMALLEST_UNIFORM = 1e-7
"""Box-Muller raises a smaller first uniform to this, so that its logarithm is finite."""

TRUNCATION = 2.0
"""Of a truncated normal."""

WORDS_PER_GROUP = {torch.float32: 4 * 256, torch.float64: 2 * 256}
"""How many random words of the stream each group of truncated normal numbers has."""


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
    size = math.prod(shape)
    block_count = -(-size // _numbers_per_block(dtype))
    return _uniform_blocks(seed, block_count, dtype, device).flatten()[:size].reshape(shape)


def _uniform_blocks(
    seed: tuple[int, int], count: int, dtype: torch.dtype, device: torch.device | str, first: int = 0, stride: int = 1
) -> Tensor:
    """Numbers uniform in [0, 1) of the blocks first, first + stride, ... of a seed's stream, dtype (count, 4 or 2)."""
    numbers = torch.empty(count, _numbers_per_block(dtype), dtype=dtype, device=device)
    key, (_, _, *seeded) = key_and_counter((seed[0] % SEED_MODULUS, seed[1] % SEED_MODULUS))
    for rows, words in philox_chunks(key, (first, 0, seeded[0], seeded[1]), count, device, stride):
        for column, mantissa in enumerate(_mantissas(words, dtype)):
            numbers[rows, column] = mantissa
    numbers *= 2.0 ** -MANTISSA_BITS[dtype]
    return numbers


def _numbers_per_block(dtype: torch.dtype) -> int:
    if dtype not in MANTISSA_BITS:
        raise InputError(
            f"Keras's random numbers are reproduced in float32 and float64, found {dtype}: "
            "use one of these precisions, or `randomness` torch"
        )
    return 4 if dtype == torch.float32 else 2


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
    return _box_muller(uniform(seed, (-(-size // 2), 2), dtype, device)).flatten()[:size].reshape(shape)


def truncated_normal(
    seed: tuple[int, int], shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu"
) -> Tensor:
    """Normal numbers, of which those of 2 or more from 0 are left out (the variance is then 0.774, not 1).

    As many numbers as a block gives (4, or 2 in float64) make a group. Each group has blocks of its own, enough for
    256 draws a number, and takes the first numbers in them that are near enough to 0.

    Args:
        seed: two integers, such as `SeedGenerator.next_seed` gives.
        shape: of the result.
        dtype: float32 or float64.
        device: where to compute.

    Returns:
        dtype shape.

    Raises:
        InputError: for any other dtype.

    Keras equivalence: `keras.random.truncated_normal` of Keras 3.15.1 on TensorFlow 2.21, on a CPU, within the
    rounding of `normal`.
    """
    size, per_group = math.prod(shape), _numbers_per_block(dtype)
    groups = -(-size // per_group)
    kept = torch.empty(groups, per_group, dtype=dtype, device=device)
    filled = torch.zeros(groups, dtype=torch.int64, device=device)
    for block in count():
        if (filled == per_group).all():
            break
        pairs = _uniform_blocks(seed, groups, dtype, device, block, WORDS_PER_GROUP[dtype] // 4).reshape(-1, 2)
        for candidates in _box_muller(pairs).reshape(groups, per_group).unbind(1):
            (rows,) = ((candidates.abs() < TRUNCATION) & (filled < per_group)).nonzero(as_tuple=True)
            kept[rows, filled[rows]] = candidates[rows]
            filled[rows] += 1
    return kept.flatten()[:size].reshape(shape)


def _box_muller(uniforms: Tensor) -> Tensor:
    """Pairs of normal numbers from pairs of uniform ones, both dtype (pairs, 2)."""
    dtype, (u, v) = uniforms.dtype, uniforms.unbind(1)
    # In float32 the angle is rounded as TensorFlow's is; the functions are float64's, the nearest to the C library's.
    angle = (2 * math.pi * v.double()).to(dtype).double()
    radius = torch.sqrt(-2 * u.clamp(min=SMALLEST_UNIFORM).double().log()).to(dtype)
    return torch.stack([radius * angle.sin().to(dtype), radius * angle.cos().to(dtype)], dim=1)
