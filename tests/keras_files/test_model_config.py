"""Which configs are one of the three listings, and what the others are refused for."""

import json

import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.architecture import parse_config
from lit_sentiment.keras_files.model_config import config_of, empty_model, model_from_config
from lit_sentiment.models import LISTINGS, BaselineLSTM

EMBEDDING, LSTM, DENSE = 1, 2, 3
"""Places in the config of a model with one LSTM, whose first layer is the input layer."""


SIZES = {"vocab_size": 13, "embedding_dim": 3, "units": 5}


def config(name="BaselineLSTM", **settings):
    return json.loads(json.dumps(config_of(LISTINGS[name](**SIZES, learning_rate=0.004, **settings))))


def recognise(found):
    """The name, the settings and the float type of the model that a config describes."""
    model, dtype = model_from_config(found)
    return type(model).__name__, {name: value for name, value in model.hparams.items() if name != "randomness"}, dtype


def regularizer(kind, **config):
    return {"module": "keras.regularizers", "class_name": kind, "config": config, "registered_name": None}


def layer_of(kind, name):
    return {"module": "keras.layers", "class_name": kind, "config": {"name": name}, "registered_name": None}


def test_own_config_is_recognised(model, dtype):
    name, settings, found = recognise(parse_config(json.dumps(config_of(model))))
    assert (name, found) == (type(model).__name__, dtype)
    assert settings == {setting: value for setting, value in model.hparams.items() if setting != "randomness"}


def test_recognised_model_has_shapes_and_no_values(model):
    empty, dtype = model_from_config(config_of(model))
    for name, weight in empty.named_parameters():
        assert weight.is_meta
        assert weight.dtype == getattr(torch, dtype)
        assert weight.shape == model.get_parameter(name).shape


def test_config_names_layers_as_keras_does(model):
    written = config_of(model)
    names = [layer["config"]["name"] for layer in written["config"]["layers"]]
    expected = {"DropoutLSTM": ["embedding", "lstm", "dropout", "lstm_1", "dropout_1", "dense"]}
    assert names == ["input_layer", *expected.get(type(model).__name__, ["embedding", "lstm", "dense"])]
    assert written["compile_config"]["optimizer"]["config"] == {"learning_rate": model.learning_rate}


def test_penalty_is_written_on_embedding_and_kernel():
    _, embedding, lstm, dense = [layer["config"] for layer in config("L2LSTM", l2=0.03)["config"]["layers"]]
    assert embedding["embeddings_regularizer"]["config"] == lstm["kernel_regularizer"]["config"] == {"l2": 0.03}
    assert not any("regularizer" in setting for setting in dense)
    assert "regularizer" not in json.dumps(config())


@pytest.mark.parametrize(
    ("place", "setting", "value"),
    [
        (EMBEDDING, "embeddings_constraint", {"class_name": "MaxNorm", "config": {"max_value": 2}}),
        (EMBEDDING, "quantization_config", {"class_name": "Int8QuantizationConfig", "config": {}}),
        (LSTM, "activation", {"class_name": "function", "config": "mine"}),
        (LSTM, "stateful", True),
        (LSTM, "return_state", True),
        (LSTM, "time_major", True),
        (LSTM, "a_setting_of_keras_4", "on"),
    ],
)
def test_other_setting_is_refused_by_name(place, setting, value):
    """One that no layer of ours can have."""
    found = config()
    layer = found["config"]["layers"][place]
    layer["config"][setting] = value
    kind, name = layer["class_name"], layer["config"]["name"]
    with pytest.raises(InputError, match=f"^{kind} {name}: (expected {setting} to be|{setting}: expected) .*, found"):
        recognise(found)


@pytest.mark.parametrize(
    ("place", "setting", "value"),
    [
        (EMBEDDING, "mask_zero", True),
        (EMBEDDING, "embeddings_regularizer", regularizer("L2", l2=0.03)),
        (LSTM, "kernel_regularizer", regularizer("L2", l2=0.01)),
        (LSTM, "recurrent_dropout", 0.2),
        (DENSE, "units", 3),
        *((place, "trainable", False) for place in (EMBEDDING, LSTM, DENSE)),
    ],
)
def test_setting_of_no_listing_makes_it_a_chain_of_its_own(place, setting, value):
    found = config()
    found["config"]["layers"][place]["config"][setting] = value
    name, settings, _ = recognise(found)
    assert name == "KerasSequential"
    assert settings["architecture"]["layers"][place - 1]["config"][setting] == value
    assert recognise(config_of(model_from_config(found)[0]))[0] == name


@pytest.mark.parametrize(
    ("place", "setting", "value"),
    [
        (EMBEDDING, "input_dim", -3),
        (EMBEDDING, "output_dim", 3.0),
        (LSTM, "units", "5"),
        (LSTM, "units", 10**30),
        (LSTM, "return_sequences", "yes"),
        (DENSE, "units", True),
        (DENSE, "activation", {"class_name": "function", "config": "mine"}),
    ],
)
def test_absurd_setting_is_refused_by_name(place, setting, value):
    found = config()
    layer = found["config"]["layers"][place]
    layer["config"][setting] = value
    with pytest.raises(InputError, match=f"^{layer['class_name']} {layer['config']['name']}: {setting}: expected"):
        recognise(found)


def test_weights_of_more_than_4_gib_are_refused():
    """Before anything of that size is made."""
    sizes = SIZES | {"vocab_size": 2**32 // 8 // 3}
    assert empty_model(BaselineLSTM, sizes, "float32").layers[0].weight.is_meta
    with pytest.raises(InputError, match=r"at most 4 GiB, found sizes that make 4\.0 GiB"):
        empty_model(BaselineLSTM, sizes, "float64")


@pytest.mark.parametrize("place", [EMBEDDING, LSTM, DENSE])
@pytest.mark.parametrize("dtype", ["float64", {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}])
def test_layer_of_another_float_type_is_refused(place, dtype):
    found = config()
    found["config"]["layers"][place]["config"]["dtype"] = dtype
    with pytest.raises(InputError, match=r"expected the dtype float32 or float64 in all layers, found .*float"):
        recognise(found)


def test_float_type_that_keras_files_do_not_have_is_not_written():
    with pytest.raises(InputError, match="expected the dtype float32 or float64, found 'bfloat16'"):
        config_of(BaselineLSTM(**SIZES).to(torch.bfloat16))


def test_layers_in_a_bare_list_are_read():
    """As Keras wrote them before 2.2.3."""
    found = config()
    found["config"] = found["config"]["layers"]
    assert recognise(found) == recognise(config())


def test_config_of_keras_1_is_named():
    found = config()
    found["config"]["layers"][LSTM]["config"]["inner_activation"] = "hard_sigmoid"
    with pytest.raises(InputError, match=r"^LSTM lstm: expected a model of Keras 2 or 3, found one of Keras 1"):
        recognise(found)


@pytest.mark.parametrize("place", [EMBEDDING, LSTM, DENSE])
def test_default_of_keras_stands_for_what_is_missing(place):
    """As `from_config` of Keras has it."""
    needed = {"input_dim", "output_dim", "units", "dtype", "name"}
    found = config()
    settings = found["config"]["layers"][place]["config"]
    for setting in settings.keys() - needed - {"activation"}:
        del settings[setting]
    assert recognise(found) == recognise(config())


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
    found = config()
    found["config"]["layers"][place]["config"][setting] = value
    assert recognise(found) == recognise(config())


@pytest.mark.parametrize("value", [None, regularizer("L2", l2=0.02), regularizer("L1", l1=0.03)])
@pytest.mark.parametrize("place", [EMBEDDING, LSTM])
def test_other_penalties_than_those_of_the_listing_are_no_listing(place, value):
    found = config("L2LSTM", l2=0.03)
    settings = found["config"]["layers"][place]["config"]
    settings["embeddings_regularizer" if place == EMBEDDING else "kernel_regularizer"] = value
    assert recognise(found)[0] == "KerasSequential"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda layers: layers.insert(3, layer_of("Lambda", "run_me")),
            "^Lambda run_me is not supported, but Embedding, LSTM",
        ),
        (
            lambda layers: layers.__setitem__(2, layer_of("TimeDistributed", "each")),
            "^TimeDistributed each is not supported, but Emb",
        ),
        (
            lambda layers: layers.__setitem__(2, layer_of("ConvLSTM1D", "conv")),
            "^ConvLSTM1D conv is not supported, but Embedding, LSTM",
        ),
        (lambda layers: layers.insert(1, layers.pop(2)), "^expected an Embedding first, .*, found LSTM lstm"),
        (
            lambda layers: layers[2]["config"].update(return_sequences=True),
            "^`architecture`: expected layers that give one vector",
        ),
        (lambda layers: layers.clear(), "^expected an Embedding first, .*, found no layer"),
        (lambda layers: layers[1].update(module=None), "^Embedding embedding: expected a layer of Keras"),
        (lambda layers: layers[2].update(module="os"), "^LSTM lstm: expected a layer of Keras"),
        (lambda layers: layers[0]["config"].update(ragged=True), "^InputLayer input_layer: expected sparse and ragged"),
    ],
)
def test_other_layers_are_refused_by_name(change, message):
    found = config()
    change(found["config"]["layers"])
    with pytest.raises(InputError, match=message):
        recognise(found)


def test_other_kind_of_model_is_refused_by_name():
    with pytest.raises(InputError, match="expected a Sequential or Functional model, found a Mine"):
        recognise(config() | {"class_name": "Mine"})


def test_class_that_only_looks_sequential_is_refused():
    with pytest.raises(InputError, match="expected a Sequential or Functional model"):
        recognise(config() | {"module": "mine"})


@pytest.mark.parametrize(
    "found",
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
def test_damaged_config_is_refused(found):
    expected = "Sequential or Functional|Keras model|expected an Embedding|expected a setting input_dim"
    with pytest.raises(InputError, match=expected):
        recognise(found)


@pytest.mark.parametrize("removed", ["input_dim", "output_dim", "units"])
def test_config_without_a_size_is_refused(removed):
    found = config()
    for layer in found["config"]["layers"]:
        layer["config"].pop(removed, None)
    with pytest.raises(InputError, match=f"expected a setting {removed}, found none"):
        recognise(found)


@pytest.mark.parametrize("kind", ["SGD", "RMSprop", "Nadam"])
def test_listing_with_another_optimizer_keeps_it(kind):
    found = config()
    found["compile_config"]["optimizer"]["class_name"] = kind
    name, settings, _ = recognise(found)
    assert (name, settings["learning_rate"]) == ("KerasSequential", 0.004)
    assert settings["architecture"]["compile"]["optimizer"]["class_name"] == kind


def test_listing_that_is_not_compiled_has_the_usual_learning_rate():
    name, settings, _ = recognise(config() | {"compile_config": None})
    assert (name, settings["learning_rate"]) == ("BaselineLSTM", 0.001)


def test_compile_that_is_not_supported_is_left_out_aloud():
    found = config()
    found["compile_config"] |= {"loss": "huber", "optimizer": {"class_name": "Lion", "config": {}}}
    with pytest.warns(UserWarning, match="left out, as predictions do not need it: compile: optimizer: expected"):
        assert recognise(found)[0] == "KerasSequential"


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
