"""What the initialisers of a layer give its weights: recorded (scripts/record_keras_randomness.py) and live."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.initializers import (
    INITIALIZERS,
    Constant,
    Initializer,
    initializer_config,
    initializer_from_config,
)
from lit_sentiment.keras_semantics.layer import Layer
from lit_sentiment.keras_semantics.layers import LAYERS, LSTM, Dense, Embedding, SimpleRNN
from lit_sentiment.keras_semantics.recurrence import Recurrence
from lit_sentiment.keras_semantics.seed_generator import SeedGenerator

CASES = json.loads((Path(__file__).parent / "fixtures" / "initializers.json").read_text())["initializers"]

TOLERANCE = {"float32": 3e-6, "float64": 3e-14}
"""Of the C library's logarithm, sine and cosine, and of another QR; the rest is equal to the bit."""

SIZES = {
    "Embedding": {"input_dim": 7, "output_dim": 2},
    "Dense": {"units": 2},
    "Conv1D": {"filters": 4, "kernel_size": 2},
    "LSTM": {"units": 2},
    "GRU": {"units": 2},
    "SimpleRNN": {"units": 2},
    "BatchNormalization": {},
    "LayerNormalization": {},
}

INPUTS = (5, 3)


def settings_of(name):
    return [setting for setting in LAYERS[name].settings() if setting.endswith("_initializer")]


def inputs_for(name):
    return INPUTS[:1] if name == "Embedding" else INPUTS


def built(layer, dtype="float32", inputs=None, randomness="keras"):
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        layer.build(inputs or inputs_for(type(layer).__name__), randomness)
    finally:
        torch.set_default_dtype(torch.float32)
    return layer


def weights(layer):
    return [values.numpy() for _, values in layer.keras_variables()]


def largest_gap(ours, theirs):
    assert [one.shape for one in ours] == [one.shape for one in theirs]
    assert {one.dtype for one in ours} == {one.dtype for one in theirs}
    return max(np.abs(one - other).max() for one, other in zip(ours, theirs, strict=True))


def test_every_layer_with_weights_is_tested_here():
    assert set(SIZES) == {name for name in LAYERS if settings_of(name)}
    assert {case["layer"] for case in CASES} == {*SIZES, "Bidirectional"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['layer']} {case['dtype']}")
def test_weights_and_seeds_taken_are_kerass(case):
    gaps, following = [], []
    theirs = [np.array(one, case["dtype"]) for one in case["weights"]]
    for late in (False, True):
        random.seed(case["seed"])
        if late:
            SeedGenerator()
        layer = built(LAYERS[case["layer"]].from_config(case["config"]), case["dtype"], inputs_for(case["layer"]))
        gaps.append(largest_gap(weights(layer), theirs))
        following.append(random.random())
    assert gaps[0] <= TOLERANCE[case["dtype"]]
    assert gaps[1] > 1e-3, "one seed late"
    assert following[0] == case["following"] != following[1]


@pytest.mark.parametrize("name", SIZES)
def test_config_holds_the_initializers_without_seeds_drawn(name):
    given = {setting: uniform_like(number) for number, setting in enumerate(settings_of(name))}
    config = json.loads(json.dumps(LAYERS[name](**SIZES[name], **given).get_config()))
    for setting, initializer in given.items():
        assert config[setting] == initializer_config(initializer)
    default = LAYERS[name](**SIZES[name])
    written = default.get_config()
    assert {setting: written[setting]["config"].get("seed") for setting in given} == dict.fromkeys(given)
    assert "_initializer" not in repr(default)
    assert f"{settings_of(name)[0]}=RandomUniform(minval=0" in repr(LAYERS[name](**SIZES[name], **given))


def uniform_like(number):
    return INITIALIZERS["RandomUniform"](number, number + 1, seed=number)


@pytest.mark.parametrize(("name", "setting"), [(name, setting) for name in SIZES for setting in settings_of(name)])
@pytest.mark.parametrize("value", ["he", None, 3, {"class_name": "Mine", "config": {}}])
def test_what_is_no_initializer_is_refused_by_name(name, setting, value):
    with pytest.raises(InputError, match=f"^{setting}: expected an initialiser of Zeros, .*, found"):
        LAYERS[name](**SIZES[name], **{setting: value})
    with pytest.raises(InputError, match=f"^{setting}: expected an initialiser"):
        LAYERS[name].from_config({**SIZES[name], setting: value})


def test_initializer_that_does_not_fit_the_weight_is_refused_by_name():
    for initializer, found in ((Constant(np.eye(3)), r"\(3, 3\)"), (Constant([[1.0]] * 3), r"\(3, 1\)")):
        layer = Embedding(4, 3, embeddings_initializer=initializer)
        with pytest.raises(InputError, match=rf"^embeddings_initializer: Constant: .* \(4, 3\), found {found}"):
            built(layer)
    with pytest.raises(InputError, match=r"^bias_initializer: Orthogonal: expected a weight of rank 2"):
        built(Dense(2, bias_initializer="orthogonal"))


def test_nothing_is_drawn_on_the_meta_device(monkeypatch):
    monkeypatch.setattr(Initializer, "__call__", None)
    for name, sizes in SIZES.items():
        with torch.device("meta"):
            layer = built(LAYERS[name](**sizes, **dict.fromkeys(settings_of(name), Refused())))
        assert all(weight.is_meta for weight in layer.parameters())


class Refused(Initializer):
    def __call__(self, shape, dtype, generator=None):
        raise AssertionError


@pytest.mark.parametrize("name", SIZES)
def test_torch_randomness_draws_all_but_constants_from_torch(name):
    def drawn(initializer):
        settings = dict.fromkeys(settings_of(name), initializer)
        return weights(built(LAYERS[name](**SIZES[name], **settings), randomness="torch"))

    torch.manual_seed(3)
    first = drawn("random_normal")
    torch.manual_seed(3)
    random.seed(9)
    assert largest_gap(first, drawn("random_normal")) == 0
    assert min(np.abs(one - other).max() for one, other in zip(first, drawn("random_normal"), strict=True)) > 0
    assert all(set(one.ravel()) <= {0.25, 1.0} for one in drawn(Constant(0.25)))


def test_forget_bias_is_one_whatever_the_initializer_and_the_rest_is_drawn_twice():
    for seed, equal in ((3, True), (SeedGenerator(3), False)):
        initializer = INITIALIZERS["RandomUniform"](seed=seed)
        bias = weights(built(LSTM(2, bias_initializer=initializer)))[2]
        assert bias[2:4].tolist() == [1, 1]
        assert (bias[:2] == bias[4:6]).all() == equal
    bias = weights(built(LSTM(2, bias_initializer=uniform_like(5), unit_forget_bias=False)))[2]
    assert ((bias >= 5) & (bias < 6)).all()


def test_one_generator_serves_the_weights_in_kerass_order():
    initializer = INITIALIZERS["RandomUniform"](seed=SeedGenerator(3))
    layer = built(Dense(2, kernel_initializer=initializer, bias_initializer=initializer))
    source = SeedGenerator(3)
    for ours, shape in zip(weights(layer), ((3, 2), (2,)), strict=True):
        assert np.allclose(ours, source.uniform(shape, torch.float32) * 0.1 - 0.05, atol=1e-8)


@pytest.mark.parametrize("value", [np.array([[1 / 3, 2], [3, 4]]), np.float32([1, 5]), [[0.1], [0.2]], np.float64(0.3)])
def test_array_is_written_as_keras_writes_it(value):
    config = json.loads(json.dumps(Embedding(2, 2, embeddings_initializer=Constant(value)).get_config()))
    written = config["embeddings_initializer"]["config"]["value"]
    if isinstance(value, np.ndarray):
        array = {"value": value.tolist(), "dtype": str(value.dtype)}
        assert written == {"class_name": "__numpy__", "config": array}
    else:
        assert written == value
    (read,) = weights(built(Embedding.from_config(config)))
    assert (read == np.float32(value)).all()


def random_initializers(name, rng):
    """For every setting a name or an object, with or without a seed, that fits any weight of the layer."""
    chosen = {}
    for setting in settings_of(name):
        vector = setting.startswith(("bias", "beta", "gamma", "moving"))
        kinds = set(INITIALIZERS) - (
            {"Orthogonal", "Identity"} if vector else {"Identity"} if name == "Conv1D" else set()
        )
        kind = rng.choice(sorted(kinds))
        config = {"Constant": {"value": rng.random()}}.get(kind, {})
        if "seed" in initializer_from_config(kind).get_config():
            generator = {"module": "keras.random", "class_name": "SeedGenerator", "registered_name": None}
            generators = [{**generator, "config": {"seed": one}} for one in (None, 6)]
            config = rng.choice([{}, {"seed": None}, {"seed": 5}, *({"seed": one} for one in generators)])
        written = {"module": "keras.initializers", "class_name": kind, "config": config, "registered_name": None}
        chosen[setting] = rng.choice([kind, written]) if kind != "Constant" else written
    return chosen


MAKERS = {
    "settings": lambda layers, get, name, settings, given: getattr(layers, name)(**settings, **given),
    "objects": lambda layers, get, name, settings, given: getattr(layers, name)(
        **settings, **{setting: get(value) for setting, value in given.items()}
    ),
    "config": lambda layers, get, name, settings, given: getattr(layers, name).from_config({**settings, **given}),
    "both directions": lambda layers, get, name, settings, given: layers.Bidirectional(
        getattr(layers, name)(**settings, **{setting: get(value) for setting, value in given.items()})
    ),
    "both directions, config": lambda layers, get, name, settings, given: layers.Bidirectional.from_config(
        layers.Bidirectional(getattr(layers, name)(**settings, **given)).get_config()
    ),
}


@pytest.fixture
def gap_of(keras):
    """Return the largest difference to Keras's initial weights of a layer; the seeds taken are equal."""
    from lit_sentiment.keras_semantics import layers

    def gap_of(maker, name, given, dtype, seed):
        keras.config.set_dtype_policy(dtype)
        keras.config.set_floatx(dtype)
        settings = {**SIZES[name], **({"unit_forget_bias": bool(seed % 2)} if name == "LSTM" else {})}
        random.seed(seed)
        theirs = MAKERS[maker](keras.layers, keras.initializers.get, name, settings, given)
        theirs.build((None, *inputs_for(name)))
        following = random.random()
        random.seed(seed)
        ours = MAKERS[maker](layers, initializer_from_config, name, settings, given)
        built(ours, dtype, inputs_for(name))
        assert random.random() == following
        return largest_gap(weights(ours), [np.asarray(one) for one in theirs.weights])

    return gap_of


@pytest.mark.keras
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(
    ("maker", "name"),
    [
        (maker, name)
        for maker in MAKERS
        for name in SIZES
        if "both" not in maker or issubclass(LAYERS[name], Recurrence)
    ],
)
def test_weights_are_those_of_live_keras(gap_of, drawn, maker, name, dtype):
    rng = random.Random(int(drawn.integers(2**31)))
    for _ in range(8):
        given, seed = random_initializers(name, rng), rng.randrange(2**31)
        print(given, seed)
        kinds = {value if isinstance(value, str) else value["class_name"] for value in given.values()}
        rounded = any("Normal" in kind or kind in ("Orthogonal", "VarianceScaling") for kind in kinds)
        assert gap_of(maker, name, given, dtype, seed) <= (TOLERANCE[dtype] if rounded else 0)


def read_backwards(self, **initializers):
    for setting, value in reversed(initializers.items()):
        setattr(self, setting, initializer_from_config(value))


RULES = {
    "initialisers read backwards": ("Dense", "settings", Layer, "_set_initializers", read_backwards),
    "Glorot's for all": (
        "Dense",
        "config",
        Layer,
        "_initial",
        lambda self, setting, shape, dtype: INITIALIZERS["GlorotUniform"](seed=1)(shape, dtype),
    ),
    "bias of the LSTM in one draw": ("LSTM", "settings", LSTM, "_initial", Layer._initial),
    "seed of the masks last": ("SimpleRNN", "settings", SimpleRNN, "masks_first", False),
}


@pytest.mark.keras
@pytest.mark.parametrize("rule", RULES)
def test_weights_by_another_rule_are_not_those_of_live_keras(gap_of, monkeypatch, rule):
    name, maker, owner, method, replacement = RULES[rule]
    given = dict.fromkeys(settings_of(name), "he_uniform")
    assert gap_of(maker, name, given, "float64", 3) == 0
    monkeypatch.setattr(owner, method, replacement)
    assert gap_of(maker, name, given, "float64", 3) > 1e-3


@pytest.mark.keras
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(
    "value",
    [
        *(1 / 3, [[1 / 3]] * 7, (0.1, 0.2), np.full((7, 2), 1 / 3), np.float32([0.1, 0.2]), np.float64(1 / 3)),
        *(np.array(1 / 3), np.arange(14).reshape(7, 2), np.eye(7, 2) > 0),
    ],
    ids=repr,
)
def test_constant_is_that_of_live_keras(keras, value, dtype):
    """In the layer itself, and read from the config that either wrote."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    theirs = keras.layers.Embedding(7, 2, embeddings_initializer=keras.initializers.Constant(value))
    ours = Embedding(7, 2, embeddings_initializer=Constant(value))
    their_config, our_config = (json.loads(json.dumps(one.get_config())) for one in (theirs, ours))
    assert our_config["embeddings_initializer"] == their_config["embeddings_initializer"]
    pairs = [(theirs, ours)]
    pairs.append((keras.layers.Embedding.from_config(our_config), Embedding.from_config(their_config)))
    for one, other in pairs:
        one.build((None, 5))
        assert largest_gap(weights(built(other, dtype)), [np.asarray(one.embeddings)]) == 0
