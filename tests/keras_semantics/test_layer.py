"""What every layer does: its config in Keras's words, and frozen weights."""

import json
import random

import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics import layers
from lit_sentiment.keras_semantics.layers import LAYERS
from lit_sentiment.keras_semantics.regularizers import L2

LENGTH, DIM = 4, 3

SETTINGS = {
    "Embedding": {"input_dim": 7, "output_dim": 2, "embeddings_initializer": "he_normal"},
    "LSTM": {"units": 2, "dropout": 0.1, "recurrent_dropout": 0.2, "use_bias": False, "seed": 4},
    "GRU": {"units": 2, "reset_after": False, "go_backwards": True, "recurrent_initializer": "he_uniform"},
    "SimpleRNN": {"units": 2, "activation": "relu", "return_sequences": True, "bias_initializer": "random_normal"},
    "Dropout": {"rate": 0.2, "noise_shape": (None, 1, None), "seed": 3},
    "Dense": {"units": 2, "activation": "relu", "use_bias": False, "kernel_regularizer": L2(0.03)},
    "Activation": {"activation": "tanh"},
    "Softmax": {"axis": 1},
    "Flatten": {},
    "SpatialDropout1D": {"rate": 0.3, "seed": 5},
    "GaussianNoise": {"stddev": 0.4, "seed": 6},
    "Conv1D": {
        "filters": 2,
        "kernel_size": (3,),
        "padding": "causal",
        "dilation_rate": (2,),
        "bias_regularizer": L2(0.02),
        "bias_initializer": "random_uniform",
    },
    "MaxPooling1D": {"pool_size": (3,), "strides": (2,), "padding": "same"},
    "AveragePooling1D": {"pool_size": (2,)},
    "GlobalMaxPooling1D": {"keepdims": True},
    "GlobalAveragePooling1D": {"keepdims": True},
    "BatchNormalization": {"momentum": 0.8, "epsilon": 0.02, "scale": False, "beta_regularizer": L2(0.01)},
    "LayerNormalization": {"epsilon": 0.02, "center": False, "gamma_regularizer": L2(0.01)},
}
"""Some that are not the defaults, for every layer."""

UNSUPPORTED = {
    "Dense": {"kernel_constraint": "NonNeg", "bias_constraint": "NonNeg", "activity_regularizer": "L2", "lora_rank": 2},
    "Conv1D": {
        "groups": 2,
        "data_format": "channels_first",
        "kernel_constraint": "NonNeg",
        "bias_constraint": "NonNeg",
        "activity_regularizer": "L2",
        "activation": "maxout",
    },
    "MaxPooling1D": {"data_format": "channels_first"},
    "AveragePooling1D": {"data_format": "channels_first"},
    "GlobalMaxPooling1D": {"data_format": "channels_first"},
    "GlobalAveragePooling1D": {"data_format": "channels_first"},
    "Flatten": {"data_format": "channels_first"},
    "BatchNormalization": {
        "renorm": True,
        "synchronized": True,
        "gamma_constraint": "NonNeg",
        "beta_constraint": "NonNeg",
        "renorm_clipping": {"rmax": 3},
    },
    "LayerNormalization": {"rms_scaling": True, "gamma_constraint": "NonNeg", "beta_constraint": "NonNeg"},
}


def made(name, **settings):
    return LAYERS[name](**SETTINGS[name], **settings)


def shape_for(name):
    return (LENGTH,) if name == "Embedding" else (LENGTH, DIM)


def test_every_layer_is_tested_here():
    assert set(SETTINGS) == set(LAYERS) - {"Bidirectional"}, "it has a file of its own"


@pytest.mark.parametrize("name", SETTINGS)
def test_config_brings_back_the_layer(name):
    layer = made(name)
    config = layer.get_config()
    again = LAYERS[name].from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config
    for setting, value in SETTINGS[name].items():
        assert setting.endswith("_initializer") or getattr(again, setting) == value
    assert again.build(shape_for(name)) == layer.build(shape_for(name))


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [(name, setting, value) for name, settings in UNSUPPORTED.items() for setting, value in settings.items()],
)
def test_setting_that_a_layer_does_not_have_is_refused_by_name(name, setting, value):
    with pytest.raises(InputError, match=rf"(expected )?{setting}\b.*expected|^expected {setting} to be .*, found"):
        LAYERS[name].from_config({**made(name).get_config(), setting: value})


@pytest.mark.parametrize(
    ("name", "given", "value", "meant"),
    [
        *[
            ("LSTM", "unit", 3, "units"),
            ("Embedding", "mask_zeros", True, "mask_zero"),
            ("Conv1D", "filter", 2, "filters"),
        ],
        *[("Dense", "use_bais", False, "use_bias"), ("LayerNormalization", "centre", False, "center")],
    ],
)
def test_setting_that_keras_does_not_have_is_refused_with_the_nearest_one_also_where_it_is_off(
    name, given, value, meant
):
    with pytest.raises(
        InputError, match=rf"^{given}: expected a setting of {name}, found none of this name; did you mean {meant}\?$"
    ):
        LAYERS[name].from_config({**made(name).get_config(), given: value})


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_of_a_later_keras_is_refused_only_where_it_is_on(name):
    config = made(name).get_config()
    for off in (None, False, 0):
        LAYERS[name].from_config({**config, "a_setting_of_keras_4": off})
    with pytest.raises(
        InputError, match=rf"^a_setting_of_keras_4: expected a setting of {name}, found none of this name$"
    ):
        LAYERS[name].from_config({**config, "a_setting_of_keras_4": "on"})


@pytest.mark.parametrize("name", SETTINGS)
def test_frozen_layer_trains_nothing_and_has_no_penalty(name):
    layer = LAYERS[name].from_config({**made(name).get_config(), "trainable": False})
    layer.build(shape_for(name))
    assert not layer.trainable
    assert layer.get_config().get("trainable", False) is False
    assert not any(weight.requires_grad for weight in layer.parameters())
    assert layer.regularizers == {}
    assert len(list(layer.keras_variables())) == len(layer.variables)


def test_layer_that_is_trained_has_its_penalty():
    layer = made("Dense")
    layer.build((DIM,))
    assert layer.regularizers == {"weight": L2(0.03)}
    assert layer.weight.requires_grad


def test_trainable_must_be_true_or_false():
    with pytest.raises(InputError, match=r"^trainable: expected true or false, found no"):
        LAYERS["Dropout"].from_config({"rate": 0.2, "trainable": "no"})


@pytest.mark.keras
@pytest.mark.parametrize("name", SETTINGS)
def test_live_keras_reads_our_config_and_we_read_its(keras, name):
    """Every setting of ours is Keras's, and none of Keras's own is refused."""
    layer = made(name)
    theirs = getattr(keras.layers, name).from_config({"name": "any", **layer.get_config()})
    built_shape = (None, *shape_for(name))
    theirs.build(built_shape)
    their_config = json.loads(json.dumps(theirs.get_config()))
    again = LAYERS[name].from_config(their_config)
    written = json.loads(json.dumps(layer.get_config()))
    assert json.loads(json.dumps(again.get_config())) == written
    for setting, value in written.items():
        if setting != "axis":  # which a built LayerNormalization writes as a list
            assert their_config[setting] == value or setting.endswith("_regularizer")
    paths = [weight.path.split("/")[-1] for weight in theirs.weights]
    assert [variable.name for variable in again.variables] == paths


@pytest.mark.keras
@pytest.mark.parametrize("name", SETTINGS)
def test_constructor_takes_the_seeds_that_live_keras_takes(keras, name):
    settings = {setting: value for setting, value in SETTINGS[name].items() if "regularizer" not in setting}
    for given in (settings, {setting: value for setting, value in settings.items() if setting != "seed"}):
        following = []
        for library in (keras.layers, layers):
            random.seed(11)
            getattr(library, name)(**given)
            following.append(random.random())
        assert following[0] == following[1]


@pytest.mark.keras
def test_live_keras_leaves_penalties_of_frozen_layers_out(keras):
    layer = keras.layers.Dense(2, kernel_regularizer="l2", trainable=False)
    layer.build((None, DIM))
    assert layer.losses == []
    layer.trainable = True
    assert len(layer.losses) == 1


def test_frozen_lstm_keeps_torchs_second_bias_frozen():
    layer = layers.LSTM(2)
    layer.build((LENGTH, DIM))
    assert {name for name, weight in layer.named_parameters() if not weight.requires_grad} == {"bias_hh_l0"}
    torch.testing.assert_close(layer.bias_hh_l0, torch.zeros(8), rtol=0, atol=0)
