"""The layers that look at each step or vector alone: Dense, Activation, Softmax, and Flatten."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.activations import activated, marked, require_activation
from lit_sentiment.keras_semantics.layer import Layer, Shape, Variable, last_size, require_size
from lit_sentiment.keras_semantics.regularizers import L2


class Dense(Layer, nn.Linear):
    """`keras.layers.Dense(units)`: (B, ..., D) to (B, ..., units).

    The kernel is Keras's, transposed.

    Keras equivalence: `layers/core/dense.py`, Keras 3.15, to rounding; lora and quantisation are not offered.
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: L2 | None = None,
        bias_regularizer: L2 | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(trainable)
        require_size("units", units)
        self.units, self.activation, self.use_bias = units, require_activation("activation", activation), use_bias
        self._set_initializers(kernel_initializer=kernel_initializer, bias_initializer=bias_initializer)
        self.kernel_regularizer, self.bias_regularizer = kernel_regularizer, bias_regularizer
        kernel, bias = Variable("kernel", "weight", "vars/0", transposed=True), Variable("bias", "bias", "vars/1")
        self.variables = (kernel, bias) if use_bias else (kernel,)

    @staticmethod
    def sizes_of(shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
        """Return the units, which are the outputs of the kernel."""
        return {"units": shapes[0][-1]}

    def _build(self, input_shape: Shape) -> Shape:
        nn.Linear.__init__(self, last_size(input_shape), self.units, bias=self.use_bias)
        return (*input_shape[:-1], self.units)

    def logits(self, inputs: Tensor) -> Tensor:
        """Return the outputs before the activation."""
        return nn.Linear.forward(self, inputs)

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the outputs."""
        return activated(self.activation, self.logits(inputs))


class Activation(Layer):
    """`keras.layers.Activation(activation)`: an activation of inputs of any shape, the inputs themselves if linear."""

    def __init__(self, activation: Any) -> None:
        super().__init__()
        self.activation = require_activation("activation", activation) or "linear"

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return a tensor of the same shape and dtype."""
        return activated(self.activation, inputs)


class Softmax(Layer):
    """`keras.layers.Softmax(axis)`: shares that add up to one along an axis, which counts from the batch at 0.

    Keras's takes a mask that broadcasts to the inputs. That of an embedding (B, T) does not broadcast to (B, T, D): it
    is refused here as there.
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        if not isinstance(axis, int) or isinstance(axis, bool):
            raise SettingError("axis", "a whole number", axis)
        self.axis = axis

    def _build(self, input_shape: Shape) -> Shape:
        rank = len(input_shape) + 1
        if not -rank <= self.axis < rank:
            raise SettingError("axis", f"an axis of inputs that have {rank}", self.axis)
        return input_shape

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return a tensor of the same shape and dtype.

        Raises:
            InputError: The inputs have a mask.
        """
        if mask is not None:
            raise InputError("softmax: expected inputs without a mask, found one: use Activation('softmax')")
        return marked(torch.softmax(inputs, self.axis), inputs)


class Flatten(Layer):
    """`keras.layers.Flatten()`: (B, T, D) to (B, T * D); the mask is lost, as in Keras."""

    always: ClassVar[dict[str, Any]] = {"data_format": "channels_last"}
    passes_mask = knows_masks = False

    def __init__(self) -> None:
        super().__init__()

    def _build(self, input_shape: Shape) -> Shape:
        return (None if None in input_shape else math.prod(size or 1 for size in input_shape),)

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return one vector a review."""
        # `flatten(1)` would return flat inputs themselves, with their mark of logits, which Keras's loses; and `len`
        # would be the same number for all batches in an exported graph.
        return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))
