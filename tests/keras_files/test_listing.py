"""The listings as configs."""

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.listing import LAYER_CLASSES, Listing
from lit_sentiment.models import MODELS

BASELINE = {"vocab_size": 13, "embedding_dim": 3, "units": 5}


def test_layers_are_those_of_the_models(model, dtype):
    listing = Listing.of(model)
    assert listing.model == type(model).__name__
    assert listing.dtype == dtype
    classes = [type(layer).__name__ for layer in model.layers]
    assert [kind for kind, _ in listing.layers] == classes == list(LAYER_CLASSES[listing.model])


def test_every_model_has_a_listing():
    assert LAYER_CLASSES.keys() == MODELS.keys()


def test_settings_are_those_of_the_model():
    hyperparameters = {"vocab_size": 13, "embedding_dim": 3, "units": (5, 2), "dropout": (0.4, 0.1)}
    listing = Listing("DropoutLSTM", hyperparameters, "float64")
    embedding, first, first_dropout, second, second_dropout, dense = [settings for _, settings in listing.layers]
    assert (embedding["input_dim"], embedding["output_dim"]) == (13, 3)
    assert (first["units"], second["units"], dense["units"]) == (5, 2, 1)
    assert first["return_sequences"] is True
    assert "return_sequences" not in second
    assert (first_dropout["rate"], second_dropout["rate"]) == (0.4, 0.1)
    assert {settings["dtype"] for _, settings in listing.layers} == {"float64"}
    assert listing.sizes == [13, 3, 5, 2, 1]


def test_penalty_is_on_embedding_and_kernel():
    (_, embedding), (_, lstm), (_, dense) = Listing("L2LSTM", BASELINE | {"l2": 0.03}, "float32").layers
    assert embedding["embeddings_regularizer"]["config"] == lstm["kernel_regularizer"]["config"] == {"l2": 0.03}
    assert not any("regularizer" in name for name in dense)
    assert not any(
        "regularizer" in name
        for _, settings in Listing("BaselineLSTM", BASELINE, "float32").layers
        for name in settings
    )


def test_config_names_layers_as_keras_does(model):
    config = Listing.of(model).config()
    names = [layer["config"]["name"] for layer in config["config"]["layers"]]
    expected = {"DropoutLSTM": ["embedding", "lstm", "dropout", "lstm_1", "dropout_1", "dense"]}
    assert names == ["input_layer", *expected.get(type(model).__name__, ["embedding", "lstm", "dense"])]
    assert config["compile_config"]["optimizer"]["config"] == {"learning_rate": model.hparams["learning_rate"]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vocab_size": 0}, "expected sizes of 1 or more, found 0"),
        ({"units": -3}, "expected sizes of 1 or more, found -3"),
        ({"embedding_dim": 3.0}, "expected sizes of 1 or more, found 3.0"),
        ({"units": True}, "expected sizes of 1 or more, found True"),
        ({"units": "5"}, "expected sizes of 1 or more, found '5'"),
        ({"vocab_size": 2**28}, "at most 4 GiB"),
        ({"units": 10**30}, "at most 4 GiB"),
        ({"l2": "0.01"}, "expected rates and factors that are numbers"),
        ({"dropout": (0.5, None)}, "expected rates and factors that are numbers"),
    ],
)
def test_absurd_settings_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        Listing("BaselineLSTM", BASELINE | changes, "float64")


def test_largest_size_is_counted_in_bytes():
    vocab_size = 2**32 // 8 // 3
    sizes = BASELINE | {"vocab_size": vocab_size}
    Listing("BaselineLSTM", sizes, "float32")
    with pytest.raises(InputError, match="at most 4 GiB"):
        Listing("BaselineLSTM", sizes, "float64")


def test_other_float_type_is_refused():
    with pytest.raises(InputError, match="expected the dtype float32 or float64, found 'mixed_float16'"):
        Listing("BaselineLSTM", BASELINE, "mixed_float16")
