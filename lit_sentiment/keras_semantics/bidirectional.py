"""A recurrent layer that reads in both directions."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.config_objects import keras_object, shown
from lit_sentiment.keras_semantics.layer import Layer, Shape, Variable
from lit_sentiment.keras_semantics.recurrence import Recurrence
from lit_sentiment.keras_semantics.recurrent import GRU, LSTM, SimpleRNN
from lit_sentiment.keras_semantics.regularizers import Regularizer
from lit_sentiment.keras_semantics.seed_generator import Randomness

MERGES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "concat": lambda forward, backward: torch.cat([forward, backward], -1),
    "sum": lambda forward, backward: forward + backward,
    "mul": lambda forward, backward: forward * backward,
    "ave": lambda forward, backward: (forward + backward) / 2,
}
"""How the outputs of both directions become one."""

WRAPPED = {layer.__name__: layer for layer in (LSTM, GRU, SimpleRNN)}
"""What can be read in both directions."""

SIDES = ("forward_layer", "backward_layer")


class Bidirectional(Layer):
    """`keras.layers.Bidirectional(layer)`: one copy of a recurrent layer reads forwards, another backwards.

    The layer given is not used itself: like in Keras copies are made from its config, and so take seeds of their own,
    forward first. A `backward_layer` is used itself. A config always holds both directions, so that a layer read from
    one takes its seeds in another order than the layer that wrote it (layer, backward layer, forward copy), and draws
    other weights. Where an LSTM or a GRU has a `seed`, both copies draw the same masks.

    With `return_sequences` a masked step gives zeros, and the outputs of the backward copy are turned round before the
    merge.

    Source: `keras/src/layers/rnn/bidirectional.py`, Keras 3.15.

    Keras equivalence: as that of the layer, on a CPU.

    Args:
        layer: An LSTM, a GRU or a SimpleRNN.
        merge_mode: One of MERGES.
        backward_layer: Another layer for the way back; it must go backwards, if the layer does not.

    Raises:
        SettingError: A setting has a value that it cannot have, or the two layers do not fit.
    """

    def __init__(self, layer: Recurrence, merge_mode: str = "concat", backward_layer: Recurrence | None = None) -> None:
        super().__init__()
        for setting, one in {"layer": layer, "backward_layer": backward_layer or layer}.items():
            if not isinstance(one, Recurrence):
                raise SettingError(setting, f"one of {', '.join(WRAPPED)}", one)
        if merge_mode not in MERGES:
            raise SettingError("merge_mode", f"one of {', '.join(MERGES)}", merge_mode)
        self.merge_mode = merge_mode
        self.forward_layer = _copy(layer)
        self.backward_layer = backward_layer or _copy(layer, go_backwards=True)
        directions = [(one.go_backwards, one.return_sequences, one.units) for one in self._both()]
        (forwards, *forward_rest), (backwards, *backward_rest) = directions
        if forwards == backwards:
            raise SettingError("backward_layer", f"go_backwards to be {not forwards}", backwards)
        if forward_rest != backward_rest:
            raise SettingError("backward_layer", "return_sequences and units as in layer", self.backward_layer)
        for one in self._both():
            one.zero_output_for_mask = one.return_sequences

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Layer:
        """Make a layer from its Keras config, and those inside it in the order of the config.

        Raises:
            InputError: As the base, here or for a layer inside.
        """
        nested = {
            name: _layer(name, one) for name, one in config.items() if name in ("layer", "backward_layer") and one
        }
        return super().from_config({**config, **nested})

    @staticmethod
    def as_listed(config: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a config without the `backward_layer`, if that is what a copy of the layer would be.

        A `backward_layer` of one's own that has the settings of a copy cannot be told from one.
        """
        forward, backward = config.get("layer"), config.get("backward_layer")
        if not isinstance(forward, Mapping) or not isinstance(backward, Mapping):
            return config
        (ours, forwards), (theirs, backwards) = map(_without_direction, (forward, backward))
        if ours != theirs or forwards == backwards:
            return config
        return {name: value for name, value in config.items() if name != "backward_layer"}

    def get_config(self) -> dict[str, Any]:
        """Return the settings under Keras's names, with the configs of both directions."""
        inner = {
            setting: keras_object("keras.layers", type(one).__name__, one.get_config())
            for setting, one in zip(("layer", "backward_layer"), self._both(), strict=True)
        }
        return {"merge_mode": self.merge_mode, **inner}

    @property
    def variables(self) -> tuple[Variable, ...]:  # type: ignore[override]
        """Those of the forward layer, then those of the backward layer."""
        return tuple(
            Variable(variable.name, f"{side}.{variable.parameter}", f"{side}/{variable.path}", variable.transposed)
            for side in SIDES
            for variable in getattr(self, side).variables
        )

    @property
    def regularizers(self) -> dict[str, Regularizer]:
        """The regulariser of each of our parameters that has one."""
        return {
            f"{side}.{parameter}": regularizer
            for side in SIDES
            for parameter, regularizer in getattr(self, side).regularizers.items()
        }

    def build(self, input_shape: Shape, randomness: Randomness = "keras") -> Shape:
        """Make the weights of both directions, and return the shape of the outputs."""
        *steps, units = self.forward_layer.build(input_shape, randomness)
        self.backward_layer.build(input_shape, randomness)
        if not self.trainable:
            self.requires_grad_(False)
        return (*steps, 2 * units if self.merge_mode == "concat" else units)  # type: ignore[operator]

    def reset_parameters(self) -> None:
        """Give the weights of both directions their initial values."""
        for one in self._both():
            one.reset_parameters()

    def output_mask(self, inputs: Tensor, mask: Tensor | None) -> Tensor | None:
        """Return the mask of the outputs, where there is one a step."""
        return self.forward_layer.output_mask(inputs, mask)

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the merged outputs, (B, units) or (B, T, units); with `concat` twice the units."""
        forward, backward = (one(inputs, mask) for one in self._both())
        return MERGES[self.merge_mode](forward, backward.flip(1) if self.forward_layer.return_sequences else backward)

    def extra_repr(self) -> str:
        """Show the layer and the way of merging."""
        layer = self.forward_layer
        return f"{type(layer).__name__}({layer.extra_repr()}), merge_mode={self.merge_mode!r}"

    def _both(self) -> tuple[Recurrence, Recurrence]:
        return self.forward_layer, self.backward_layer


def _copy(layer: Recurrence, **changes: Any) -> Recurrence:
    """Return a layer of the same settings but `implementation`, as in Keras 3, with seeds of its own."""
    return type(layer).from_config({**layer.get_config(), "implementation": None, **changes})  # type: ignore[return-value]


def _without_direction(layer: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the config of a layer without its name and its direction, and whether it goes backwards."""
    settings = {name: value for name, value in layer["config"].items() if name not in ("name", "go_backwards")}
    return {"class_name": layer["class_name"], "config": settings}, bool(layer["config"].get("go_backwards"))


def _layer(setting: str, config: Any) -> Layer:
    match config:
        case {"class_name": str(kind), "config": dict(settings)} if kind in WRAPPED:
            try:
                return WRAPPED[kind].from_config(settings)
            except InputError as refusal:
                raise InputError(f"{setting}: {refusal}") from None
    raise InputError(f"expected {setting} to be one of {', '.join(WRAPPED)}, found {shown(config)}")
