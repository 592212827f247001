"""Padding that is left out of a recurrence, and random masks with their generator."""

import pytest
import torch

from lit_sentiment.keras_semantics.layer_stack import LayerStack
from lit_sentiment.keras_semantics.layers import GRU, LSTM, Bidirectional, Dense, Embedding, SimpleRNN
from lit_sentiment.keras_semantics.masking import RandomMasks, UnmaskedSteps
from lit_sentiment.keras_semantics.seed_generator import SeedGenerator, TorchGenerator

DIM, UNITS = 3, 4

MASK = torch.tensor(
    [
        [0, 0, 1, 1, 1],  # padding in front
        [1, 1, 0, 0, 0],  # behind
        [0, 1, 0, 1, 0],  # in between
        [1, 1, 1, 1, 1],
        [0, 0, 0, 0, 0],
    ]
).bool()
REVIEWS, LENGTH = MASK.shape

ROUNDING = 1e-15


@pytest.fixture
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def numbered():
    """Each step of each review is its own number."""
    return torch.arange(1.0, REVIEWS * LENGTH + 1).reshape(REVIEWS, LENGTH, 1)


def test_steps_that_count_come_first_and_in_their_order():
    compacted = UnmaskedSteps(MASK).compacted(numbered())[..., 0]
    for row, (mask, steps) in enumerate(zip(MASK, numbered()[..., 0], strict=True)):
        assert compacted[row, : mask.sum()].tolist() == steps[mask].tolist()


def test_compacted_steps_end_with_the_longest_review():
    assert UnmaskedSteps(MASK[:3]).compacted(numbered()[:3]).shape == (3, 3, 1)
    assert UnmaskedSteps(MASK[4:]).compacted(numbered()[4:]).shape == (1, 1, 1), "one step even of nothing but padding"


def test_masked_step_repeats_the_output_before_it():
    steps = UnmaskedSteps(MASK)
    spread = steps.spread(steps.compacted(numbered()))[..., 0]
    assert spread.tolist() == [
        [0, 0, 3, 4, 5],
        [6, 7, 7, 7, 7],
        [0, 12, 12, 14, 14],
        [16, 17, 18, 19, 20],
        [0, 0, 0, 0, 0],
    ]
    assert steps.last(steps.compacted(numbered()))[:, 0].tolist() == spread[:, -1].tolist()


def layers(kind, **settings):
    made = kind(UNITS, **settings)
    made.build((None, DIM))
    return made


def step_by_step(layer, inputs, mask):
    """The same recurrence a step at a time, each of them masked as Keras masks it; outputs (B, T, units)."""
    read = range(LENGTH - 1, -1, -1) if layer.go_backwards else range(LENGTH)
    history = [[] for _ in inputs]
    outputs = []
    for step in read:
        row_outputs = []
        for row, steps in enumerate(history):
            if mask[row, step]:
                steps.append(inputs[row, step])
            if not steps:
                row_outputs.append(torch.zeros(UNITS))
                continue
            # What the layer gives for the steps so far, without a mask.
            so_far = torch.stack(steps[::-1] if layer.go_backwards else steps)
            row_outputs.append(layer(so_far[None])[0, -1])
        outputs.append(torch.stack(row_outputs))
    return torch.stack(outputs, 1)


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("kind", [LSTM, GRU, SimpleRNN])
def test_mask_with_any_padding_is_that_of_a_masked_loop(double, kind, go_backwards):
    layer = layers(kind, return_sequences=True, go_backwards=go_backwards)
    inputs = torch.rand(REVIEWS, LENGTH, DIM)
    expected = step_by_step(layer, inputs, MASK)
    torch.testing.assert_close(layer(inputs, MASK), expected, rtol=0, atol=ROUNDING)
    layer.return_sequences = False
    torch.testing.assert_close(layer(inputs, MASK), expected[:, -1], rtol=0, atol=ROUNDING)
    assert (layer(inputs) - expected[:, -1]).abs().max() > 1e-3, "without a mask"


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("kind", [LSTM, GRU, SimpleRNN])
def test_masked_steps_give_zeros_if_asked(kind, go_backwards):
    repeating = layers(kind, return_sequences=True, go_backwards=go_backwards)
    zeroing = layers(kind, return_sequences=True, go_backwards=go_backwards, zero_output_for_mask=True)
    zeroing.load_state_dict(repeating.state_dict())
    inputs, read = torch.rand(REVIEWS, LENGTH, DIM), MASK.flip(1) if go_backwards else MASK
    assert torch.equal(zeroing(inputs, MASK), repeating(inputs, MASK) * read[..., None])
    assert not torch.equal(zeroing(inputs, MASK), repeating(inputs, MASK))
    for layer in (repeating, zeroing):
        layer.return_sequences = False
    assert torch.equal(zeroing(inputs, MASK), repeating(inputs, MASK) * read[:, -1:])


def test_padding_gets_no_gradient():
    layer, inputs = layers(LSTM), torch.rand(REVIEWS, LENGTH, DIM, requires_grad=True)
    layer(inputs, MASK).sum().backward()
    assert torch.equal(inputs.grad.abs().sum(-1) > 0, MASK)


def test_embedding_masks_token_0_if_asked():
    token_ids = torch.tensor([[0, 3, 0, 2]])
    assert Embedding(5, DIM, mask_zero=True).output_mask(token_ids, None).tolist() == [[False, True, False, True]]
    assert Embedding(5, DIM).output_mask(token_ids, None) is None


@pytest.mark.parametrize("kind", [LSTM, GRU, SimpleRNN, lambda units, **rest: Bidirectional(LSTM(units, **rest))])
def test_mask_goes_on_from_sequences_and_ends_with_the_last_output(kind):
    assert kind(UNITS, return_sequences=True).output_mask(None, MASK) is MASK
    assert kind(UNITS).output_mask(None, MASK) is None


@pytest.mark.parametrize("last", [lambda: LSTM(1), lambda: GRU(1), lambda: Bidirectional(LSTM(1), "sum")])
def test_mask_reaches_the_last_layer(last):
    stack = LayerStack([Embedding(9, DIM, mask_zero=True), last()])
    review = torch.tensor([[3, 4, 5]])
    padded, (outputs, _) = torch.tensor([[0, 0, 3, 4, 5]]), stack(review)
    torch.testing.assert_close(stack(padded)[0], outputs)
    assert (stack[1](stack[0](padded)) - outputs).abs().max() > 1e-5


def test_padding_changes_nothing_through_two_layers():
    stack = LayerStack([Embedding(9, DIM, mask_zero=True), GRU(UNITS, return_sequences=True), LSTM(2), Dense(1)])
    review, padded = torch.tensor([[3, 4, 5]]), torch.tensor([[3, 0, 4, 5, 0]])
    torch.testing.assert_close(stack.logits(padded), stack.logits(review))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_random_masks_are_successive_draws(dtype):
    like = torch.zeros(5, 3, dtype=dtype)
    drawn = RandomMasks(SeedGenerator(11)).draw(2, 0.3, like)
    generator = SeedGenerator(11)
    for mask in drawn:
        kept = generator.uniform((5, 3), dtype) >= 0.3
        assert torch.equal(mask, torch.where(kept, torch.ones_like(like) * (1 / 0.7), torch.zeros_like(like)))
    assert not torch.equal(drawn[0], drawn[1])


def test_rates_of_0_and_1_draw_nothing():
    masks = RandomMasks(SeedGenerator(11))
    assert masks.draw(2, 0.0, torch.zeros(5, 3)) is None
    assert torch.equal(masks.draw(2, 1.0, torch.zeros(5, 3)), torch.zeros(2, 5, 3))
    assert masks.seed_generator.get_state() == (11, 0)


@pytest.mark.parametrize("generator", [SeedGenerator, TorchGenerator])
def test_random_masks_go_on_from_a_state_dict(generator):
    first, second = RandomMasks(generator()), RandomMasks(generator())
    like = torch.zeros(5, 3)
    first.draw(1, 0.5, like)
    second.load_state_dict(first.state_dict())
    state = torch.get_rng_state()
    expected = first.draw(1, 0.5, like)
    torch.set_rng_state(state)
    assert torch.equal(second.draw(1, 0.5, like), expected)
