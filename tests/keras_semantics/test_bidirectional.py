"""A layer in both directions: its copies and their seeds, merging, configs and paths, and Keras itself."""

import random

import pytest
import torch

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.layer_stack import LayerStack, keras_variables
from lit_sentiment.keras_semantics.layers import GRU, LAYERS, LSTM, Bidirectional, Dense, Embedding, SimpleRNN
from lit_sentiment.keras_semantics.regularizers import L2

REVIEWS, LENGTH, DIM, UNITS = 3, 5, 2, 4


@pytest.fixture
def seeds(monkeypatch):
    """Seeds are 1, 2, 3, ... in the order taken."""
    taken = iter(range(1, 99))
    monkeypatch.setattr(random, "randint", lambda *limits: next(taken))


def seeds_of(layer):
    return [layer.kernel_initializer.seed, layer.recurrent_initializer.seed, layer.mask_generator.seed]


def built(*args, **settings):
    layer = Bidirectional(*args, **settings)
    layer.build((None, DIM))
    return layer


def test_copies_take_seeds_after_the_layer_given(seeds):
    layer = Bidirectional(LSTM(UNITS))
    assert (seeds_of(layer.forward_layer), seeds_of(layer.backward_layer)) == ([4, 5, 6], [7, 8, 9])


def test_backward_layer_given_is_used_itself(seeds):
    layer = Bidirectional(LSTM(UNITS), backward_layer=LSTM(UNITS, go_backwards=True))
    assert (seeds_of(layer.forward_layer), seeds_of(layer.backward_layer)) == ([7, 8, 9], [4, 5, 6])


def test_layer_from_a_config_takes_seeds_in_another_order(seeds):
    config = Bidirectional(LSTM(UNITS)).get_config()  # takes 1 to 9
    layer = Bidirectional.from_config(config)
    assert (seeds_of(layer.forward_layer), seeds_of(layer.backward_layer)) == ([16, 17, 18], [13, 14, 15])


def test_copies_keep_the_seed_of_the_masks_where_kerass_configs_do(seeds):
    lstm, rnn = Bidirectional(LSTM(UNITS, seed=77)), Bidirectional(SimpleRNN(UNITS, seed=77))
    assert [seeds_of(one)[2] for one in (lstm.forward_layer, lstm.backward_layer)] == [77, 77]
    assert [seeds_of(one)[2] for one in (rnn.forward_layer, rnn.backward_layer)] == [9, 12]


MERGES = {
    "concat": lambda a, b: torch.cat([a, b], -1),
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) / 2,
}


@pytest.mark.parametrize("kind", [LSTM, GRU, SimpleRNN])
@pytest.mark.parametrize("merge_mode", MERGES)
def test_outputs_of_both_directions_are_merged_in_the_order_of_time(merge_mode, kind):
    inputs, mask = torch.rand(REVIEWS, LENGTH, DIM), torch.rand(REVIEWS, LENGTH) > 0.4
    layer = built(kind(UNITS, return_sequences=True), merge_mode=merge_mode)
    forward = layer.forward_layer(inputs, mask)
    backward = layer.backward_layer(inputs, mask)
    outputs = layer(inputs, mask)
    assert torch.equal(outputs, MERGES[merge_mode](forward, backward.flip(1)))
    assert (outputs - MERGES[merge_mode](forward, backward)).abs().max() > 1e-4, "not turned round"
    assert (outputs[~mask] == 0).all(), "a masked step gives zeros"
    assert layer.build((LENGTH, DIM)) == outputs.shape[1:]


@pytest.mark.parametrize("merge_mode", MERGES)
def test_last_outputs_are_those_of_both_ends(merge_mode):
    inputs = torch.rand(REVIEWS, LENGTH, DIM)
    layer = built(GRU(UNITS), merge_mode=merge_mode)
    expected = MERGES[merge_mode](layer.forward_layer(inputs), layer.backward_layer(inputs))
    assert torch.equal(layer(inputs), expected)
    assert torch.allclose(layer.backward_layer(inputs), _forwards(layer.backward_layer, inputs.flip(1)))
    assert layer.build((LENGTH, DIM)) == expected.shape[1:]


def _forwards(layer, inputs):
    layer.go_backwards = False
    try:
        return layer(inputs)
    finally:
        layer.go_backwards = True


def test_variables_have_kerass_paths():
    stack = LayerStack([Embedding(7, DIM), Bidirectional(LSTM(UNITS)), Bidirectional(GRU(3, use_bias=False)), Dense(1)])
    below = [f"{side}/cell/vars/{number}" for side in ("forward_layer", "backward_layer") for number in range(3)]
    expected = [f"layers/bidirectional/{path}" for path in below]
    expected += [f"layers/bidirectional_1/{path}" for path in below if not path.endswith("2")]
    expected = ["layers/embedding/vars/0", *expected, "layers/dense/vars/0", "layers/dense/vars/1"]
    assert [path for path, _ in keras_variables(stack)] == expected
    shapes = {path: tuple(values.shape) for path, values in keras_variables(stack)}
    assert shapes["layers/bidirectional/backward_layer/cell/vars/1"] == (UNITS, 4 * UNITS)


def test_config_makes_the_same_layer():
    layer = Bidirectional(
        LSTM(UNITS, dropout=0.25, kernel_regularizer=L2(0.5), return_sequences=True),
        merge_mode="mul",
        backward_layer=GRU(UNITS, go_backwards=True, return_sequences=True, use_bias=False),
    )
    again = LAYERS["Bidirectional"].from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert isinstance(again.backward_layer, GRU)
    assert again.forward_layer.kernel_regularizer == L2(0.5)


def test_regularizers_are_those_of_both_directions():
    layer = built(GRU(UNITS, recurrent_regularizer=L2(0.1)))
    assert layer.regularizers == {"forward_layer.recurrent_kernel": L2(0.1), "backward_layer.recurrent_kernel": L2(0.1)}
    assert all(layer.get_parameter(name).shape == (UNITS, 3 * UNITS) for name in layer.regularizers)


def test_masks_of_both_directions_go_on_from_a_state_dict():
    layer, inputs = built(LSTM(UNITS, dropout=0.5)), torch.rand(REVIEWS, LENGTH, DIM)
    layer(inputs)
    resumed = built(LSTM(UNITS, dropout=0.5))
    resumed.load_state_dict(layer.state_dict())
    assert torch.equal(resumed(inputs), layer(inputs))


@pytest.mark.parametrize(
    ("construct", "message"),
    [
        (
            lambda: Bidirectional(LSTM(UNITS), merge_mode=None),
            "^merge_mode: expected one of concat, sum, mul, ave, found",
        ),
        (lambda: Bidirectional(Dense(UNITS)), "^layer: expected one of LSTM, GRU, SimpleRNN, found"),
        (lambda: Bidirectional(LSTM(UNITS), "sum", Dense(UNITS)), "^backward_layer: expected one of LSTM"),
        (
            lambda: Bidirectional(LSTM(UNITS), backward_layer=LSTM(UNITS)),
            "^backward_layer: expected go_backwards to be",
        ),
        (lambda: Bidirectional(LSTM(UNITS, go_backwards=True)), "^backward_layer: expected go_backwards to be False"),
        (
            lambda: Bidirectional(LSTM(UNITS), backward_layer=LSTM(UNITS + 1, go_backwards=True)),
            "^backward_layer: expected return_sequences and units as in layer",
        ),
    ],
)
def test_layers_that_do_not_fit_are_refused(construct, message):
    with pytest.raises(SettingError, match=message):
        construct()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"merge_mode": None}, "^expected a setting layer, found none"),
        ({"layer": {"class_name": "Dense", "config": {}}}, "^expected layer to be one of LSTM, GRU, SimpleRNN, found"),
        ({"layer": 3}, "^expected layer to be one of LSTM"),
        (
            {"layer": {"class_name": "LSTM", "config": {"units": 2, "stateful": True}}},
            "^layer: expected stateful to be",
        ),
        ({"layer": {"class_name": "LSTM", "config": {}}}, "^layer: expected a setting units"),
        ({"layer": {"class_name": "LSTM", "config": {"units": 2}}, "weights": [1]}, "^expected weights to be off"),
    ],
)
def test_config_that_cannot_be_read_is_refused(config, message):
    with pytest.raises(InputError, match=message):
        Bidirectional.from_config(config)


@pytest.mark.keras
def test_config_is_that_of_keras(keras):
    """What Keras writes is read, and what is written Keras reads as the same layer."""
    theirs = keras.layers.Bidirectional(
        keras.layers.GRU(UNITS, dropout=0.25, return_sequences=True, reset_after=False), merge_mode="ave"
    )
    ours = Bidirectional.from_config(theirs.get_config())
    again = keras.layers.Bidirectional.from_config(ours.get_config())
    for side in ("forward_layer", "backward_layer"):
        config = getattr(theirs, side).get_config() | {"name": ""}
        assert getattr(again, side).get_config() | {"name": ""} == config
        assert getattr(ours, side).zero_output_for_mask
    assert again.merge_mode == "ave"


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # TensorFlow 2.21 with NumPy 2
def test_weights_lie_where_kerass_files_have_them(keras, tmp_path):
    import h5py

    model = keras.Sequential([keras.layers.Input((LENGTH, DIM)), keras.layers.Bidirectional(keras.layers.LSTM(UNITS))])
    model.save_weights(tmp_path / "of.weights.h5")
    found = []
    with h5py.File(tmp_path / "of.weights.h5") as file:
        file.visititems(lambda path, one: found.append((path, one.shape)) if isinstance(one, h5py.Dataset) else None)
    ours = {path: tuple(values.shape) for path, values in keras_variables([built(LSTM(UNITS))])}
    assert {path: shape for path, shape in found if path.startswith("layers/")} == ours


@pytest.mark.keras
@pytest.mark.parametrize("from_config", [False, True], ids=["built in Python", "from a config"])
def test_whole_training_is_that_of_keras(train_both, from_config):
    rng = random.Random(train_both.seed)
    kinds = [rng.choice(["LSTM", "GRU", "SimpleRNN"]) for _ in range(2)]
    merge_modes = [rng.choice(list(MERGES)) for _ in range(2)]
    settings = {"dropout": rng.choice([0, 0.3]), "seed": rng.choice([None, 5]), "unroll": rng.random() < 0.5}
    print(kinds, merge_modes, settings)

    def listing(keras):
        inner = [getattr(keras.layers, kind) for kind in kinds]
        both = [
            keras.layers.Bidirectional(inner[0](3, return_sequences=True, **settings), merge_mode=merge_modes[0]),
            keras.layers.Bidirectional(inner[1](4, recurrent_dropout=0.2), merge_mode=merge_modes[1]),
        ]
        return [type(one).from_config(one.get_config()) for one in both] if from_config else both

    train_both(listing)


@pytest.mark.keras
def test_training_with_seeds_in_the_order_of_construction_is_another(train_both, monkeypatch):
    """The wrong rule: a layer read from a config takes its seeds as one that is built in Python."""

    def from_config(cls, config):
        return cls(LSTM.from_config(config["layer"]["config"]), config["merge_mode"])

    monkeypatch.setattr(Bidirectional, "from_config", classmethod(from_config))
    with pytest.raises(AssertionError, match=r"loss|accuracy"):
        train_both(
            lambda keras: [
                keras.layers.Bidirectional.from_config(keras.layers.Bidirectional(keras.layers.LSTM(3)).get_config())
            ]
        )
