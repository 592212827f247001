"""Where the windows of a convolution or a pooling lie along the steps of a review.

Sources: `compute_conv_output_shape` in `keras/src/ops/operation_utils.py`, Keras 3.15, for the number of windows;
TensorFlow's rule for "SAME" for where they lie (`_pad_same_spatial_channels_last` in Keras's TensorFlow backend).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.nn.functional import pad

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.layer import Shape, require_size


@dataclass(frozen=True)
class Windows:
    """Windows of `width` steps, `stride` steps apart.

    With `valid` padding a window lies within the review. With `same` there is a window for every stride, and steps are
    added at both ends, the odd one behind. With `causal` no window reaches beyond its last step, and all that is added
    lies in front.
    """

    width: int
    stride: int
    padding: str

    def added(self, length: int) -> tuple[int, int]:
        """Return how many steps are added in front of a review and behind it."""
        if self.padding == "causal":
            return self.width - 1, 0
        if self.padding == "valid":
            return 0, 0
        total = max((-(-length // self.stride) - 1) * self.stride + self.width - length, 0)
        return total // 2, total - total // 2

    def output_shape(self, input_shape: Shape, size: int | None) -> Shape:
        """Return how many windows inputs (T, D) have, and the size that is known of each.

        Raises:
            InputError: The inputs are not vectors at steps, or there is no window.
        """
        if len(input_shape) != 2:
            raise InputError(f"expected inputs (steps, size), found {input_shape}")
        length = input_shape[0]
        return (None if length is None else self.count(length), size)

    def count(self, length: int) -> int:
        """Return the number of windows.

        Raises:
            InputError: There is none.
        """
        count = (length + sum(self.added(length)) - self.width) // self.stride + 1
        if count < 1:
            raise InputError(f"expected inputs of at least {self.width} steps, the width of a window, found {length}")
        return count

    def filled(self, inputs: Tensor, value: float = 0.0) -> Tensor:
        """Return inputs (B, T, D) with the added steps, which have this value everywhere.

        Raises:
            InputError: There is no window.
        """
        self.count(inputs.shape[1])
        return pad(inputs, (0, 0, *self.added(inputs.shape[1])), value=value)


def one_size(setting: str, value: Any) -> tuple[int]:
    """Return a size along the steps as Keras keeps it: a tuple of one, from a number or a sequence of one.

    Raises:
        SettingError: It is not a size.
    """
    size = value[0] if isinstance(value, Sequence) and len(value) == 1 else value
    require_size(setting, size)
    return (size,)


def padding_named(padding: object, *known: str) -> str:
    """Return the kind of padding, which Keras takes in any case.

    Raises:
        SettingError: It is not one of those known.
    """
    if not isinstance(padding, str) or padding.lower() not in known:
        raise SettingError("padding", " or ".join(known), padding)
    return padding.lower()
