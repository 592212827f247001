"""Which configs are one of the three listings, and what the others are refused for."""

import copy
import json

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.listing import Listing
from lit_sentiment.keras_files.recognition import parse_config, recognise

EMBEDDING, LSTM, DENSE = 1, 2, 3
"""Places in the config of a model with one LSTM, whose first layer is the input layer."""


def config_of(name="BaselineLSTM", **settings):
    sizes = {"vocab_size": 13, "embedding_dim": 3, "units": 5, "learning_rate": 0.004}
    return Listing(name, sizes | settings, "float32").config()


def regularizer(kind, **config):
    return {"module": "keras.regularizers", "class_name": kind, "config": config, "registered_name": None}


def layer_of(kind, name):
    return {"module": "keras.layers", "class_name": kind, "config": {"name": name}, "registered_name": None}


def test_own_config_is_recognised(model):
    expected = Listing.of(model)
    found = recognise(parse_config(json.dumps(expected.config())))
    assert (found.model, found.dtype) == (expected.model, expected.dtype)
    del expected.hyperparameters["randomness"]
    assert found.hyperparameters == expected.hyperparameters


@pytest.mark.parametrize(
    ("place", "setting", "value"),
    [
        (EMBEDDING, "mask_zero", True),
        (EMBEDDING, "embeddings_constraint", {"class_name": "MaxNorm", "config": {"max_value": 2}}),
        (EMBEDDING, "trainable", False),
        (EMBEDDING, "quantization_config", {"class_name": "Int8QuantizationConfig", "config": {}}),
        (LSTM, "activation", "relu"),
        (LSTM, "activation", {"class_name": "function", "config": "mine"}),
        (LSTM, "recurrent_activation", "hard_sigmoid"),
        (LSTM, "use_bias", False),
        (LSTM, "go_backwards", True),
        (LSTM, "stateful", True),
        (LSTM, "return_sequences", True),
        (LSTM, "return_state", True),
        (LSTM, "time_major", True),
        (LSTM, "dropout", 0.1),
        (LSTM, "recurrent_dropout", 0.2),
        (LSTM, "recurrent_regularizer", regularizer("L2", l2=0.01)),
        (LSTM, "dtype", "float64"),
        (LSTM, "dtype", {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}),
        (LSTM, "a_setting_of_keras_4", "on"),
        (DENSE, "units", 2),
        (DENSE, "activation", "linear"),
        (DENSE, "bias_regularizer", regularizer("L2", l2=0.01)),
    ],
)
def test_other_setting_is_refused_by_name(place, setting, value):
    config = config_of()
    layer = config["config"]["layers"][place]
    layer["config"][setting] = value
    kind, name = layer["class_name"], layer["config"]["name"]
    with pytest.raises(InputError, match=f"^{kind} {name}: expected {setting} to be .* as in BaselineLSTM, found"):
        recognise(config)


@pytest.mark.parametrize(
    ("place", "setting", "value"),
    [
        (EMBEDDING, "name", "words"),
        (EMBEDDING, "input_length", 200),
        (EMBEDDING, "embeddings_initializer", {"class_name": "Zeros", "config": {}}),
        (EMBEDDING, "dtype", {"class_name": "DTypePolicy", "config": {"name": "float32"}}),
        (LSTM, "implementation", 2),
        (LSTM, "unroll", True),
        (LSTM, "seed", 7),
        (LSTM, "a_setting_of_keras_4", None),
        (LSTM, "recurrent_dropout", 0.0),
        (DENSE, "bias_constraint", None),
    ],
)
def test_neutral_setting_is_passed_over(place, setting, value):
    config = config_of()
    config["config"]["layers"][place]["config"][setting] = value
    assert recognise(config) == recognise(config_of())


@pytest.mark.parametrize("place", [EMBEDDING, LSTM])
def test_penalty_on_one_of_two_is_refused(place):
    config = config_of("L2LSTM", l2=0.03)
    settings = config["config"]["layers"][place]["config"]
    name = "embeddings_regularizer" if place == EMBEDDING else "kernel_regularizer"
    settings[name] = None
    with pytest.raises(InputError, match=rf"expected {name} to be L2\(l2=0.03\) as in L2LSTM, found None"):
        recognise(config)
    settings[name] = regularizer("L2", l2=0.02)
    with pytest.raises(InputError, match="as in L2LSTM"):
        recognise(config)


def test_other_penalty_is_refused():
    config = config_of("L2LSTM", l2=0.03)
    config["config"]["layers"][LSTM]["config"]["kernel_regularizer"] = regularizer("L1", l1=0.03)
    with pytest.raises(InputError, match=r"expected kernel_regularizer to be L2\(l2=0.03\).*found L1\(l1=0.03\)"):
        recognise(config)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda layers: layers.insert(3, layer_of("Lambda", "run_me")), "^Lambda run_me is not supported in place 3"),
        (lambda layers: layers.__setitem__(2, layer_of("Bidirectional", "both")), "^Bidirectional both is not supp"),
        (lambda layers: layers.__setitem__(2, layer_of("GRU", "gru")), "^GRU gru is not supported in place 2"),
        (lambda layers: layers.append(copy.deepcopy(layers[3])), "^Dense dense is not supported in place 4"),
        (lambda layers: layers.insert(1, layers.pop(2)), "^LSTM lstm is not supported in place 1"),
        (lambda layers: layers.pop(), r"^the layers Embedding, LSTM are not supported"),
        (lambda layers: layers.clear(), r"^the layers \(none\) are not supported"),
        (lambda layers: layers[1].update(module=None), "^Embedding embedding: expected a layer of Keras"),
        (lambda layers: layers[2].update(module="os"), "^LSTM lstm: expected a layer of Keras"),
        (lambda layers: layers[0]["config"].update(ragged=True), "^InputLayer input_layer: expected sparse and ragged"),
    ],
)
def test_other_layers_are_refused_by_name(change, message):
    config = config_of()
    change(config["config"]["layers"])
    with pytest.raises(InputError, match=message):
        recognise(config)


@pytest.mark.parametrize("kind", ["Functional", "Model", "Mine"])
def test_other_kind_of_model_is_refused_by_name(kind):
    with pytest.raises(InputError, match=f"expected a Sequential model, found a {kind}"):
        recognise(config_of() | {"class_name": kind})


def test_class_that_only_looks_sequential_is_refused():
    with pytest.raises(InputError, match="expected a Sequential model"):
        recognise(config_of() | {"module": "mine"})


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"class_name": "Sequential"},
        {"class_name": "Sequential", "config": None},
        {"class_name": "Sequential", "config": {"layers": 3}},
        {"class_name": "Sequential", "config": {"layers": [None]}},
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "Embedding", "config": {}}]}},
        {"class_name": "Sequential", "config": {"layers": [{"class_name": ["LSTM"], "config": []}]}},
    ],
)
def test_damaged_config_is_refused(config):
    with pytest.raises(InputError, match=r"Sequential model|not supported"):
        recognise(config)


@pytest.mark.parametrize("removed", ["input_dim", "units", "activation", "use_bias"])
def test_config_without_a_setting_is_refused(removed):
    config = config_of()
    for layer in config["config"]["layers"]:
        layer["config"].pop(removed, None)
    with pytest.raises(InputError, match=removed):
        recognise(config)


def test_learning_rate_of_another_optimizer_is_not_taken():
    config = config_of()
    config["compile_config"]["optimizer"]["class_name"] = "SGD"
    assert "learning_rate" not in recognise(config).hyperparameters
    assert "learning_rate" not in recognise(config | {"compile_config": None}).hyperparameters


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.009999999776482582", 0.01),
        ("0.0010000000474974513", 0.001),
        ("0.01", 0.01),
        ("0.5", 0.5),
        ("1e300", 1e300),
        ("0.0100000001", 0.0100000001),
    ],
)
def test_number_of_a_float32_gets_its_shortest_decimal(text, value):
    assert parse_config(f'{{"l2": {text}}}') == {"l2": value}


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"l2": NaN}', "[" * 100_000, b"\xff\xfe{"])
def test_text_that_is_no_config_is_refused(text):
    with pytest.raises(InputError, match="expected the config of a model"):
        parse_config(text)
