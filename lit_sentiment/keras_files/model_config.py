"""The config of a Keras model: which of our models it is, and the other way round."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from lit_sentiment import keras_semantics
from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.config_objects import in_short, keras_object, shown
from lit_sentiment.keras_semantics.layer import Layer
from lit_sentiment.keras_semantics.layer_stack import layer_names, require_keras_layers
from lit_sentiment.keras_semantics.layers import LAYERS
from lit_sentiment.models import MODELS
from lit_sentiment.models.sentiment_model import SentimentModel

DTYPES = ("float32", "float64")
_MOST_BYTES = 2**32
_NEUTRAL = {"seed", "unit_forget_bias", "unroll"}
"""Settings that change nothing in a trained model of a listing."""


def model_from_config(config: Mapping[str, Any]) -> tuple[SentimentModel, str]:
    """Return the model that a config from `parse_config` describes, on the `meta` device, and its float type.

    Each setting of each layer must be the listing's own, or off (None, False or 0) where the listing has none: a
    setting that this code has never heard of is refused, unless it is off.

    Raises:
        InputError: It is another model; the message names the first layer or setting that is.
    """
    try:
        written = list(_layer_configs(config))
        dtypes = {str(in_short(settings.get("dtype"))): _called(kind, settings) for kind, settings in written}
        layers = [_layer(kind, settings) for kind, settings in written]
        model, settings = _recognised(layers, [_called(kind, settings) for kind, settings in written])
        settings |= _learning_rate(config)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as fault:
        raise InputError(f"expected the config of a Sequential model, found a damaged one ({fault})") from None
    dtype = next(iter(dtypes))
    if len(dtypes) > 1 or dtype not in DTYPES:
        raise InputError(f"expected the dtype {' or '.join(DTYPES)} in all layers, found {', '.join(dtypes):.60}")
    return empty_model(model, settings, dtype), dtype


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
    """Return what Keras writes into `config.json` for a model, for token_ids int (B, T), compiled with Adam.

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
    adam = keras_object("keras.optimizers", "Adam", {"learning_rate": model.learning_rate})
    return {
        **keras_object("keras", "Sequential", {"name": type(model).__name__, "trainable": True, "layers": configs}),
        "compile_config": {"optimizer": adam, "loss": "binary_crossentropy", "metrics": ["accuracy"]},
    }


def require_dtype(model: SentimentModel) -> str:
    """Return the float type of a model.

    Raises:
        InputError: Keras files do not have it.
    """
    dtype = str(next(model.parameters()).dtype).removeprefix("torch.")
    if dtype not in DTYPES:
        raise InputError(f"expected the dtype {' or '.join(DTYPES)}, found {dtype!r:.60}")
    return dtype


def parse_config(text: str | bytes) -> dict[str, Any]:
    """Parse a config; a number that is exactly a float32, as Keras likes to write them, gets its shortest decimal.

    Raises:
        InputError: It is not a JSON object.
    """
    try:
        config = json.loads(text, parse_float=_shortest, parse_constant=_refuse_constant)
    except (RecursionError, ValueError) as fault:
        raise InputError(f"expected the config of a model as JSON, found {str(fault)[:100]}") from None
    if not isinstance(config, dict):
        raise InputError(f"expected the config of a model, found a {type(config).__name__}")
    return config


def _layer_configs(config: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the class and the settings of each layer of a Sequential model, the input layer left out."""
    if config["class_name"] != "Sequential" or config.get("module", "keras") != "keras":
        raise InputError(f"expected a Sequential model, found a {config['class_name']!s:.60}")
    inner = config["config"]
    for number, layer in enumerate(inner if isinstance(inner, list) else inner["layers"]):  # a list before Keras 2.2.3
        kind, settings = layer["class_name"], layer["config"]
        if layer.get("module", "keras.layers") != "keras.layers":
            raise InputError(f"{_called(kind, settings)}: expected a layer of Keras, found one of another module")
        if "inner_activation" in settings:
            raise InputError(f"{_called(kind, settings)}: expected a model of Keras 2 or 3, found one of Keras 1")
        if number > 0 or kind != "InputLayer":
            yield kind, settings
        elif settings.get("sparse") or settings.get("ragged"):
            raise InputError(f"{_called(kind, settings)}: expected sparse and ragged to be off")


def _layer(kind: str, settings: Mapping[str, Any]) -> Layer:
    if kind not in LAYERS:
        raise InputError(f"{_called(kind, settings)} is not supported, but {', '.join(LAYERS)} are")
    # The weights come from the file, whatever they started from, be it an initialiser that we do not have.
    trained = {name: value for name, value in settings.items() if not name.endswith("_initializer")}
    try:
        return LAYERS[kind].from_config(trained)
    except InputError as refusal:
        raise InputError(f"{_called(kind, settings)}: {refusal}") from None


def _recognised(layers: Sequence[Layer], called: Sequence[str]) -> tuple[type[SentimentModel], dict[str, Any]]:
    """Return the model whose listing gives these layers, and its settings; the one with most layers right is named."""
    refusals: list[tuple[int, str]] = []
    for model in MODELS.values():
        classes = [type(layer) for layer in model.keras_listing(keras_semantics, {})]
        if classes != [type(layer) for layer in layers]:
            continue
        settings = model.settings_of(layers)
        listed = model.keras_listing(keras_semantics, settings)
        different = _first_difference(layers, listed)
        if different is None:
            return model, settings
        number, setting, expected, found = different
        message = f"{called[number]}: expected {setting} to be {expected} as in {model.__name__}, found {found}"
        refusals.append((number, message))
    if refusals:
        raise InputError(max(refusals)[1])
    names = ", ".join(type(layer).__name__ for layer in layers)
    raise InputError(f"the layers {names or '(none)'} are not supported, but those of {', '.join(MODELS)}")


def _first_difference(found: Sequence[Layer], listed: Sequence[Layer]) -> tuple[int, str, str, str] | None:
    for number, layers in enumerate(zip(found, listed, strict=True)):
        ours, expected = (layer.get_config() for layer in layers)
        for setting in sorted((ours.keys() | expected.keys()) - _NEUTRAL):
            if ours.get(setting) != expected.get(setting):
                return number, setting, shown(expected.get(setting, "off")), shown(ours.get(setting, "off"))
    return None


def _learning_rate(config: Mapping[str, Any]) -> dict[str, float]:
    match (config.get("compile_config") or {}).get("optimizer"):
        case {"class_name": "Adam" | "Custom>Adam", "config": {"learning_rate": float(learning_rate)}}:
            return {"learning_rate": learning_rate}
    return {}


def _called(kind: object, settings: Mapping[str, Any]) -> str:
    return f"{kind!s:.60} {settings.get('name')!s:.60}"


def _shortest(digits: str) -> float:
    value = float(digits)
    with np.errstate(over="ignore"):
        single = np.float32(value)
    return float(str(single)) if float(single) == value else value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"the number {name}")
