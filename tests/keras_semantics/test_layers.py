"""The four layers: their weights, seeds and states. Their numbers are compared with Keras's in tests/models."""

import copy
import math
import random

import pytest
import torch

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.layers import LSTM, Dense, Dropout, Embedding
from lit_sentiment.keras_semantics.regularizers import L2

REVIEWS, LENGTH, VOCAB, DIM, UNITS = 3, 5, 11, 7, 4

ROUNDING = 1e-15
"""Of float64 sums of eleven numbers below 1."""


@pytest.fixture(autouse=True)
def _seeded(monkeypatch):
    monkeypatch.setattr(random, "randint", random.Random(7).randint)
    torch.manual_seed(7)


@pytest.fixture
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def seeds_taken(monkeypatch):
    """Count the seeds that layers take from Python's `random`."""
    taken = []
    draw = random.randint
    monkeypatch.setattr(random, "randint", lambda *limits: taken.append(draw(*limits)) or taken[-1])
    return taken


def built(layer, *input_shape, randomness="keras"):
    """A layer with weights, for inputs of this shape (the batch axis left out)."""
    layer.build(input_shape, randomness)
    return layer


def embedding(**settings):
    return built(Embedding(VOCAB, DIM, **settings), LENGTH)


def lstm(**settings):
    return built(LSTM(UNITS, **settings), LENGTH, DIM)


def trained_parameters(layer):
    return sum(weight.numel() for weight in layer.parameters() if weight.requires_grad)


def token_ids():
    return torch.tensor([[0, 0, 1, 5, 10], [0, 1, 4, 4, 9], [0, 0, 0, 0, 0]], dtype=torch.int32)


def vectors(dtype=torch.float32):
    return torch.rand(REVIEWS, LENGTH, DIM, dtype=dtype) - 0.5


def test_embedding_gives_a_vector_a_token():
    layer = embedding()
    assert layer(token_ids()).shape == (REVIEWS, LENGTH, DIM)
    assert torch.equal(layer(token_ids())[1, 2], layer.weight[4])
    assert trained_parameters(layer) == VOCAB * DIM


def test_lstm_gives_the_last_state_or_all_of_them():
    inputs = vectors()
    last, whole = lstm(), lstm(return_sequences=True)
    whole.load_state_dict(last.state_dict())
    assert last(inputs).shape == (REVIEWS, UNITS)
    assert whole(inputs).shape == (REVIEWS, LENGTH, UNITS)
    assert torch.equal(whole(inputs)[:, -1], last(inputs))
    assert not torch.equal(whole(inputs)[:, 0], last(inputs))


def test_lstm_has_kerass_parameters():
    """Kernel, recurrent kernel and one bias; torch's own layer has a second one."""
    assert trained_parameters(lstm()) == 4 * UNITS * (DIM + UNITS + 1)
    assert trained_parameters(torch.nn.LSTM(DIM, UNITS)) == 4 * UNITS * (DIM + UNITS + 2)


def test_second_bias_of_the_lstm_stays_zero():
    layer = lstm()
    layer(vectors()).sum().backward()
    assert layer.bias_hh_l0.grad is None
    assert layer.bias_ih_l0.grad is not None
    assert not layer.bias_hh_l0.requires_grad
    assert (layer.bias_hh_l0 == 0).all()


def test_forget_bias_is_one():
    input_gate, forget, cell, output = lstm().bias_ih_l0.detach().split(UNITS)
    assert (forget == 1).all()
    assert (torch.cat([input_gate, cell, output]) == 0).all()


def test_lstm_follows_its_equations(double):
    """Gates in the order input, forget, cell, output; the twin swaps two of them."""
    layer, inputs = lstm(), vectors(torch.float64)

    def by_the_equations(order):
        state = memory = torch.zeros(REVIEWS, UNITS)
        for vector in inputs.unbind(1):
            sums = vector @ layer.weight_ih_l0.T + state @ layer.weight_hh_l0.T + layer.bias_ih_l0
            gates = dict(zip(order, sums.split(UNITS, dim=1), strict=True))
            i, f, o = (gates[name].sigmoid() for name in "ifo")
            memory = f * memory + i * gates["c"].tanh()
            state = o * memory.tanh()
        return state

    torch.testing.assert_close(layer(inputs), by_the_equations("ifco"), rtol=0, atol=ROUNDING)
    assert (layer(inputs) - by_the_equations("ifoc")).abs().max() > 1e-3


def test_dense_is_the_kernel_and_a_zero_bias():
    layer, inputs = built(Dense(2), UNITS), torch.rand(REVIEWS, UNITS)
    assert (layer.bias == 0).all()
    assert trained_parameters(layer) == UNITS * 2 + 2
    torch.testing.assert_close(layer(inputs), inputs @ layer.weight.T)


def test_padding_row_is_trained():
    layer = embedding(embeddings_regularizer=L2(0.01))
    layer(token_ids()).sum().backward()
    assert (layer.weight.grad[0] != 0).all()
    assert (layer.weight.grad[8] == 0).all(), "a token that does not occur has no gradient"


def test_padding_is_not_masked():
    """The state runs over it, so a review with more of it ends in another state."""
    words, states = embedding(), lstm()
    review = torch.tensor([[3, 4, 5]])
    padded = torch.tensor([[0, 0, 3, 4, 5]])
    assert (states(words(padded)) - states(words(review))).abs().max() > 1e-5
    torch.testing.assert_close(states(words(padded)), states(words(padded.repeat(2, 1)))[:1])


def test_gradient_is_an_entry_per_occurrence_without_a_regularizer():
    layer = embedding()
    layer(token_ids()).sum().backward()
    assert layer.weight.grad.is_sparse
    assert layer.weight.grad._nnz() == REVIEWS * LENGTH
    regularized = embedding(embeddings_regularizer=L2(0.01))
    regularized(token_ids()).sum().backward()
    assert not regularized.weight.grad.is_sparse


@pytest.mark.parametrize(
    ("construct", "seeds"),
    [
        (lambda: Embedding(VOCAB, DIM), 1),
        (lambda: LSTM(UNITS), 3),
        (lambda: Dropout(0.5), 1),
        (lambda: Dropout(0.0), 0),
        (lambda: Dense(1), 1),
    ],
    ids=["Embedding", "LSTM", "Dropout", "Dropout of rate 0", "Dense"],
)
def test_constructors_take_as_many_seeds_as_kerass(seeds_taken, construct, seeds):
    layer = construct()
    assert len(seeds_taken) == seeds
    built(layer, LENGTH, DIM)
    assert len(seeds_taken) == seeds, "building takes none"


@pytest.mark.parametrize("construct", [lambda: Embedding(VOCAB, DIM), lambda: Dense(2)])
def test_torch_randomness_follows_torchs_seed(construct):
    def weight():
        return built(construct(), 9, randomness="torch").weight

    torch.manual_seed(3)
    first = weight()
    torch.manual_seed(3)
    assert torch.equal(first, weight())
    assert not torch.equal(first, weight())


def test_keras_randomness_leaves_torchs_generator_alone():
    inputs = vectors()
    before = torch.get_rng_state()
    for layer in (embedding(), lstm(), built(Dense(1), UNITS)):
        layer.reset_parameters()
    Dropout(0.5)(inputs)
    assert torch.equal(torch.get_rng_state(), before)
    built(Dropout(0.5), DIM, randomness="torch")(inputs)
    assert not torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("rate", "dtype"), [(0.3, torch.float32), (0.5, torch.float64)])
def test_dropout_scales_up_what_it_keeps(rate, dtype):
    inputs = torch.ones(40, 50, 3, dtype=dtype)
    outputs = Dropout(rate)(inputs)
    assert outputs.dtype == dtype
    assert sorted(outputs.unique().tolist()) == pytest.approx([0, 1 / (1 - rate)])
    # Six standard deviations of the mean of 6,000 draws.
    assert (outputs == 0).double().mean().item() == pytest.approx(rate, abs=6 * math.sqrt(rate * (1 - rate) / 6000))


def test_dropout_advances_in_training_only():
    layer, inputs = Dropout(0.5), vectors()
    seed, _ = layer.seed_generator.get_state()
    layer.eval()
    assert torch.equal(layer(inputs), inputs)
    assert layer.seed_generator.get_state() == (seed, 0)
    layer.train()
    first, second = layer(inputs), layer(inputs)
    assert layer.seed_generator.get_state() == (seed, 2)
    assert not torch.equal(first, second)


def test_dropout_of_rate_0_changes_nothing():
    inputs = vectors()
    assert torch.equal(Dropout(0.0)(inputs), inputs)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5, math.nan, "0.5", None])
def test_rate_out_of_range_is_refused(rate):
    with pytest.raises(SettingError, match=r"^rate: expected 0 or more and below 1, found"):
        Dropout(rate)


def test_dropout_goes_on_from_a_state_dict(tmp_path):
    layer, inputs = Dropout(0.5), vectors()
    layer(inputs)
    torch.save(layer.state_dict(), tmp_path / "state")
    expected = layer(inputs)
    resumed, fresh = Dropout(0.5), copy.deepcopy(Dropout(0.5))
    resumed.load_state_dict(torch.load(tmp_path / "state", weights_only=True))
    assert torch.equal(resumed(inputs), expected)
    assert not torch.equal(fresh(inputs), expected)


def test_dropout_of_rate_0_has_an_empty_state():
    layer = Dropout(0.0)
    layer.load_state_dict(Dropout(0.0).state_dict())
    assert layer.seed_generator is None


@pytest.mark.parametrize(("saved", "loaded"), [("keras", "torch"), ("torch", "keras")])
def test_state_of_the_other_randomness_is_refused(saved, loaded):
    state = built(Dropout(0.5), DIM, randomness=saved).state_dict()
    with pytest.raises(InputError, match=f"`randomness` {saved}"):
        built(Dropout(0.5), DIM, randomness=loaded).load_state_dict(state)


@pytest.mark.parametrize("size", [0, -1, 3.0, True, "5", 10**30])
@pytest.mark.parametrize(
    ("construct", "setting"),
    [
        (lambda size: Embedding(size, DIM), "input_dim"),
        (lambda size: Embedding(VOCAB, size), "output_dim"),
        (lambda size: LSTM(size), "units"),
        (lambda size: Dense(size), "units"),
    ],
)
def test_what_is_not_a_size_is_refused(construct, setting, size):
    with pytest.raises(SettingError, match=f"^{setting}: expected a whole number from 1 to"):
        construct(size)


def test_weights_are_drawn_in_the_default_dtype(double):
    assert embedding().weight.dtype == torch.float64
    assert lstm().weight_hh_l0.dtype == torch.float64


def test_shapes_are_known_before_any_input():
    assert Embedding(VOCAB, DIM).build((None,)) == (None, DIM)
    assert LSTM(UNITS).build((None, DIM)) == (UNITS,)
    assert LSTM(UNITS, return_sequences=True).build((LENGTH, DIM)) == (LENGTH, UNITS)
    assert Dropout(0.5).build((None, DIM)) == (None, DIM)
    assert Dense(2).build((UNITS,)) == (2,)


def test_layer_on_the_meta_device_has_shapes_and_no_values():
    with torch.device("meta"):
        layer = lstm()
    assert {tuple(weight.shape) for weight in layer.parameters()} == {
        (4 * UNITS, DIM),
        (4 * UNITS, UNITS),
        (4 * UNITS,),
    }
    assert all(weight.is_meta for weight in layer.parameters())


def test_only_the_last_dense_layer_leaves_its_sigmoid_to_the_loss():
    layer, inputs = built(Dense(2, activation="sigmoid"), UNITS), torch.rand(REVIEWS, UNITS)
    assert torch.equal(layer(inputs), torch.sigmoid(layer.logits(inputs)))
    linear = built(Dense(2), UNITS)
    assert torch.equal(linear(inputs), linear.logits(inputs))


def test_activation_that_is_not_there_is_refused():
    with pytest.raises(SettingError, match=r"^activation: expected one of linear, .*, found 'maxout'"):
        Dense(2, activation="maxout")
