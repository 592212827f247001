"""Which of the three listings a Keras config is, if any."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.listing import ONE_LSTM, TWO_LSTMS, Layer, Listing

_SUPPORTED = " or ".join(", ".join(classes) for classes in (ONE_LSTM, TWO_LSTMS))
_NEUTRAL = {
    *("name", "seed", "batch_shape", "batch_input_shape", "input_length"),
    *("unroll", "implementation", "unit_forget_bias"),
}
"""Settings that do not change what a trained model computes; nor do those whose names end in `_initializer`."""


def recognise(config: Mapping[str, Any]) -> Listing:
    """Return the listing that a config from `parse_config` is.

    Each setting of each layer must be the listing's own, or off (none, false or 0) where the listing has none: a
    setting that this code has never heard of is refused, unless it is off.

    Raises:
        InputError: It is another model; the message names the first layer or setting that is.
    """
    try:
        layers = list(_layers(config))
        model = _model_of(layers)
        settings = [setting for _, setting in layers]
        units = tuple(setting["units"] for kind, setting in layers if kind == "LSTM")
        hyperparameters: dict[str, Any] = {
            "vocab_size": settings[0]["input_dim"],
            "embedding_dim": settings[0]["output_dim"],
            "units": units if len(units) > 1 else units[0],
        }
        if model == "DropoutLSTM":
            hyperparameters["dropout"] = tuple(setting["rate"] for kind, setting in layers if kind == "Dropout")
        if model == "L2LSTM":
            hyperparameters["l2"] = _regularizers(layers)[0]["config"].get("l2", 0.0)
        listing = Listing(model, hyperparameters | _learning_rate(config), _short(settings[0]["dtype"]))
        _require_equal(layers, listing)
    except (AttributeError, IndexError, KeyError, TypeError) as fault:
        raise InputError(f"expected the config of a Sequential model, found a damaged one ({fault})") from None
    return listing


def parse_config(text: str | bytes) -> dict[str, Any]:
    """Parse a config; a number that is exactly a float32, as Keras likes to write them, gets its shortest decimal.

    Raises:
        InputError: It is no JSON object.
    """
    try:
        config = json.loads(text, parse_float=_shortest, parse_constant=_refuse_constant)
    except (RecursionError, ValueError) as fault:
        raise InputError(f"expected the config of a model as JSON, found {str(fault)[:100]}") from None
    if not isinstance(config, dict):
        raise InputError(f"expected the config of a model, found a {type(config).__name__}")
    return config


def _layers(config: Mapping[str, Any]) -> Iterator[Layer]:
    """Yield the layers of a Sequential model, the input layer left out."""
    if config["class_name"] != "Sequential" or config.get("module", "keras") != "keras":
        raise InputError(f"expected a Sequential model, found a {config['class_name']!s:.60}")
    for number, layer in enumerate(config["config"]["layers"]):
        kind, settings = layer["class_name"], layer["config"]
        if layer.get("module", "keras.layers") != "keras.layers":
            raise InputError(f"{_called(kind, settings)}: expected a layer of Keras, found one of another module")
        if number > 0 or kind != "InputLayer":
            yield kind, settings
        elif settings.get("sparse") or settings.get("ragged"):
            raise InputError(f"{_called(kind, settings)}: expected sparse and ragged to be off")


def _model_of(layers: Sequence[Layer]) -> str:
    for number, (kind, settings) in enumerate(layers):
        if all(classes[number : number + 1] != (kind,) for classes in (ONE_LSTM, TWO_LSTMS)):
            raise InputError(f"{_called(kind, settings)} is not supported in place {number + 1}, but {_SUPPORTED}")
    classes = tuple(kind for kind, _ in layers)
    if classes == TWO_LSTMS:
        return "DropoutLSTM"
    if classes == ONE_LSTM:
        return "L2LSTM" if _regularizers(layers) else "BaselineLSTM"
    raise InputError(f"the layers {', '.join(classes) or '(none)'} are not supported, but {_SUPPORTED}")


def _require_equal(layers: Sequence[Layer], listing: Listing) -> None:
    for (kind, found), (_, expected) in zip(layers, listing.layers, strict=True):
        for name in sorted(found.keys() | expected.keys()):
            value, right = _short(found.get(name)), _short(expected.get(name))
            off = not value and not right
            if not off and value != right and name not in _NEUTRAL and not name.endswith("_initializer"):
                raise InputError(
                    f"{_called(kind, found)}: expected {name} to be {right or 'off'} as in {listing.model}, "
                    f"found {value!s:.60}"
                )


def _regularizers(layers: Sequence[Layer]) -> list[dict[str, Any]]:
    names = ("embeddings_regularizer", "kernel_regularizer")
    return [settings[name] for _, settings in layers for name in names if settings.get(name)]


def _learning_rate(config: Mapping[str, Any]) -> dict[str, float]:
    match (config.get("compile_config") or {}).get("optimizer"):
        case {"class_name": "Adam" | "Custom>Adam", "config": {"learning_rate": float(learning_rate)}}:
            return {"learning_rate": learning_rate}
    return {}


def _called(kind: object, settings: Mapping[str, Any]) -> str:
    return f"{kind!s:.60} {settings.get('name')!s:.60}"


def _short(value: Any) -> Any:
    """Return an object of Keras in short, the same whichever version wrote it, and any other value as it is."""
    match value:
        case {"class_name": "DTypePolicy", "config": {"name": name}}:
            return name
        case {"class_name": kind, "config": dict(settings)}:
            return f"{kind}({', '.join(f'{name}={setting}' for name, setting in settings.items())})"
    return value


def _shortest(digits: str) -> float:
    value = float(digits)
    with np.errstate(over="ignore"):
        single = np.float32(value)
    return float(str(single)) if float(single) == value else value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"the number {name}")
