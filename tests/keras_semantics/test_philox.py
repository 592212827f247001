"""The words of Philox against the published known answers, and the stream against itself."""

import numpy as np
import pytest
import torch

from lit_sentiment.keras_semantics import philox
from lit_sentiment.keras_semantics.philox import key_and_counter, philox_blocks

ONES = 0xFFFFFFFF

# Random123, tests/kat_vectors, "philox4x32 10": counter, key, the four words.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_words_are_the_published_ones(counter, key, words):
    assert philox_blocks(key, counter, 1).tolist() == [list(words)]


def test_another_key_gives_other_words():
    counter, (k0, k1), words = KNOWN_ANSWERS[2]
    assert philox_blocks((k0, k1 + 1), counter, 1).tolist() != [list(words)]


def test_blocks_count_up_the_counter():
    key, (c0, c1, c2, c3) = (5, 6), (100, 7, 8, 9)
    alone = [philox_blocks(key, (c0 + block, c1, c2, c3), 1) for block in range(11)]
    assert torch.equal(philox_blocks(key, (c0, c1, c2, c3), 11), torch.cat(alone))


@pytest.mark.parametrize(
    ("before", "after"),
    [((ONES, 7, 8, 9), (0, 8, 8, 9)), ((ONES, ONES, ONES, 9), (0, 0, 0, 10)), ((ONES,) * 4, (0,) * 4)],
)
def test_counter_carries_into_the_higher_words(before, after):
    key = (5, 6)
    blocks = philox_blocks(key, before, 3)
    assert torch.equal(blocks[:1], philox_blocks(key, before, 1))
    assert torch.equal(blocks[1:], philox_blocks(key, after, 2))


def test_chunks_do_not_change_the_stream(monkeypatch):
    key, counter, count = (5, 6), (ONES - 20, 7, 8, 9), 67
    whole = philox_blocks(key, counter, count)
    monkeypatch.setattr(philox, "CPU_CHUNK_BLOCKS", 13)
    assert torch.equal(philox_blocks(key, counter, count), whole)


@pytest.mark.parametrize("lowest", [5, 2**32 - 50])
def test_stride_leaves_blocks_out(lowest, monkeypatch):
    monkeypatch.setattr(philox, "CPU_CHUNK_BLOCKS", 4)
    key, counter = (3, 7), (lowest, 1, 2, 3)
    every = philox_blocks(key, counter, 16 * 11)[::16]
    chunks = list(philox.philox_chunks(key, counter, 11, stride=16))
    assert torch.equal(torch.cat([torch.stack(words, dim=1) for _, words in chunks]), every)
    assert [row for rows, _ in chunks for row in range(rows.start, rows.stop)] == list(range(11))


def test_no_blocks_are_an_empty_stream():
    assert philox_blocks((5, 6), (0, 0, 0, 0), 0).shape == (0, 4)


def test_tensors_and_arrays_and_ints_give_the_same_words():
    """Other devices compute with tensors what a CPU computes with arrays."""
    higher, key = (ONES, ONES - 1, ONES - 2), (ONES, ONES - 1)
    of_array = np.stack(philox._rounds(key, np.arange(101, dtype=np.int64), *higher))
    of_tensor = torch.stack(philox._rounds(key, torch.arange(101), *higher))
    of_ints = [philox._rounds(key, lowest, *higher) for lowest in range(101)]
    assert of_array.tolist() == of_tensor.tolist() == np.array(of_ints).T.tolist()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_gpu_gives_the_words_of_the_cpu():
    key, counter, count = (5, 6), (ONES - 20, 7, 8, 9), 20_011
    assert torch.equal(philox_blocks(key, counter, count, "cuda").cpu(), philox_blocks(key, counter, count))


def test_every_bit_of_a_seed_matters():
    streams = {key_and_counter(seed) for seed in [(0, 0), (1, 0), (0, 1), (1 << 40, 0), (0, 1 << 40)]}
    assert len(streams) == 5
