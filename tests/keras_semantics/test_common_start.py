"""Reviews with a common start, against the same layers that read every step of every review."""

import random

import pytest
import torch
from torch import nn

from lit_sentiment.keras_semantics import common_start
from lit_sentiment.keras_semantics import layers as ours
from lit_sentiment.keras_semantics.common_start import common_steps, forward_readers
from lit_sentiment.keras_semantics.layer_stack import LayerStack
from lit_sentiment.keras_semantics.random_initializers import RandomNormal

LENGTH, VOCAB, DIM, UNITS = 9, 23, 4, 6
TOLERANCES = {torch.float32: 1e-6, torch.float64: 1e-14}
"""Nine steps of outputs below 13; measured: 6e-8 and 2.3e-16."""

READ_ONCE = {
    "LSTM": lambda: [ours.LSTM(UNITS)],
    "GRU": lambda: [ours.GRU(UNITS)],
    "SimpleRNN": lambda: [ours.SimpleRNN(UNITS)],
    "LSTM step by step": lambda: [ours.LSTM(UNITS, activation="relu")],
    "GRU step by step": lambda: [ours.GRU(UNITS, reset_after=False)],
    "SimpleRNN step by step": lambda: [ours.SimpleRNN(UNITS, activation="linear", use_bias=False)],
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
    "some of everything": [LENGTH, 2, LENGTH - 1],
}
COMMON = {
    "none": 0,
    "one": 0,
    "two": 2,
    "all alike": 4,
    "one token": 8,
    "nothing but padding": 8,
    "some of everything": 2,
}


def reviews(paddings, behind=False):
    """Token ids with so many zeros in front, or behind; no two reviews have their first token in common."""
    token_ids = 1 + torch.arange(len(paddings) * LENGTH, dtype=torch.int32).reshape(len(paddings), LENGTH) * 7 % 22
    padded = torch.arange(LENGTH) < torch.tensor(paddings)[:, None]
    return torch.where(padded.flip(1) if behind else padded, 0, token_ids)


def stack_of(layers, dtype=torch.float64):
    random.seed(3)
    torch.set_default_dtype(dtype)
    try:
        stack = LayerStack(
            [ours.Embedding(VOCAB, DIM, embeddings_initializer=RandomNormal(0.0, 1.0)), *layers(), ours.Dense(1)]
        )
    finally:
        torch.set_default_dtype(torch.float32)
    return stack.eval()


def read_whole(stack, token_ids):
    outputs, mask = token_ids, None
    for layer in stack:
        outputs, mask = layer(outputs, mask), layer.output_mask(outputs, mask)
    return outputs


def distance(one, other):
    return (one - other).abs().max().item()


@pytest.mark.parametrize("paddings", PADDINGS)
def test_common_steps_leave_one_to_read(paddings):
    token_ids = reviews(PADDINGS[paddings])
    assert common_steps(token_ids) == COMMON[paddings]
    assert common_steps(token_ids[:1]) == common_steps(token_ids[:0]) == 0


def test_any_common_start_counts():
    """Such as the same first words; what follows a difference does not."""
    token_ids = torch.tensor([[5, 3, 2, 7], [5, 3, 4, 7]])
    assert common_steps(token_ids) == 2


@pytest.mark.parametrize("name", READ_ONCE)
@pytest.mark.parametrize("paddings", PADDINGS)
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_outputs_are_those_of_reviews_read_whole(name, paddings, dtype):
    stack, token_ids = stack_of(READ_ONCE[name], dtype), reviews(PADDINGS[paddings])
    outputs = stack.logits(token_ids)
    assert outputs.dtype == dtype
    assert distance(outputs, read_whole(stack, token_ids)) <= TOLERANCES[dtype]


@pytest.mark.parametrize("name", READ_ONCE)
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("steps", [-1, 1])
def test_another_number_of_paddings_misses_the_outputs(name, dtype, steps):
    stack, token_ids = stack_of(READ_ONCE[name], dtype), reviews([4, 6, 5])
    start = nn.functional.pad(token_ids, (max(steps, 0), 0))[:, max(-steps, 0) :]
    readers = forward_readers(stack)
    behind = list(stack)[len(readers) :]
    outputs = common_start.last_output(readers, start, 4 + steps)
    for layer in behind:
        outputs = layer(outputs)
    assert distance(outputs, read_whole(stack, token_ids)) > 100 * TOLERANCES[dtype]


def spied(monkeypatch):
    """The numbers of common steps that are read once from now on."""
    seen = []

    def last_output(readers, token_ids, common):
        seen.append(common)
        return common_start.last_output(readers, token_ids, common)

    monkeypatch.setattr("lit_sentiment.keras_semantics.layer_stack.last_output", last_output)
    return seen


class OwnLSTM(ours.LSTM):
    """A class of the user's own."""

    def forward(self, inputs, mask=None):
        return super().forward(inputs.flip(1), mask)


READ_WHOLE = {
    "mask": lambda: [ours.Embedding(VOCAB, DIM, mask_zero=True), ours.LSTM(UNITS)],
    "Conv1D": lambda: [ours.Embedding(VOCAB, DIM), ours.Conv1D(5, 2), ours.LSTM(UNITS)],
    "Bidirectional": lambda: [ours.Embedding(VOCAB, DIM), ours.Bidirectional(ours.LSTM(UNITS))],
    "go_backwards": lambda: [ours.Embedding(VOCAB, DIM), ours.LSTM(UNITS, go_backwards=True)],
    "backwards behind forwards": lambda: [
        ours.Embedding(VOCAB, DIM),
        ours.LSTM(UNITS, return_sequences=True),
        ours.GRU(UNITS, go_backwards=True),
    ],
    "all outputs": lambda: [
        ours.Embedding(VOCAB, DIM),
        ours.LSTM(UNITS, return_sequences=True),
        ours.GlobalMaxPooling1D(),
    ],
    "own class": lambda: [ours.Embedding(VOCAB, DIM), OwnLSTM(UNITS)],
}


@pytest.mark.parametrize("name", READ_WHOLE)
def test_other_layers_read_every_step(name, monkeypatch):
    seen, stack, token_ids = (
        spied(monkeypatch),
        LayerStack([*READ_WHOLE[name](), ours.Dense(1)]).eval(),
        reviews([4, 6]),
    )
    assert torch.equal(stack.logits(token_ids), read_whole(stack, token_ids))
    assert seen == []


def test_common_start_is_read_once_outside_training_alone(monkeypatch):
    seen, stack, token_ids = spied(monkeypatch), stack_of(READ_ONCE["LSTM"]), reviews([4, 6])
    stack.train()
    stack.logits(token_ids)
    assert seen == []
    stack.eval()
    stack.logits(token_ids)
    assert seen == [4]
    stack.logits(reviews([4, 6], behind=True))
    assert seen == [4]


def test_forward_hook_sees_all_steps(monkeypatch):
    seen, stack, token_ids = spied(monkeypatch), stack_of(READ_ONCE["LSTM"]), reviews([4, 6])
    shapes = []
    stack[1].register_forward_hook(lambda layer, inputs, outputs: shapes.append(inputs[0].shape))
    stack.logits(token_ids)
    assert shapes == [(2, LENGTH, DIM)]
    assert seen == []


def test_generators_move_on_as_in_reviews_read_whole():
    """Once a batch and layer, so that a training that follows has the masks of Keras."""
    states = []
    for read in (LayerStack.logits, read_whole, lambda stack, token_ids: None):
        stack = stack_of(lambda: [ours.GRU(UNITS, dropout=0.3, recurrent_dropout=0.2, seed=7)])
        read(stack, reviews([4, 6, 5]))
        states.append(stack[1].masks.get_extra_state())
    assert states[0] == states[1] != states[2]
