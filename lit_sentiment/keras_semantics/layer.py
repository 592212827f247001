"""What every Keras layer knows of itself: its settings, its seeds, its variables and where Keras's files keep them."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from lit_sentiment.errors import InputError, SettingError, did_you_mean
from lit_sentiment.keras_semantics.config_objects import in_short, shown
from lit_sentiment.keras_semantics.constant_initializers import Initializer
from lit_sentiment.keras_semantics.initializers import initializer_config, initializer_from_config, initializer_named
from lit_sentiment.keras_semantics.regularizers import Regularizer, regularizer_config, regularizer_from_config
from lit_sentiment.keras_semantics.seed_generator import Randomness, TorchGenerator

Shape = tuple[int | None, ...]
"""What a review is at some place in a model, without the batch axis: token ids (T,), vectors (T, D) or a vector (D,).
None stands for any size."""

LARGEST_SIZE = 2**28
"""Of a size in a layer. No text classifier comes near it, and torch can still count the weights of two such sizes."""

_PASSED_OVER = {
    *("name", "dtype", "seed", "batch_shape", "batch_input_shape", "input_length", "renorm_momentum"),
}
"""Settings in a config that do not change what a trained model computes."""
_NOT_OFFERED = {
    *(
        "activity_regularizer",
        "weights",
        "sparse",
        "ragged",
        "dynamic",
        "lora_rank",
        "lora_alpha",
        "quantization_config",
    ),
    *(f"{name}_constraint" for name in ("kernel", "recurrent", "bias", "embeddings", "gamma", "beta")),
    *("stateful", "return_state", "unroll", "time_major", "zero_output_for_mask", "rms_scaling"),
    *("renorm", "renorm_clipping", "virtual_batch_size", "synchronized", "fused"),
}
"""Settings of Keras 2 or 3 that are taken only when they are off."""


@dataclass(frozen=True)
class Variable:
    """A weight of a layer."""

    name: str
    """Keras's, such as `kernel`."""
    parameter: str
    """Ours."""
    path: str
    """Where it lies below the layer's group in a weights file since Keras 2.12."""
    transposed: bool = False
    """Whether torch keeps it the other way round."""

    @property
    def regularizer(self) -> str:
        """The setting that gives it a regulariser."""
        return f"{self.name.removesuffix('_kernel')}_regularizer"

    @property
    def initializer(self) -> str:
        """The setting that gives it its initial values."""
        return f"{self.name.removesuffix('_kernel')}_initializer"


class Layer(nn.Module):
    """A layer that is constructed as in Keras, and built when the shape of its inputs is known.

    Like in Keras, its initialisers and its generator take their seeds from Python's `random` when it is constructed, in
    the order of construction (after `lightning.seed_everything(s)` the same ones as after
    `keras.utils.set_random_seed(s)`); an initialiser that is given as an object has its seed already. A setting
    `..._initializer` is a name, an object as Keras 2 or 3 serializes it, or an Initializer. Weights are drawn when the
    layer is built, in torch's default dtype: build a model that is to train in float64 under
    `torch.set_default_dtype(torch.float64)` or Lightning's `trainer.init_module()`. On torch's `meta` device weights
    have shapes and no values.

    Keras equivalence: `get_config` and `from_config` speak Keras's own configs, as far as a layer has the settings.
    """

    variables: tuple[Variable, ...] = ()
    """Those that the layer has, in Keras's order."""
    always: ClassVar[Mapping[str, Any]] = {}
    """Settings of Keras's that have this one value here."""
    passes_mask: ClassVar[bool] = True
    """Whether a mask goes on to the next layer, where Keras's does."""
    knows_masks: ClassVar[bool] = True
    """Whether the layer can have inputs with a mask; one that cannot loses it with a warning, as Keras's does."""

    torch_generator: TorchGenerator | None = None
    """Draws instead of those with a seed, where random numbers are torch's."""

    def __init__(self, trainable: bool = True) -> None:
        """Make a layer without weights.

        Args:
            trainable: Whether the weights are trained; frozen ones lie in Keras's files like all others.
        """
        nn.Module.__init__(self)  # torch's own constructor, which needs the sizes, is left to `build`
        self.trainable = trainable

    def _set_initializers(self, **initializers: Any) -> None:
        """Read these settings, in the order in which Keras's constructor does: those without a seed take one."""
        for setting, value in initializers.items():
            try:
                initializer = value if isinstance(value, Initializer) else initializer_from_config(value)
            except InputError as refusal:
                raise InputError(f"{setting}: {refusal}") from None
            setattr(self, setting, initializer)

    def build(self, input_shape: Shape, randomness: Randomness = "keras") -> Shape:
        """Make the weights, and return the shape of the outputs.

        Args:
            input_shape: Of the inputs.
            randomness: Whether random numbers are Keras's for the seeds taken, or drawn by torch.

        Raises:
            InputError: The inputs do not fit, or an initialiser does not fit a weight.
        """
        if randomness == "torch":
            self.torch_generator = TorchGenerator()
        output_shape = self._build(input_shape)
        if not self.trainable:
            self.requires_grad_(False)
        return output_shape

    def _build(self, input_shape: Shape) -> Shape:
        return input_shape

    def reset_parameters(self) -> None:
        """Give the weights their initial values; torch's constructors call this."""
        for variable, values in self.keras_variables():
            if not values.is_meta:
                values.copy_(self._initial(variable.initializer, tuple(values.shape), values.dtype))

    def _initial(self, setting: str, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """Return the initial values that a setting gives a weight of this shape, in Keras's layout."""
        try:
            return getattr(self, setting)(shape, dtype, self.torch_generator)
        except InputError as refusal:
            raise InputError(f"{setting}: {refusal}") from None

    def output_mask(self, inputs: Tensor, mask: Tensor | None) -> Tensor | None:
        """Return the mask of the outputs, bool (B, T): which of them come from a token; None where all count."""
        if mask is not None and not self.knows_masks:
            warnings.warn(f"{type(self).__name__} takes no mask: from it on, padding counts, as in Keras", stacklevel=2)
        return mask if self.passes_mask else None

    def get_config(self) -> dict[str, Any]:
        """Return the settings under Keras's names, as JSON types; what is off by default, and is, is left out."""
        config = {**self.always, "trainable": self.trainable}
        for name, parameter in self.settings().items():
            value = getattr(self, name)
            if parameter.default not in (None, False) or value != parameter.default:
                config[name] = _written(value)
        return config

    @classmethod
    def settings(cls) -> dict[str, Parameter]:
        """Return the parameters of the constructor; `**settings` stands for those of the class it extends."""
        found: dict[str, Parameter] = {}
        for one in cls.__mro__:
            parameters = signature(one).parameters
            found |= {name: parameter for name, parameter in parameters.items() if name not in found}
            if "settings" not in parameters:
                break
        return {name: parameter for name, parameter in found.items() if name != "settings"}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Layer":
        """Make a layer from its Keras config; what is missing has Keras's default.

        Raises:
            InputError: A setting is one that this layer does not have, or has a value that it cannot have.
        """
        known, settings, trainable = cls.settings(), {}, True
        for name, value in config.items():
            if name in known:
                settings[name] = _setting(name, value, known[name].default)
            elif name in cls.always:
                if in_short(value) != cls.always[name]:
                    raise InputError(f"expected {name} to be {cls.always[name]}, found {shown(value)}")
            elif name == "trainable":
                trainable = _setting(name, value, trainable)
            elif name in _NOT_OFFERED:
                if value:
                    raise InputError(f"expected {name} to be off, found {shown(value)}")
            elif name not in _PASSED_OVER and value is not None:
                close = did_you_mean(str(name), known)
                if value or close:  # what a later Keras has and leaves off changes nothing
                    raise InputError(f"{name}: expected a setting of {cls.__name__}, found none of this name{close}")
        for name, parameter in known.items():
            if name not in settings and parameter.default is Parameter.empty:
                raise InputError(f"expected a setting {name}, found none")
        layer = cls(**settings)
        if "trainable" not in known:
            layer.trainable = trainable
        return layer

    @staticmethod
    def sizes_of(shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
        """Return the settings that the shapes of the variables tell, for a layer that has variables."""
        return {}

    @property
    def regularizers(self) -> dict[str, Regularizer]:
        """The regulariser of each of our parameters that has one; Keras leaves those of a frozen layer out."""
        if not self.trainable:
            return {}
        found = {variable.parameter: getattr(self, variable.regularizer, None) for variable in self.variables}
        return {parameter: regularizer for parameter, regularizer in found.items() if regularizer is not None}

    def keras_variables(self) -> Iterator[tuple[Variable, Tensor]]:
        """Yield each variable with a view of its values in Keras's layout, in Keras's order."""
        for variable in self.variables:
            values = self.get_parameter(variable.parameter).detach()
            yield variable, values.T if variable.transposed else values

    def extra_repr(self) -> str:
        """Show the settings as a Keras listing would."""
        values = {name: (getattr(self, name), one.default) for name, one in self.settings().items()}
        return ", ".join(f"{name}={value!r}" for name, (value, default) in values.items() if _differs(value, default))


def own_variables(*names: str) -> tuple[Variable, ...]:
    """Return the variables of a layer whose parameters have Keras's names and Keras's layout."""
    return tuple(Variable(name, name, f"vars/{number}") for number, name in enumerate(names))


def last_size(input_shape: Shape) -> int:
    """Return the size of the last axis of the inputs, which weights depend on.

    Raises:
        InputError: It is not known.
    """
    size = input_shape[-1]
    if size is None:
        raise InputError("expected inputs of a known last size, found any: give the model the length of its texts")
    return size


def require_seed(seed: object) -> None:
    """Check the seed of a layer.

    Raises:
        SettingError: It is not a whole number or None.
    """
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise SettingError("seed", "a whole number or none", seed)


def require_size(setting: str, size: object) -> None:
    """Check a size.

    Raises:
        SettingError: It is not a whole number from 1 to LARGEST_SIZE.
    """
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= LARGEST_SIZE:
        raise SettingError(setting, f"a whole number from 1 to {LARGEST_SIZE}", size)


def _setting(name: str, value: Any, default: Any) -> Any:
    if name.endswith("_regularizer"):
        return None if value is None else regularizer_from_config(name, value)
    if isinstance(default, bool) and not isinstance(value, bool):
        raise InputError(f"{name}: expected true or false, found {shown(value)}")
    return value


def _written(value: Any) -> Any:
    if isinstance(value, Regularizer):
        return regularizer_config(value)
    return initializer_config(value) if isinstance(value, Initializer) else value


def _differs(value: Any, default: Any) -> bool:
    if isinstance(value, Initializer):
        return type(value) is not initializer_named(default) or repr(value) != f"{type(value).__name__}()"
    return value != default
