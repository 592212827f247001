"""Rows of a batch are shared out without gaps, and get the noise that they have in the whole batch."""

import random

import pytest
import torch

from lit_sentiment.keras_semantics.batch_part import BatchPart, whole_batch
from lit_sentiment.keras_semantics.dropout import Dropout, GaussianNoise, SpatialDropout1D
from lit_sentiment.keras_semantics.recurrent import GRU, LSTM, SimpleRNN

LAYERS = {
    "Dropout": lambda: Dropout(0.5, seed=1),
    "Dropout, rows share it": lambda: Dropout(0.5, [1, None, None], seed=1),
    "Dropout, steps share it": lambda: Dropout(0.5, [None, 1, None], seed=1),
    "Dropout, fewer axes": lambda: Dropout(0.5, [1], seed=1),
    "SpatialDropout1D": lambda: SpatialDropout1D(0.5, seed=1),
    "GaussianNoise": lambda: GaussianNoise(0.5, seed=1),
    "LSTM": lambda: LSTM(7, dropout=0.5, seed=1),
    "GRU": lambda: GRU(7, recurrent_dropout=0.5, seed=1),
    "SimpleRNN": lambda: SimpleRNN(7, dropout=0.5, recurrent_dropout=0.5, seed=1),
}
SHARED = ("Dropout, rows share it", "Dropout, fewer axes")


@pytest.mark.parametrize(("whole", "processes"), [(7, 1), (7, 2), (7, 3), (6, 3), (2, 3)])
def test_every_row_belongs_to_one_process(whole, processes):
    parts = [BatchPart.of_process(rank, processes, whole) for rank in range(processes)]
    assert [row for part in parts for row in range(whole)[part.computed][: part.rows]] == list(range(whole))
    assert sum(part.weight for part in parts) == pytest.approx(1)
    assert max(part.rows for part in parts) - min(part.rows for part in parts) <= 1


def test_process_without_rows_computes_one_that_counts_nothing():
    part = BatchPart.of_process(2, 3, 2)
    assert (part.rows, part.weight, list(range(2)[part.computed])) == (0, 0, [0])


def built(name):
    random.seed(0)
    layer = LAYERS[name]()
    layer.build((4, 3))
    return layer.train()


@pytest.mark.parametrize("name", LAYERS)
def test_rows_get_the_noise_of_the_whole_batch(name):
    inputs = torch.randn(5, 4, 3)
    expected = built(name)(inputs)
    for rank in range(6):
        part = BatchPart.of_process(rank, 6, 5)
        layer = built(name)
        with part.alone():
            found = layer(inputs[part.computed])
        torch.testing.assert_close(found, expected[part.computed])
    without = built(name)(inputs[1:2])
    assert torch.allclose(without, expected[1:2]) == (name in SHARED)


def test_part_ends_with_its_step():
    with BatchPart(0, 2, 5).alone():
        assert whole_batch((2, 3)) == (5, 3)
    assert whole_batch((2, 3)) == (2, 3)
