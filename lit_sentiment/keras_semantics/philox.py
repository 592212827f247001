"""Philox 4x32-10, the counter-based generator under TensorFlow's stateless random numbers.

A key (two 32-bit words) and a counter (four) give four random words; counting up gives the stream. Nothing is carried
from one block to the next, so the stream can be worked in any order and on any device.

Sources: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011); TensorFlow 2.21,
`xla/tsl/lib/random/philox_random.h` and, for the key, `GenerateKey` in `core/kernels/stateless_random_ops.cc`.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_INCREMENTS = (0x9E3779B9, 0xBB67AE85)
WORD_MASK = 0xFFFFFFFF

SCRAMBLING_KEY = (0x3EC8F720, 0x02461E29)
"""The key under which TensorFlow turns a seed into a key of its own."""

CPU_CHUNK_BLOCKS = 16_384
"""128 kB for each word: a handful of them stay in the cache of one core, and numpy's cost per call is still small."""

DEVICE_CHUNK_BLOCKS = 1 << 22
"""32 MB for each word: few kernel launches, and little memory beside a model."""

Key: TypeAlias = tuple[int, int]
Counter: TypeAlias = tuple[int, int, int, int]
Word: TypeAlias = Any
"""32-bit words: one as a Python int, or many as an int64 numpy array or tensor. The arithmetic is written the same."""


def philox_blocks(key: Key, counter: Counter, count: int, device: torch.device | str = "cpu") -> Tensor:
    """The first `count` blocks of a stream, each of four words in order.

    Args:
        key: two 32-bit words.
        counter: four 32-bit words, the lowest first, for the first block.
        count: number of blocks.
        device: where to compute.

    Returns:
        int64 (count, 4), each in [0, 2^32).

    Keras equivalence: bit-equal to TensorFlow's Philox on a CPU, and to the published known answers.
    """
    blocks = torch.empty(count, 4, dtype=torch.int64, device=device)
    for rows, words in philox_chunks(key, counter, count, device):
        for column, word in enumerate(words):
            blocks[rows, column] = word
    return blocks


def philox_chunks(
    key: Key, counter: Counter, count: int, device: torch.device | str = "cpu", stride: int = 1
) -> Iterator[tuple[slice, tuple[Tensor, ...]]]:
    """The blocks of `philox_blocks` in pieces that fit the cache, for callers that reduce them at once.

    Args:
        key: two 32-bit words.
        counter: four 32-bit words, the lowest first, for the first block.
        count: number of blocks.
        device: where to compute.
        stride: how far the counter goes on from one block to the next.

    Yields:
        Which blocks these are, and their words 0 to 3, each int64 (blocks,). The caller may overwrite them.
    """
    on_cpu = torch.device(device).type == "cpu"
    chunk = CPU_CHUNK_BLOCKS if on_cpu else DEVICE_CHUNK_BLOCKS
    start = sum(word << 32 * place for place, word in enumerate(counter))
    done = 0
    while done < count:
        lowest, *higher = (start + done * stride >> 32 * place & WORD_MASK for place in range(4))
        # A chunk ends where the lowest word would carry, so the higher ones are constant in it.
        size = min(chunk, count - done, -(-(WORD_MASK + 1 - lowest) // stride))
        words: tuple[Word, ...]
        if on_cpu:
            # numpy multiplies int64 twice as fast as torch does here.
            words = _rounds(key, np.arange(lowest, lowest + size * stride, stride, dtype=np.int64), *higher)
            words = tuple(map(torch.from_numpy, words))
        else:
            words = _rounds(key, torch.arange(lowest, lowest + size * stride, stride, device=device), *higher)
        yield slice(done, done + size), words
        done += size


def key_and_counter(seed: tuple[int, int]) -> tuple[Key, Counter]:
    """The stream that a two-integer seed stands for: one block of Philox scrambles the seed.

    Args:
        seed: two integers in [0, 2^64).

    Returns:
        The stream's key and the counter of its first block.

    Keras equivalence: equal to `GenerateKey` of TensorFlow 2.21, under which every `tf.random.stateless_*` runs.
    """
    counter = (word for half in seed for word in (half & WORD_MASK, half >> 32))
    m0, m1, m2, m3 = _rounds(SCRAMBLING_KEY, *counter)
    return (m0, m1), (0, 0, m2, m3)


def _rounds(key: Key, c0: Word, c1: Word, c2: Word, c3: Word) -> tuple[Word, Word, Word, Word]:
    """The ten rounds. Words that are equal for all blocks may be ints: arrays come in as they mix."""
    k0, k1 = key
    for _ in range(ROUNDS):
        high0, low0 = _multiply(c0, MULTIPLIERS[0])
        high1, low1 = _multiply(c2, MULTIPLIERS[1])
        # In place: allocating for every operation would cost a third more time.
        high1 ^= c1
        high1 ^= k0
        high0 ^= c3
        high0 ^= k1
        c0, c1, c2, c3 = high1, low1, high0, low0
        k0 = (k0 + KEY_INCREMENTS[0]) & WORD_MASK
        k1 = (k1 + KEY_INCREMENTS[1]) & WORD_MASK
    return c0, c1, c2, c3


def _multiply(word: Word, multiplier: int) -> tuple[Word, Word]:
    """The high and the low 32 bits of a 64-bit product."""
    low = word * multiplier  # int64 wraps around, which leaves the same 64 bits
    high = low >> 32
    high &= WORD_MASK  # drops the sign that int64 shifts in
    low &= WORD_MASK
    return high, low
