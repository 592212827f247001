"""The config of a Keras model: which of our models it is, and the other way round."""

import warnings
from collections.abc import Mapping
from typing import Any

import torch

from lit_sentiment import keras_semantics
from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.architecture import DTYPES, Architecture
from lit_sentiment.keras_files.stored_weights import require_dtype
from lit_sentiment.keras_semantics.config_objects import keras_object
from lit_sentiment.keras_semantics.layer import Layer
from lit_sentiment.keras_semantics.layer_stack import layer_names, require_keras_layers
from lit_sentiment.models.keras_sequential import CompileError, KerasSequential
from lit_sentiment.models.listings import LISTINGS
from lit_sentiment.models.sentiment_model import SentimentModel

_MOST_BYTES = 2**32
_NEUTRAL = {"seed", "unit_forget_bias", "unroll"}
"""Settings that change nothing in a trained model of a listing."""


def model_from_config(config: Mapping[str, Any]) -> tuple[SentimentModel, str]:
    """Return the model that a config from `parse_config` describes, on the `meta` device, and its float type.

    It is one of the three listings if its layers and its optimiser are, else a KerasSequential.

    Raises:
        InputError: A layer or one of its settings is not supported; the message names the first.
    """
    trained = _trained(config)
    architecture = Architecture.of(trained)
    dtype = architecture.dtype or DTYPES[0]
    listing = _listing(architecture)
    if listing is not None:
        return empty_model(*listing, dtype), dtype
    vocab_size = architecture.layers[0][1]["input_dim"]
    settings = {"architecture": trained, "vocab_size": vocab_size, "max_length": architecture.length}
    try:
        return empty_model(KerasSequential, settings, dtype), dtype
    except CompileError as refusal:
        warnings.warn(f"left out, as predictions do not need it: {refusal}", stacklevel=2)
        return empty_model(KerasSequential, {**settings, "compile": "ignore"}, dtype), dtype


def empty_model(model: type[SentimentModel], settings: Mapping[str, Any], dtype: str) -> SentimentModel:
    """Return a model on the `meta` device: its weights have shapes and no values, and take no memory.

    Raises:
        InputError: With values they would take more than 4 GiB.
    """
    with torch.device("meta"):
        empty = model(**settings).to(getattr(torch, dtype))
    size = sum(weight.nbytes for weight in empty.parameters())
    if size > _MOST_BYTES:
        raise InputError(f"expected weights of at most 4 GiB, found sizes that make {size / 2**30:.1f} GiB")
    return empty


def config_of(model: SentimentModel) -> dict[str, Any]:
    """Return what Keras writes into `config.json` for a model, for token_ids int (B, T), and how it is compiled.

    Raises:
        InputError: Its float type or one of its layers is not Keras's.
    """
    layers = require_keras_layers(model.layers)
    dtype = require_dtype(model)
    inputs = {"batch_shape": [None, *model.layers.input_shape], "dtype": "int32", "name": "input_layer"}
    configs = [keras_object("keras.layers", "InputLayer", inputs)]
    for name, layer in zip(layer_names(layers), layers, strict=True):
        settings = {"name": name, "dtype": dtype, **layer.get_config()}
        configs.append(keras_object("keras.layers", type(layer).__name__, settings))
    return {
        **keras_object("keras", "Sequential", {"name": type(model).__name__, "trainable": True, "layers": configs}),
        "compile_config": model.compile_config(),
    }


def _trained(config: Any) -> Any:
    """Return a config without initialisers: the weights come from the file, whatever they started from."""
    match config:
        case {**settings}:
            return {name: _trained(one) for name, one in settings.items() if not str(name).endswith("_initializer")}
        case [*items]:
            return [_trained(one) for one in items]
    return config


def _listing(architecture: Architecture) -> tuple[type[SentimentModel], dict[str, Any]] | None:
    """Return the model whose listing has these layers and is compiled like this, with its settings."""
    layers = architecture.made()
    match architecture.compile_config.get("optimizer"):
        case None:
            compiled = {}
        case {"class_name": "Adam" | "Custom>Adam", "config": {"learning_rate": float(learning_rate)}}:
            compiled = {"learning_rate": learning_rate}
        case _:
            return None
    for model in LISTINGS.values():
        classes = [type(layer) for layer in model.keras_listing(keras_semantics, {})]
        if classes == [type(layer) for layer in layers]:
            settings = model.settings_of(layers)
            listed = model.keras_listing(keras_semantics, settings)
            if list(map(_settings, layers)) == list(map(_settings, listed)):
                return model, settings | compiled
    return None


def _settings(layer: Layer) -> dict[str, Any]:
    return {name: value for name, value in layer.get_config().items() if name not in _NEUTRAL}
