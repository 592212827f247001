"""Vectors at steps to fewer of them, or to one."""

from typing import Any, ClassVar

from torch import Tensor

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.layer import Layer, Shape
from lit_sentiment.keras_semantics.windows import Windows, one_size, padding_named


class Pooling1D(Layer):
    """A pooling of vectors (B, T, D) over windows of steps, to (B, windows, D). The mask is lost, as in Keras.

    Args:
        pool_size: Steps in a window.
        strides: Steps from one window to the next; by default `pool_size`.
        padding: `valid` or `same`.
    """

    always: ClassVar[dict[str, Any]] = {"data_format": "channels_last"}
    passes_mask = knows_masks = False

    def __init__(self, pool_size: Any, strides: Any = None, padding: str = "valid") -> None:
        super().__init__()
        self.pool_size = one_size("pool_size", pool_size)
        self.strides = self.pool_size if strides is None else one_size("strides", strides)
        self.padding = padding_named(padding, "valid", "same")
        self.windows = Windows(*self.pool_size, *self.strides, self.padding)

    def _build(self, input_shape: Shape) -> Shape:
        return self.windows.output_shape(input_shape, input_shape[-1])

    def _in_windows(self, inputs: Tensor, added: float) -> Tensor:
        """Return the elements of each window (B, windows, D, pool_size); added steps have the value given."""
        return self.windows.filled(inputs, added).unfold(1, self.windows.width, self.windows.stride)


class MaxPooling1D(Pooling1D):
    """`keras.layers.MaxPooling1D(pool_size)`: of equal largest elements the first takes the whole gradient."""

    def __init__(self, pool_size: Any = 2, strides: Any = None, padding: str = "valid") -> None:
        super().__init__(pool_size, strides, padding)

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the largest elements of the windows."""
        return self._in_windows(inputs, added=float("-inf")).max(dim=-1).values


class AveragePooling1D(Pooling1D):
    """`keras.layers.AveragePooling1D(pool_size)`: added steps do not count."""

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the means of the windows."""
        counts = self._in_windows(inputs.new_ones(1, inputs.shape[1], 1), added=0).sum(-1)
        return self._in_windows(inputs, added=0).sum(-1) / counts


class GlobalPooling1D(Layer):
    """A pooling of vectors (B, T, D) over all steps, to (B, D), or with `keepdims` to (B, 1, D). It ends the mask."""

    always: ClassVar[dict[str, Any]] = {"data_format": "channels_last"}
    passes_mask = False

    def __init__(self, keepdims: bool = False) -> None:
        super().__init__()
        self.keepdims = keepdims

    def _build(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 2:
            raise InputError(f"expected inputs (steps, size), found {input_shape}")
        return (1, input_shape[-1]) if self.keepdims else input_shape[-1:]


class GlobalMaxPooling1D(GlobalPooling1D):
    """`keras.layers.GlobalMaxPooling1D()`: equal largest elements share the gradient. Padding takes part, as in Keras.

    A word that comes twice in a review makes such elements right after an embedding.
    """

    knows_masks = False

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the largest element over the steps."""
        return inputs.amax(1, keepdim=self.keepdims)


class GlobalAveragePooling1D(GlobalPooling1D):
    """`keras.layers.GlobalAveragePooling1D()`: the mean over the steps that the mask leaves.

    As in Keras a review without any such step has a mean of NaN, and so has the loss of its batch.
    """

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the mean over the steps."""
        if mask is None:
            return inputs.mean(1, keepdim=self.keepdims)
        kept = mask.unsqueeze(-1)
        counts = kept.sum(1, keepdim=self.keepdims).to(inputs.dtype)
        return inputs.where(kept, 0).sum(1, keepdim=self.keepdims) / counts
