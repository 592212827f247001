"""What a Keras model is made of: its layers in order and how it was compiled, from Keras's config or from YAML."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lit_sentiment.errors import InputError, did_you_mean, reason
from lit_sentiment.keras_semantics.bidirectional import Bidirectional
from lit_sentiment.keras_semantics.config_objects import in_short
from lit_sentiment.keras_semantics.layer import Layer
from lit_sentiment.keras_semantics.layers import LAYERS, Embedding
from lit_sentiment.keras_semantics.recurrence import Recurrence

DTYPES = ("float32", "float64")
_COMPILED = ("optimizer", "loss", "metrics")
_WITHOUT_EFFECT = ("run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss", "weighted_metrics")
"""Settings of `compile` that change no figure."""
_NUMBER = "shared_object_id"

LayerConfig = tuple[str, Mapping[str, Any]]
"""Class and settings of a layer."""


_WRITTEN = ("layers", "compile", "weights_sha256", "optimizer_sha256")
"""What a model that is written out has."""


@dataclass(frozen=True)
class Architecture:
    """A model that is one chain of layers."""

    layers: list[LayerConfig]
    """Without the input layer."""
    compile_config: Mapping[str, Any]
    """As Keras writes it; see `compiled`."""
    length: int | None = None
    """Of the texts that it was built for, in tokens."""
    dtype: str | None = None
    """float32 or float64; None where nothing says."""

    @classmethod
    def of(cls, config: Any) -> "Architecture":
        """Read a config.

        Args:
            config: The config of a Sequential or Functional model as Keras 2 or 3 writes it; or a list of layers, or
                `layers` and `compile`, as a person would write them: `[{"LSTM": {"units": 3}}, "Flatten"]`.

        Raises:
            InputError: It is something else, no chain, or has a setting that is not reproduced.
        """
        try:
            if isinstance(config, Mapping) and "class_name" in config:
                return cls._of_keras(config)
            written = config if isinstance(config, Mapping) else {"layers": config}
            unknown = [name for name in written if name not in _WRITTEN]
            if unknown:
                raise InputError(f"expected layers and compile, found {', '.join(map(str, unknown)):.60}")
            layers = [_written(layer) for layer in written["layers"]]
            return cls(layers, written.get("compile") or {})
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as fault:
            raise InputError(f"expected layers or the config of a Keras model, found another ({fault})") from None

    @classmethod
    def _of_keras(cls, config: Mapping[str, Any]) -> "Architecture":
        layers: list[LayerConfig] = []
        length: int | None = None
        for layer in _chain(config):
            kind, settings = layer["class_name"], layer["config"]
            if layer.get("module", "keras.layers") != "keras.layers":
                raise InputError(f"{called(kind, settings)}: expected a layer of Keras, found one of another module")
            if "inner_activation" in settings:
                raise InputError(f"{called(kind, settings)}: expected a model of Keras 2 or 3, found one of Keras 1")
            if kind != "InputLayer" or layers:
                layers.append((kind, settings))
            elif settings.get("sparse") or settings.get("ragged"):
                raise InputError(f"{called(kind, settings)}: expected sparse and ragged to be off")
            shape: list[Any] = settings.get("batch_shape") or settings.get("batch_input_shape") or []
            length = shape[1] if len(shape) == 2 else length
        dtypes = sorted({str(in_short(settings.get("dtype", DTYPES[0]))) for _, settings in layers} or {DTYPES[0]})
        if len(dtypes) > 1 or dtypes[0] not in DTYPES:
            raise InputError(f"expected the dtype float32 or float64 in all layers, found {', '.join(dtypes):.60}")
        return cls(layers, config.get("compile_config") or {}, length, dtypes[0])

    def compiled(self) -> dict[str, Any]:
        """Return `optimizer`, `loss` and `metrics` as Keras writes them, as far as they are given.

        Raises:
            InputError: A setting that changes the training is not reproduced.
        """
        for name, value in self.compile_config.items():
            if value and name not in (*_COMPILED, *_WITHOUT_EFFECT):
                close = did_you_mean(str(name), _COMPILED)
                raise InputError(f"expected {name} to be off, found {in_short(value)!s:.60}{close}")
        return {name: self.compile_config[name] for name in _COMPILED if self.compile_config.get(name) is not None}

    def as_listed(self) -> "Architecture":
        """Return it as a script would write it out, in which a Bidirectional has one layer and copies it.

        Keras writes both directions into a config. Made from that, the layer takes its seeds in another order.

        Raises:
            InputError: The script gave one initialiser to several weights, as far as a `.keras` file shows it.
        """
        _require_own_initializers(self.layers)
        layers = [
            (kind, Bidirectional.as_listed(_without_numbers(settings)) if kind == Bidirectional.__name__ else settings)
            for kind, settings in self.layers
        ]
        return replace(self, layers=layers)

    def made(self, vocab_size: int | None = None) -> list[Layer]:
        """Make the layers, which take their seeds from Python's `random`.

        Args:
            vocab_size: Of an embedding that does not say its own.

        Raises:
            InputError: A layer or one of its settings is not supported, or token ids are not what it begins with.
        """
        if not self.layers or self.layers[0][0] != Embedding.__name__:
            found = called(*self.layers[0]) if self.layers else "no layer"
            if found.startswith("TextVectorization"):
                found += "; save the model without it, and its get_vocabulary() for import-keras --vocabulary"
            raise InputError(f"expected an Embedding first, which takes the token ids, found {found}")
        made = []
        for kind, settings in self.layers:
            if kind not in LAYERS:
                raise InputError(f"{called(kind, settings)} is not supported, but {', '.join(LAYERS)} are")
            try:
                if kind == Embedding.__name__ and vocab_size is not None:
                    settings = {"input_dim": vocab_size, **settings}
                made.append(LAYERS[kind].from_config(settings))
            except InputError as refusal:
                raise InputError(f"{called(kind, settings)}: {refusal}") from None
        return made


def parse_config(text: str | bytes) -> dict[str, Any]:
    """Parse a config; a number that is exactly a float32, as Keras likes to write them, gets its shortest decimal.

    Raises:
        InputError: It is not a JSON object.
    """
    try:
        settings: dict[str, Any] = {
            "parse_float": _shortest,
            "parse_constant": _refuse_constant,
        }
        config = json.loads(text, **settings)
    except (RecursionError, ValueError) as fault:
        raise InputError(f"expected the config of a model as JSON, found {reason(fault)[:100]}") from None
    if not isinstance(config, dict):
        raise InputError(f"expected the config of a model, found a {type(config).__name__}")
    return config


def called(kind: object, settings: Mapping[str, Any]) -> str:
    """Return what a message calls a layer: its class, and its name if it has one."""
    name = settings.get("name")
    return f"{kind!s:.60}" if name is None else f"{kind!s:.60} {name!s:.60}"


def _chain(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the layers of a model, each of which takes what the one before gives."""
    kind = config["class_name"]
    package = config.get("module") or "keras"
    if kind not in ("Sequential", "Functional", "Model") or package.partition(".")[0] != "keras":
        raise InputError(f"expected a Sequential or Functional model, found a {kind!s:.60}")
    inner = config["config"]
    layers = inner if isinstance(inner, list) else inner["layers"]  # a list before Keras 2.2.3
    if kind == "Sequential":
        yield from layers
        return
    before: str | None = None
    for layer in layers:
        if layer["class_name"] == "NotEqual":  # how Keras 3 writes the mask of an embedding
            continue
        name, inputs = layer["name"], _names_of_inputs(layer["inbound_nodes"])
        if inputs != ([] if before is None else [before]):
            found = " and ".join(inputs) or "nothing"
            raise InputError(
                f"{called(layer['class_name'], layer['config'])}: expected one chain of layers, in which it takes what "
                f"{before} gives, found that it takes {found}"
            )
        before = name
        yield layer


def _names_of_inputs(nodes: Sequence[Any]) -> list[str]:
    """Return the names of the layers whose outputs a layer takes, as its positional arguments, in each of its calls."""
    names: list[str] = []
    for node in nodes:
        tensors = node["args"] if isinstance(node, Mapping) else node
        while len(tensors) == 1 and isinstance(tensors[0], list) and tensors[0] and not isinstance(tensors[0][0], str):
            tensors = tensors[0]
        for tensor in tensors:
            match tensor:
                case {"config": {"keras_history": [str(name), *_]}} | [str(name), *_]:
                    names.append(name)
                case _:
                    raise InputError(f"expected layers that take what other layers give, found {tensor!s:.60}")
    return names


def _written(layer: Any) -> LayerConfig:
    """Return a layer as a person writes it: its class, or its class with its settings, which may be layers too."""
    match layer:
        case str():
            return layer, {}
        case {"class_name": str(kind), "config": dict(settings)}:
            return kind, settings
        case {**one} if len(one) == 1:
            ((name, given),) = one.items()
            if isinstance(name, str) and isinstance(given, Mapping | None):
                inner = ("layer", "backward_layer")
                return name, {key: _inner(value) if key in inner else value for key, value in (given or {}).items()}
    raise InputError(f"expected a layer such as LSTM: {{units: 64}}, found {layer!s:.60}")


def _inner(layer: Any) -> dict[str, Any] | None:
    if layer is None:
        return None
    kind, settings = _written(layer)
    return {"class_name": kind, "config": dict(settings)}


def _shortest(digits: str) -> float:
    value = float(digits)
    with np.errstate(over="ignore"):
        single = np.float32(value)
    return float(str(single)) if float(single) == value else value


def _require_own_initializers(layers: Sequence[LayerConfig]) -> None:
    """Check that no two weights share an initialiser, or the generator of one, which then draws for both.

    A `.keras` file numbers an object that it holds again; those in a recurrent layer it holds twice in any case.
    """
    seen: set[int] = set()
    for kind, settings in layers:
        for name, value in settings.items():
            match value:
                case {"class_name": _, "config": {"seed": None | {} as seed}}:
                    numbers = {one[_NUMBER] for one in (value, seed or {}) if _NUMBER in one}
                    if numbers & seen or (numbers and not issubclass(LAYERS.get(kind, Layer), Recurrence)):
                        raise InputError(
                            f"{called(kind, settings)}, {name}: expected an initialiser of its own, found one that the "
                            "script gave to another weight too; `built` from_config gives each its own, as Keras does "
                            "with this file"
                        )
                    seen |= numbers


def _without_numbers(config: Any) -> Any:
    """Leave out the numbers of objects, by which two equal layers would differ."""
    match config:
        case {**settings}:
            return {name: _without_numbers(one) for name, one in settings.items() if name != _NUMBER}
        case [*items]:
            return [_without_numbers(one) for one in items]
    return config


def _refuse_constant(name: str) -> float:
    raise ValueError(f"the number {name}")
