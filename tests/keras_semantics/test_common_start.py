"""Reviews that begin alike, against the same layers that read every step of every review."""

import itertools
import random

import numpy as np
import pytest
import torch

from lit_sentiment.keras_semantics import common_start
from lit_sentiment.keras_semantics import layers as ours
from lit_sentiment.keras_semantics.common_start import SharedReading, shared_readers, shared_reading
from lit_sentiment.keras_semantics.layer_stack import LayerStack
from lit_sentiment.keras_semantics.random_initializers import RandomNormal

LENGTH, VOCAB, DIM, UNITS = 9, 23, 4, 6
TOLERANCES = {torch.float32: 3e-6, torch.float64: 3e-14}
"""Of the largest output or gradient, over nine steps; measured: 6e-7 and 9e-16."""

IN_TRAINING_TOO = {
    "LSTM": lambda: [ours.LSTM(UNITS)],
    "GRU": lambda: [ours.GRU(UNITS)],
    "SimpleRNN": lambda: [ours.SimpleRNN(UNITS)],
    "LSTM step by step": lambda: [ours.LSTM(UNITS, activation="relu")],
    "GRU step by step": lambda: [ours.GRU(UNITS, reset_after=False)],
    "SimpleRNN step by step": lambda: [ours.SimpleRNN(UNITS, activation="linear", use_bias=False)],
    "stacked": lambda: [ours.LSTM(UNITS, return_sequences=True), ours.GRU(5)],
    "all outputs": lambda: [ours.LSTM(UNITS, return_sequences=True), ours.GlobalMaxPooling1D()],
    "backwards behind forwards": lambda: [ours.LSTM(UNITS, return_sequences=True), ours.GRU(UNITS, go_backwards=True)],
    "dropout behind": lambda: [ours.LSTM(UNITS), ours.Dropout(0.3, seed=1)],
}
OUTSIDE_TRAINING = {
    "dropout in front": lambda: [ours.SpatialDropout1D(0.3, seed=1), ours.LSTM(UNITS)],
    "noise in front": lambda: [ours.GaussianNoise(0.5, seed=1), ours.LSTM(UNITS)],
    "dropout of the inputs": lambda: [ours.GRU(UNITS, dropout=0.3, seed=1)],
    "dropout of the state": lambda: [ours.LSTM(UNITS, recurrent_dropout=0.2, seed=1)],
    "stacked": lambda: [
        ours.SpatialDropout1D(0.3),
        ours.LSTM(UNITS, return_sequences=True),
        ours.Dropout(0.5),
        ours.GRU(5, dropout=0.3, recurrent_dropout=0.2, return_sequences=True),
        ours.GaussianNoise(0.5),
        ours.SimpleRNN(3),
        ours.Dropout(0.3),
    ],
}
PADDINGS = {
    "none": [0, 0, 0],
    "one": [1, 3, 1],
    "two": [2, 3, 2],
    "all alike": [4, 4, 4],
    "one token": [LENGTH - 1, LENGTH - 1, LENGTH - 1],
    "nothing but padding": [LENGTH, LENGTH, LENGTH],
    "some of everything": [LENGTH, 2, LENGTH - 1, 0, 5, 2],
    "more than join one by one": [number % LENGTH for number in range(40)],
}


@pytest.fixture(autouse=True)
def blocks_that_cost_nothing(monkeypatch):
    """These layers are so small that none would pay."""
    monkeypatch.setattr(common_start, "BLOCK_COST", 1e-9)
    monkeypatch.setattr(common_start, "LEAST_GAIN", 0)


def reviews(paddings, behind=False):
    """Token ids with so many zeros in front, or behind; neighbours begin with different tokens."""
    token_ids = 1 + torch.arange(len(paddings) * LENGTH, dtype=torch.int32).reshape(len(paddings), LENGTH) * 7 % 22
    padded = torch.arange(LENGTH) < torch.tensor(paddings)[:, None]
    return torch.where(padded.flip(1) if behind else padded, 0, token_ids)


def stack_of(layers, dtype=torch.float64, training=False, **settings):
    """An embedding, these layers and an output; gradients are dense, as for an optimiser that wants them so."""
    random.seed(3)
    torch.set_default_dtype(dtype)
    try:
        embedding = ours.Embedding(VOCAB, DIM, embeddings_initializer=RandomNormal(0.0, 1.0), **settings)
        stack = LayerStack([embedding, *layers(), ours.Dense(1)])
    finally:
        torch.set_default_dtype(torch.float32)
    embedding.sparse = False
    return stack.train(training)


def read_whole(stack, token_ids):
    outputs, mask = token_ids, None
    for layer in stack:
        outputs, mask = layer(outputs, mask), layer.output_mask(outputs, mask)
    return outputs


def results(read, layers, paddings, dtype, training):
    """The outputs, and the gradients of all weights."""
    stack = stack_of(layers, dtype, training)
    outputs = read(stack, reviews(paddings))
    (outputs * torch.linspace(-1, 2, len(outputs))[:, None]).sum().backward()
    return [outputs.detach(), *[weight.grad for weight in stack.parameters() if weight.grad is not None]]


def distance(one, other):
    """The largest difference, as a part of the largest number of its tensor."""
    pairs = zip(one, other, strict=True)
    return max(((a - b).abs().max() / b.abs().max().clamp(min=1e-3)).item() for a, b in pairs)


@pytest.mark.parametrize("name", IN_TRAINING_TOO)
@pytest.mark.parametrize("paddings", PADDINGS)
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_training_has_the_outputs_and_gradients_of_reviews_read_whole(name, paddings, dtype):
    given = IN_TRAINING_TOO[name], PADDINGS[paddings], dtype, True
    shared = results(LayerStack.logits, *given)
    assert {one.dtype for one in shared} == {dtype}
    assert distance(shared, results(read_whole, *given)) <= TOLERANCES[dtype]


@pytest.mark.parametrize("name", OUTSIDE_TRAINING)
@pytest.mark.parametrize("paddings", PADDINGS)
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_judging_has_the_outputs_of_reviews_read_whole(name, paddings, dtype):
    given = OUTSIDE_TRAINING[name], PADDINGS[paddings], dtype, False
    assert distance(results(LayerStack.logits, *given), results(read_whole, *given)) <= TOLERANCES[dtype]


@pytest.mark.parametrize("name", IN_TRAINING_TOO)
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("steps", [-1, 1])
def test_joining_a_step_too_early_or_late_misses_the_outputs(name, dtype, steps, monkeypatch):
    def late(token_ids, units):
        reading = shared_reading(token_ids, units)
        ends = [end + steps if end < LENGTH else end for _, end, _ in reading.stretches]
        counts = [count for _, _, count in reading.stretches]
        return SharedReading(reading.order, list(zip([0, *ends], ends, counts, strict=False)))

    given = IN_TRAINING_TOO[name], [4, 6, 5], dtype, True
    whole = results(read_whole, *given)
    monkeypatch.setattr("lit_sentiment.keras_semantics.layer_stack.shared_reading", late)
    # Too early a review reads its own padding, and misses nothing but a step at the end of what is shared.
    assert (distance(results(LayerStack.logits, *given), whole) > 100 * TOLERANCES[dtype]) == (steps > 0)


def least_work(own, block):
    """The work of the best plan, by trying all: which of the reviews, in order of their own steps, open a block."""
    own = sorted(own)
    works = []
    for opens in itertools.product([False, True], repeat=len(own)):
        joins = [0]
        for step, first in zip(own, opens, strict=True):
            joins.append(step if first else joins[-1])
        works.append(sum(LENGTH - join for join in joins) + block * len(set(joins) - {0}))
    return min(works)


@pytest.mark.parametrize("block", [0.001, 2.5, 6, 100])
def test_plan_is_the_one_with_least_work(block, monkeypatch):
    monkeypatch.setattr(common_start, "BLOCK_COST", block)
    rng = np.random.default_rng(5)
    for _ in range(60):
        paddings = rng.integers(0, LENGTH + 1, rng.integers(2, 8)).tolist()
        plan = shared_reading(reviews(paddings), 1)
        own = sorted(min(one, LENGTH - 1) for one in sorted(paddings)[:-1])
        work = len(paddings) * LENGTH
        if plan is not None:
            work = sum((end - start) * count for start, end, count in plan.stretches) + block * (
                len(plan.stretches) - 1
            )
        assert work == pytest.approx(least_work(own, block))


@pytest.mark.parametrize("paddings", PADDINGS)
def test_what_is_not_read_of_a_review_is_how_the_first_one_begins(paddings):
    token_ids = reviews(PADDINGS[paddings])
    plan = shared_reading(token_ids, 1)
    if plan is None:
        assert paddings == "none"
        return
    starts, ends, counts = zip(*plan.stretches, strict=True)
    assert (*starts, LENGTH) == (0, *ends)
    assert list(counts) == sorted(set(counts))
    assert counts[-1] == len(token_ids)
    assert sorted(plan.order) == list(range(len(token_ids)))
    for position, review in enumerate(plan.order):
        start = next(start for start, _, count in plan.stretches if position < count)
        assert torch.equal(token_ids[review, :start], token_ids[plan.order[0], :start])


def test_any_common_start_counts():
    """Such as the same first words; what follows a difference does not."""
    plan = shared_reading(torch.tensor([[5, 3, 2, 7], [5, 3, 4, 7]]), 1)
    assert plan.stretches == [(0, 2, 1), (2, 4, 2)]


def test_nothing_is_shared_where_it_does_not_pay(monkeypatch):
    token_ids = reviews([4, 6, 5])
    assert shared_reading(token_ids, 1) is not None
    assert shared_reading(token_ids[:1], 1) is shared_reading(token_ids[:0], 1) is None
    assert shared_reading(reviews([4, 6, 5], behind=True), 1) is None
    monkeypatch.setattr(common_start, "LEAST_GAIN", 0.34)  # 9 of 27 steps
    assert shared_reading(token_ids, 1) is None
    monkeypatch.setattr(common_start, "LEAST_GAIN", 0.33)
    assert shared_reading(token_ids, 1) is not None
    monkeypatch.setattr(common_start, "BLOCK_COST", 100)
    assert shared_reading(token_ids, 1) is None


class OwnLSTM(ours.LSTM):
    """A class of the user's own."""

    def forward(self, inputs, mask=None):
        return super().forward(inputs.flip(1), mask)


READ_WHOLE = {
    "mask": lambda: [ours.Embedding(VOCAB, DIM, mask_zero=True), ours.LSTM(UNITS)],
    "Conv1D": lambda: [ours.Embedding(VOCAB, DIM), ours.Conv1D(5, 2), ours.LSTM(UNITS)],
    "Bidirectional": lambda: [ours.Embedding(VOCAB, DIM), ours.Bidirectional(ours.LSTM(UNITS))],
    "go_backwards": lambda: [ours.Embedding(VOCAB, DIM), ours.LSTM(UNITS, go_backwards=True)],
    "no recurrent layer": lambda: [ours.Embedding(VOCAB, DIM), ours.GlobalMaxPooling1D()],
    "own class": lambda: [ours.Embedding(VOCAB, DIM), OwnLSTM(UNITS)],
}


@pytest.mark.parametrize("name", READ_WHOLE)
def test_other_layers_read_every_step(name):
    stack = LayerStack([*READ_WHOLE[name](), ours.Dense(1)])
    assert shared_readers(stack, training=False) == []


@pytest.mark.parametrize("name", IN_TRAINING_TOO)
def test_training_shares_unless_the_gradient_is_wanted_step_by_step(name):
    stack = stack_of(IN_TRAINING_TOO[name])
    assert shared_readers(stack, training=True)
    stack[0].sparse = True
    assert not shared_readers(stack, training=True)
    assert shared_readers(stack, training=False)
    stack[0].weight.requires_grad_(False)
    assert shared_readers(stack, training=True)


@pytest.mark.parametrize("name", OUTSIDE_TRAINING)
def test_training_shares_nothing_behind_what_drops(name):
    stack = stack_of(OUTSIDE_TRAINING[name])
    assert not shared_readers(stack, training=True)
    assert shared_readers(stack, training=False)


def test_forward_hook_sees_all_steps():
    stack, shapes = stack_of(IN_TRAINING_TOO["LSTM"]), []
    stack[1].register_forward_hook(lambda layer, inputs, outputs: shapes.append(inputs[0].shape))
    stack.logits(reviews([4, 6]))
    assert shapes == [(2, LENGTH, DIM)]


def test_generators_move_on_as_in_reviews_read_whole():
    """Once a batch and layer, so that a training that follows has the masks of Keras."""
    states = []
    for read in (LayerStack.logits, read_whole, lambda stack, token_ids: None):
        stack = stack_of(lambda: [ours.GRU(UNITS, dropout=0.3, recurrent_dropout=0.2, seed=7)])
        read(stack, reviews([4, 6, 5]))
        states.append(stack[1].masks.get_extra_state())
    assert states[0] == states[1] != states[2]
