"""LSTM, GRU and SimpleRNN: their equations in NumPy, their masks, seeds and configs, and Keras itself."""

import random

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics import layers
from lit_sentiment.keras_semantics.activations import ACTIVATIONS
from lit_sentiment.keras_semantics.config_objects import keras_object
from lit_sentiment.keras_semantics.layers import GRU, LSTM, SimpleRNN
from lit_sentiment.keras_semantics.regularizers import L2
from lit_sentiment.keras_semantics.seed_generator import SeedGenerator

REVIEWS, LENGTH, DIM, UNITS = 4, 6, 3, 5
KINDS = (LSTM, GRU, SimpleRNN)

ROUNDING = 1e-14
"""Of float64 sums of eight numbers below 2, over six steps."""
MISS = 1e-4
"""What a wrong rule is off at least."""

ON_ARRAYS = {
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "linear": lambda x: x,
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
}


@pytest.fixture(autouse=True)
def _double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def built(kind, **settings):
    """A layer whose biases are not zero."""
    layer = kind(UNITS, **settings)
    layer.build((None, DIM))
    with torch.no_grad():
        for variable, values in layer.keras_variables():
            if variable.name == "bias":
                values.add_(torch.rand_like(values) - 0.5)
    return layer


def vectors():
    return torch.rand(REVIEWS, LENGTH, DIM) * 2 - 1


def by_the_equations(layer, inputs, input_masks=None, state_masks=None, swapped=False):
    """The outputs (B, T, units) by Keras's equations; masks (gates, B, N) of ones where nothing is dropped."""
    kernel, recurrent, *bias = (values.numpy() for _, values in layer.keras_variables())
    gates, units = layer.gates, layer.units
    input_masks = np.ones((gates, len(inputs), DIM)) if input_masks is None else input_masks
    state_masks = np.ones((gates, len(inputs), units)) if state_masks is None else state_masks
    b = np.zeros(gates * units) if not bias else bias[0] if bias[0].ndim == 1 else bias[0][0]
    d = bias[0][1] if bias and bias[0].ndim == 2 else np.zeros(gates * units)
    act = ON_ARRAYS[layer.activation]
    rec = ON_ARRAYS[getattr(layer, "recurrent_activation", "sigmoid")]
    order = [1, 0, *range(2, gates)] if swapped else range(gates)
    part = [slice(gate * units, (gate + 1) * units) for gate in order]
    h = c = np.zeros((len(inputs), units))
    outputs = []
    steps = inputs.numpy().transpose(1, 0, 2)
    for x in steps[::-1] if layer.go_backwards else steps:
        sums = [(x * mask) @ kernel[:, one] + b[one] for mask, one in zip(input_masks, part, strict=True)]

        def of(state, gate):
            return (state * state_masks[gate]) @ recurrent[:, part[gate]] + d[part[gate]]

        if gates == 4:
            i, f, g, o = (one + of(h, gate) for gate, one in enumerate(sums))
            c = rec(f) * c + rec(i) * act(g)
            h = rec(o) * act(c)
        elif gates == 3:
            z, r = (rec(sums[gate] + of(h, gate)) for gate in (0, 1))
            new = act(sums[2] + (r * of(h, 2) if layer.reset_after else of(r * h, 2)))
            h = z * h + (1 - z) * new
        else:
            h = act(sums[0] + of(h, 0))
        outputs.append(h)
    return np.stack(outputs, 1)


def gap(ours, theirs):
    return np.abs(np.asarray(ours) - np.asarray(theirs)).max()


SETTINGS = [
    {},
    {"use_bias": False},
    {"go_backwards": True},
    {"activation": "relu"},
    {"activation": None, "use_bias": False},
    {"recurrent_activation": "hard_sigmoid", "go_backwards": True},
    {"reset_after": False},
    {"reset_after": False, "use_bias": False},
    {"unit_forget_bias": False},
]


def fitting(kind, settings):
    """Whether a layer has these settings."""
    return settings.keys() <= kind.settings().keys()


@pytest.mark.parametrize(
    ("kind", "settings"), [(kind, settings) for kind in KINDS for settings in SETTINGS if fitting(kind, settings)]
)
def test_layer_follows_its_equations(kind, settings):
    layer, inputs = built(kind, return_sequences=True, **settings), vectors()
    expected = by_the_equations(layer, inputs)
    assert gap(layer(inputs).detach(), expected) <= ROUNDING
    layer.return_sequences = False
    assert gap(layer(inputs).detach(), expected[:, -1]) <= ROUNDING
    if kind is not SimpleRNN:
        assert gap(by_the_equations(layer, inputs, swapped=True), expected) > MISS, "two gates swapped"
    assert gap(by_the_equations(layer, inputs.flip(1)), expected) > MISS, "read from the other end"


def test_reset_before_is_not_reset_after():
    layer, inputs = built(GRU, use_bias=False), vectors()
    after = by_the_equations(layer, inputs)
    layer.reset_after = False
    assert gap(by_the_equations(layer, inputs), after) > MISS


@pytest.mark.parametrize("kind", KINDS)
def test_torchs_kernel_and_the_loop_are_the_same_function(kind, monkeypatch):
    layer, inputs = built(kind, return_sequences=True), vectors().requires_grad_()
    fast = layer(inputs)
    fast_gradients = torch.autograd.grad(
        fast.square().sum(), [inputs, *[p for p in layer.parameters() if p.requires_grad]]
    )
    monkeypatch.setattr(layer, "_torch_kernel", lambda: None)
    looped = layer(inputs)
    gradients = torch.autograd.grad(
        looped.square().sum(), [inputs, *[p for p in layer.parameters() if p.requires_grad]]
    )
    assert gap(fast.detach(), looped.detach()) <= ROUNDING
    assert max(map(gap, fast_gradients, gradients)) <= 10 * ROUNDING


def drawn_masks(layer, seed):
    """What Keras draws for one call, in its order: (1 or gates, B, DIM) and (gates, B, UNITS)."""
    generator = SeedGenerator(seed)
    count = layer.gates if layer.recurrent_dropout or layer.implementation == 1 else 1
    masks = []
    for rate, number, size in ((layer.dropout, count, DIM), (layer.recurrent_dropout, layer.gates, UNITS)):
        if 0 < rate < 1:
            draws = [generator.uniform((REVIEWS, size), torch.float64).numpy() for _ in range(number)]
            masks.append(np.where(np.stack(draws) >= rate, 1 / (1 - rate), 0))
        else:
            fill = 0 if rate == 1 and layer.drops_all else 1
            masks.append(np.full((number, REVIEWS, size), float(fill)))
    inputs, states = masks
    return np.broadcast_to(inputs, (layer.gates, REVIEWS, DIM)), states, generator.counter


RATES = [(0.3, 0), (0, 0.4), (0.3, 0.4), (1.0, 0.4), (0.3, 1.0), (1.0, 0), (-0.5, 0), (1.7, 0.2)]


@pytest.mark.parametrize("rates", RATES, ids=str)
@pytest.mark.parametrize("kind", [*KINDS, lambda units, **rest: GRU(units, reset_after=False, **rest)])
def test_dropout_masks_are_kerass_and_the_same_at_every_step(kind, rates):
    layer = built(kind, dropout=rates[0], recurrent_dropout=rates[1], seed=7, return_sequences=True)
    inputs = vectors()
    input_masks, state_masks, draws = drawn_masks(layer, 7)
    expected = by_the_equations(layer, inputs, input_masks, state_masks)
    assert gap(layer(inputs).detach(), expected) <= ROUNDING
    assert layer.mask_generator.get_state() == (7, draws)
    if draws > 1 and layer.gates > 1:
        wrong = by_the_equations(layer, inputs, input_masks[::-1], state_masks[::-1])
        assert gap(wrong, expected) > MISS, "masks in the order of other gates"


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_implementation_1_of_keras_2_draws_a_mask_per_gate(kind):
    config = {"units": UNITS, "dropout": 0.3, "seed": 7, "return_sequences": True}
    inputs, outputs = vectors(), []
    for implementation, count in ((1, kind.gates), (2, 1), (0, 1)):
        layer = kind.from_config({**config, "implementation": implementation})
        torch.manual_seed(0)
        layer.build((None, DIM))
        input_masks, _, draws = drawn_masks(layer, 7)
        outputs.append(layer(inputs).detach())
        assert layer.mask_generator.get_state() == (7, draws)
        assert draws == count
        assert gap(outputs[-1], by_the_equations(layer, inputs, input_masks)) <= ROUNDING
        assert layer.get_config().get("implementation") == (1 if implementation == 1 else None)
    assert gap(outputs[0], outputs[1]) > MISS


@pytest.mark.parametrize("rates", [{}, {"dropout": 0.2, "recurrent_dropout": 0.2}], ids=str)
def test_implementation_1_is_left_out_where_it_changes_no_mask(rates):
    settings = {"units": UNITS, **rates}
    assert LSTM.from_config({**settings, "implementation": 1}).get_config() == LSTM.from_config(settings).get_config()


COUNTS = {LSTM: (1, 4, 8), GRU: (1, 3, 6), SimpleRNN: (1, 1, 2)}


@pytest.mark.parametrize("training", [True, False], ids=["training", "prediction"])
@pytest.mark.parametrize("which", [0, 1, 2], ids=["dropout", "recurrent_dropout", "both"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_call_advances_the_generator(kind, which, training):
    rates = [{"dropout": 0.3}, {"recurrent_dropout": 0.4}, {"dropout": 0.3, "recurrent_dropout": 0.4}][which]
    layer, inputs = built(kind, seed=7, **rates), vectors()
    layer.train(training)
    first, second = layer(inputs), layer(inputs)
    assert layer.masks.seed_generator.get_state() == (7, 2 * COUNTS[kind][which])
    assert torch.equal(first, second) is not training
    if not training:
        assert gap(first.detach(), by_the_equations(layer, inputs)[:, -1]) <= ROUNDING


@pytest.mark.parametrize("kind", KINDS)
def test_training_goes_on_from_a_state_dict(kind):
    layer, inputs = built(kind, dropout=0.3, recurrent_dropout=0.2), vectors()
    layer(inputs)
    resumed, fresh = built(kind, dropout=0.3, recurrent_dropout=0.2), built(kind, dropout=0.3, recurrent_dropout=0.2)
    resumed.load_state_dict(layer.state_dict())
    weights = {name: value for name, value in layer.state_dict().items() if not name.endswith("_extra_state")}
    fresh.load_state_dict(weights, strict=False)
    expected = layer(inputs)
    assert torch.equal(resumed(inputs), expected)
    assert not torch.equal(fresh(inputs), expected)


def test_layer_without_dropout_has_no_state_but_its_weights():
    """So that checkpoints of the listings keep their form."""
    assert list(built(LSTM).state_dict()) == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]


@pytest.mark.parametrize(("kind", "at"), [(LSTM, 3), (GRU, 3), (SimpleRNN, 1)])
def test_seed_of_the_masks_takes_no_draw(monkeypatch, kind, at):
    taken = iter(range(1, 9))
    monkeypatch.setattr(random, "randint", lambda *limits: next(taken))
    for seed, mask_seed, first in ((None, at, 1), (99, 99, 4)):
        layer = kind(UNITS, seed=seed)
        others = [one for one in range(first, first + 3) if one != mask_seed]
        assert [layer.kernel_initializer.seed, layer.recurrent_initializer.seed] == others[:2]
        assert layer.mask_generator.seed == mask_seed


@pytest.mark.parametrize("kind", KINDS)
def test_config_makes_the_same_layer(kind):
    given = {
        "activation": "relu",
        "use_bias": False,
        "dropout": 0.25,
        "go_backwards": True,
        "kernel_regularizer": L2(0.5),
    }
    layer = kind(UNITS, recurrent_dropout=0.5, return_sequences=True, bias_regularizer=L2(0.125), **given)
    again = kind.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert repr(again) == repr(layer)
    assert again.use_bias is False
    assert again.kernel_regularizer == L2(0.5)


def test_simple_rnn_leaves_its_seed_out_of_its_config():
    """As Keras does: a copy inside Bidirectional takes a seed of its own."""
    assert "seed" not in SimpleRNN(UNITS, seed=3).get_config()
    assert LSTM(UNITS, seed=3).get_config()["seed"] == 3


def test_regularizers_are_those_of_kernel_recurrent_kernel_and_bias():
    settings = {"kernel_regularizer": L2(0.1), "recurrent_regularizer": L2(0.2), "bias_regularizer": L2(0.3)}
    assert built(GRU, **settings).regularizers == {"kernel": L2(0.1), "recurrent_kernel": L2(0.2), "bias": L2(0.3)}
    assert built(LSTM, **settings).regularizers["bias_ih_l0"] == L2(0.3)
    assert "bias" not in built(GRU, use_bias=False, **settings).regularizers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("units", 0),
        ("units", 2.5),
        ("activation", "maxout"),
        ("dropout", "0.1"),
        ("dropout", float("nan")),
        ("recurrent_dropout", None),
        ("seed", 1.5),
        ("seed", True),
    ],
)
def test_value_that_a_setting_cannot_have_is_refused(kind, setting, value):
    with pytest.raises(SettingError, match=f"^{setting}: expected .*, found"):
        kind(**{"units": UNITS, setting: value})


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_recurrent_activation_that_is_not_there_is_refused(kind):
    with pytest.raises(SettingError, match=f"^recurrent_activation: expected one of {', '.join(ACTIVATIONS)}, found"):
        kind(UNITS, recurrent_activation="maxout")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("stateful", True),
        ("return_state", True),
        ("kernel_constraint", {"class_name": "NonNeg", "config": {}}),
        ("recurrent_constraint", "max_norm"),
        ("activity_regularizer", "l2"),
    ],
)
def test_setting_that_the_layer_does_not_have_is_refused_by_name(kind, setting, value):
    with pytest.raises(InputError, match=f"^expected {setting} to be off, found"):
        kind.from_config({"units": UNITS, setting: value})
    assert kind.from_config({"units": UNITS, setting: None}).units == UNITS


def drawn_settings(kind, rng):
    """Some of the settings of a recurrent layer, at random."""
    settings = {
        "dropout": rng.choice([0.0, 0.0, 0.3]),
        "recurrent_dropout": rng.choice([0.0, 0.0, 0.25]),
        "go_backwards": rng.random() < 0.5,
        "use_bias": rng.random() < 0.8,
        "seed": rng.choice([None, None, 5]),
    }
    if kind == "GRU":
        settings["reset_after"] = rng.random() < 0.5
    if kind == "LSTM":
        settings["unit_forget_bias"] = rng.random() < 0.5
    return settings


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_weights_outputs_and_gradients_are_those_of_keras(keras, kind, dtype):
    import tensorflow as tf

    seed = random.SystemRandom().randrange(2**31)
    print("drawn with", seed)
    settings = drawn_settings(kind, random.Random(seed)) | {"return_sequences": True}
    keras.config.set_floatx(dtype)
    torch.set_default_dtype(getattr(torch, dtype))
    x = np.random.default_rng(seed).normal(size=(REVIEWS, LENGTH, DIM)).astype(dtype)
    mask = np.random.default_rng(seed).random((REVIEWS, LENGTH)) < 0.6
    made = []
    for library in (keras.layers, layers):
        random.seed(seed)
        made.append(getattr(library, kind)(UNITS, dtype=dtype, **settings) if library is keras.layers else None)
        made[-1] = made[-1] or getattr(library, kind)(UNITS, **settings)
    theirs, ours = made
    theirs.build(x.shape)
    ours.build((None, DIM))
    with tf.GradientTape() as tape:
        outputs = theirs(x, mask=mask, training=True)
        loss = tf.reduce_sum(outputs**2)
    their_gradients = tape.gradient(loss, theirs.trainable_variables)

    our_outputs = ours(torch.from_numpy(x), torch.from_numpy(mask))
    our_outputs.square().sum().backward()
    tolerance = {"float32": 1e-5, "float64": 1e-13}[dtype]
    for (variable, values), weight, gradient in zip(
        ours.keras_variables(), theirs.weights, their_gradients, strict=False
    ):
        assert gap(values, weight) <= tolerance
        our_gradient = ours.get_parameter(variable.parameter).grad
        assert gap(our_gradient.T if variable.transposed else our_gradient, gradient) <= 10 * tolerance
    assert gap(our_outputs.detach(), outputs) <= tolerance
    assert gap(ours(torch.from_numpy(x)).detach(), outputs) > MISS, "without the mask of padding"


@pytest.mark.keras
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_whole_training_is_that_of_keras(train_both, kind):
    """Two layers, each with settings at random, under padding of all kinds."""
    rng = random.Random(train_both.seed)
    settings = [drawn_settings(kind, rng) for _ in range(2)]

    def listing(keras):
        layer = getattr(keras.layers, kind)
        return [layer(5, return_sequences=True, **settings[0]), layer(4, **settings[1])]

    train_both(listing)


@pytest.mark.keras
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_training_with_implementation_1_is_that_of_keras(train_both, kind):
    """With `use_cudnn` off, without which Keras 3.15 fails; in a Bidirectional only a `backward_layer` keeps it."""

    def listing(keras):
        settings = {"units": 3, "dropout": 0.4, "implementation": 1, "use_cudnn": False}
        first = getattr(keras.layers, kind).from_config({**settings, "return_sequences": True})
        both = {
            name: keras_object("keras.layers", kind, {**settings, "go_backwards": backwards})
            for name, backwards in (("layer", False), ("backward_layer", True))
        }
        return [first, keras.layers.Bidirectional.from_config(both)]

    train_both(listing)


@pytest.mark.keras
def test_training_without_implementation_1_is_another(train_both, monkeypatch):
    """The wrong rule: a setting of Keras 2 passed over."""
    monkeypatch.setattr(LSTM, "from_config", lambda config: LSTM(config["units"], dropout=config["dropout"]))
    config = {"units": 4, "dropout": 0.4, "implementation": 1, "use_cudnn": False}
    with pytest.raises(AssertionError, match=r"loss|accuracy"):
        train_both(lambda keras: [keras.layers.LSTM.from_config(config)])


@pytest.mark.keras
def test_training_after_a_validation_that_draws_no_masks_is_another(train_both, monkeypatch):
    """The wrong rule: masks drawn in training only, as the Dropout layer does."""
    right = LSTM._random_masks
    monkeypatch.setattr(
        LSTM, "_random_masks", lambda self, inputs: right(self, inputs) if self.training else (None, None)
    )
    with pytest.raises(AssertionError, match=r"loss|accuracy"):
        train_both(lambda keras: [keras.layers.LSTM(5, dropout=0.4)])
