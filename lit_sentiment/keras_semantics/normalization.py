"""The layers that bring the elements of their inputs to mean 0 and variance 1, and then scale and shift them."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lit_sentiment.errors import SettingError
from lit_sentiment.keras_semantics.layer import Layer, Shape, last_size, own_variables
from lit_sentiment.keras_semantics.regularizers import L2

FUZZ = 1e-7
"""`keras.config.epsilon()`."""


class Normalization(Layer):
    """A scale gamma and a shift beta (D,) of inputs (B, ..., D), which a subclass brings to mean 0 and variance 1.

    Args:
        axis: The last one, which has a scale and a shift for each of its elements.
        epsilon: Added to the variance.
        center: Whether there is a beta.
        scale: Whether there is a gamma.
        beta_initializer: Of beta, see Layer.
        gamma_initializer: Of gamma.
        beta_regularizer: Of beta.
        gamma_regularizer: Of gamma.
        trainable: See Layer.
    """

    statistics: tuple[str, ...] = ()
    """Variables that are never trained."""

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: L2 | None = None,
        gamma_regularizer: L2 | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(trainable)
        self._set_initializers(beta_initializer=beta_initializer, gamma_initializer=gamma_initializer)
        # Keras's LayerNormalization writes a list of one.
        self.axis = axis[0] if isinstance(axis, Sequence) and len(axis) == 1 else axis
        require_number("epsilon", epsilon)
        self.epsilon, self.center, self.scale = epsilon, center, scale
        self.beta_regularizer, self.gamma_regularizer = beta_regularizer, gamma_regularizer
        self.variables = own_variables(*["gamma"] * scale, *["beta"] * center, *self.statistics)

    def _build(self, input_shape: Shape) -> Shape:
        if self.axis not in (-1, len(input_shape)) or isinstance(self.axis, bool):
            raise SettingError("axis", f"the last axis, -1 or {len(input_shape)}", self.axis)
        self.gamma: nn.Parameter | None
        self.beta: nn.Parameter | None
        for name in ("gamma", "beta"):
            self.register_parameter(name, None)
        for variable in self.variables:
            weight = nn.Parameter(torch.empty(last_size(input_shape)), variable.name not in self.statistics)
            self.register_parameter(variable.parameter, weight)
        self.reset_parameters()
        return input_shape

    def _normalized(self, inputs: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        factor = torch.rsqrt(variance + self.epsilon)
        if self.gamma is not None:
            factor = factor * self.gamma
        shift = -mean * factor if self.beta is None else self.beta - mean * factor
        return inputs * factor + shift


class LayerNormalization(Normalization):
    """`keras.layers.LayerNormalization()`: mean and variance are those of each vector.

    Keras equivalence: `layers/normalization/layer_normalization.py`, Keras 3.15, to rounding.
    """

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return a tensor of the same shape and dtype."""
        mean = inputs.mean(-1, keepdim=True)
        return self._normalized(inputs, mean, (inputs - mean).square().mean(-1, keepdim=True))


class BatchNormalization(Normalization):
    """`keras.layers.BatchNormalization()`: mean and variance of each element over a batch, steps included.

    In training they are the batch's, without the steps that the mask leaves out, and the moving ones take them up:
    `moving = momentum * moving + (1 - momentum) * batch`, the variance divided by the number of vectors. Elsewhere, and
    in a frozen layer, they are the moving ones. torch's own layer counts momentum on the new value, and divides the
    variance that it keeps by one vector less.

    Keras equivalence: `layers/normalization/batch_normalization.py`, Keras 3.15, to rounding; renorm is not offered.

    Args:
        axis: See Normalization, as for the others.
        momentum: Of the moving mean and variance.
        epsilon: See there.
        center: See there.
        scale: See there.
        beta_initializer: See there.
        gamma_initializer: See there.
        moving_mean_initializer: Of the moving mean.
        moving_variance_initializer: Of the moving variance.
        beta_regularizer: See there.
        gamma_regularizer: See there.
        trainable: See Layer.
    """

    # Parameters without gradient, not buffers: Keras counts them among the weights, which early stopping restores.
    statistics = ("moving_mean", "moving_variance")

    moving_mean: nn.Parameter
    moving_variance: nn.Parameter

    def __init__(
        self,
        axis: Any = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: L2 | None = None,
        gamma_regularizer: L2 | None = None,
        trainable: bool = True,
    ) -> None:
        initializers = (beta_initializer, gamma_initializer)
        super().__init__(axis, epsilon, center, scale, *initializers, beta_regularizer, gamma_regularizer, trainable)
        self._set_initializers(
            moving_mean_initializer=moving_mean_initializer, moving_variance_initializer=moving_variance_initializer
        )
        require_number("momentum", momentum)
        self.momentum = momentum

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return a tensor of the same shape and dtype."""
        if not self.training or not self.trainable:
            return self._normalized(inputs, self.moving_mean, self.moving_variance)
        mean, variance = _moments(inputs, mask)
        with torch.no_grad():
            for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
                moving.copy_(moving * self.momentum + batch * (1 - self.momentum))
        return self._normalized(inputs, mean, variance)


def require_number(setting: str, value: object) -> None:
    """Check a number.

    Raises:
        SettingError: It is not 0 or more.
    """
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < float("inf"):
        raise SettingError(setting, "a number of 0 or more", value)


def _moments(inputs: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """Mean and variance (D,) of inputs (B, ..., D) over the steps that the mask leaves."""
    axes = tuple(range(inputs.dim() - 1))
    if mask is None:
        mean = inputs.mean(axes)
        return mean, (inputs - mean).square().mean(axes)
    kept = mask.unsqueeze(-1)
    count = kept.sum().to(inputs.dtype) + FUZZ
    mean = inputs.where(kept, 0).sum(axes) / count
    return mean, (inputs - mean).where(kept, 0).square().sum(axes) / count
