"""Keras's losses, a figure for each sample; their mean over a batch is the caller's.

Keras's `sigmoid` and `softmax` mark their outputs with their inputs (`_keras_logits`), and any cross-entropy takes the
mark, whichever of the two activations made it. So each loss here takes the outputs (B, n) and `logits` (B, n), the
tensor behind the last sigmoid or softmax, or None where there was none, or where a layer after it lost the mark (a
Dropout in training, Flatten, Reshape). With the mark a cross-entropy is computed from logits; without it from
probabilities, cut to [1e-7, 1 - 1e-7], with a gradient of 0 outside.

Source: Keras 3.15.1, `losses/losses.py` and `backend/tensorflow/nn.py`; TensorFlow 2.21, `python/ops/nn_impl.py` and
`core/kernels/xent_op.h`.

Keras equivalence: losses and gradients are equal to rounding in float32 and float64, on a CPU.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.config_objects import constructed, in_short, keras_object, object_in, shown
from lit_sentiment.keras_semantics.label_shapes import kind_of_labels, labels_per_output, labels_per_sample

EPSILON = 1e-7
"""`keras.config.epsilon()`: how near to 0 and 1 a probability may come."""


def binary_crossentropy(
    outputs: Tensor, logits: Tensor | None, labels: Tensor, from_logits: bool = False, label_smoothing: float = 0.0
) -> Tensor:
    """Return the cross-entropy of each output with its label, as the mean over the n outputs of a sample, (B,).

    At logits of exactly 0 the gradient is sigmoid(0) - label. torch's own `binary_cross_entropy_with_logits` has the
    same gradient, but subtracts two large numbers where the loss is small: in float32 it gives 0 for a logit of -20
    and a label of 0, where Keras and this give 2e-9.

    Args:
        outputs: float (B, n).
        logits: float (B, n) or None.
        labels: (B, n), or (B,) for n = 1.
        from_logits: Whether the outputs themselves are logits. It plays no part where `logits` are given.
        label_smoothing: The part of each label that is replaced by 1/2.
    """
    target = labels_per_output(outputs, labels)
    target = target * (1.0 - label_smoothing) + 0.5 * label_smoothing
    x = _behind(outputs, logits, from_logits)
    if x is None:
        p = outputs.clamp(EPSILON, 1.0 - EPSILON)
        return -(target * p.log() + (1 - target) * (1 - p).log()).mean(-1)
    # Not relu and abs: their gradients at 0 would make that of the whole -label there.
    positive = x >= 0
    return (torch.where(positive, x, 0) - x * target + torch.where(positive, -x, x).exp().log1p()).mean(-1)


def categorical_crossentropy(
    outputs: Tensor, logits: Tensor | None, labels: Tensor, from_logits: bool = False, label_smoothing: float = 0.0
) -> Tensor:
    """Return the cross-entropy of each sample with its distribution over the classes, (B,).

    Probabilities are divided by their sum first; that of a row of zeros is NaN, as in Keras.

    Args:
        outputs: float (B, n).
        logits: float (B, n) or None.
        labels: (B, n), such as one-hot rows.
        from_logits: Whether the outputs themselves are logits. It plays no part where `logits` are given.
        label_smoothing: The part of each label that is replaced by 1/n.
    """
    target = labels_per_output(outputs, labels)
    target = target * (1.0 - label_smoothing) + label_smoothing / outputs.shape[-1]
    x = _behind(outputs, logits, from_logits)
    if x is None:
        p = (outputs / outputs.sum(-1, keepdim=True)).clamp(EPSILON, 1.0 - EPSILON)
        return -(target * p.log()).sum(-1)
    return _SoftmaxCrossEntropy.apply(x, target)


def sparse_categorical_crossentropy(
    outputs: Tensor, logits: Tensor | None, labels: Tensor, from_logits: bool = False
) -> Tensor:
    """Return the cross-entropy of each sample with its class, (B,).

    Keras takes the logarithm of probabilities through a softmax again.

    Args:
        outputs: float (B, n).
        logits: float (B, n) or None.
        labels: (B,) or (B, 1), the classes from 0 to n - 1.
        from_logits: Whether the outputs themselves are logits. It plays no part where `logits` are given.

    Raises:
        InputError: A label is not one of the classes.
    """
    target = labels_per_sample(outputs, labels).long()
    outside = target[(target < 0) | (target >= outputs.shape[-1])]
    if len(outside):
        raise InputError(
            f"labels: expected classes from 0 to {outputs.shape[-1] - 1} for {outputs.shape[-1]} outputs, "
            f"found {outside[0]}"
        )
    x = _behind(outputs, logits, from_logits)
    x = outputs.clamp(EPSILON, 1.0 - EPSILON).log() if x is None else x
    return cross_entropy(x, target, reduction="none")


def mean_squared_error(outputs: Tensor, logits: Tensor | None, labels: Tensor) -> Tensor:
    """Return the mean over the outputs of a sample of the squares of output - label, (B,); logits play no part.

    Args:
        outputs: float (B, n).
        logits: Any.
        labels: (B, n), or (B,) for n = 1.
    """
    return (labels_per_output(outputs, labels) - outputs).square().mean(-1)


def crossentropy(outputs: Tensor, logits: Tensor | None, labels: Tensor) -> Tensor:
    """Return the cross-entropy that Keras chooses by the shapes: see `kind_of_labels`.

    Args:
        outputs: float (B, n).
        logits: float (B, n) or None.
        labels: (B, n), (B, 1) or (B,).
    """
    return LOSSES[f"{kind_of_labels(outputs, labels)}_crossentropy"](outputs, logits, labels)


LOSSES: dict[str, Callable[..., Tensor]] = {
    loss.__name__: loss
    for loss in (
        binary_crossentropy,
        categorical_crossentropy,
        sparse_categorical_crossentropy,
        mean_squared_error,
        crossentropy,
    )
}
"""By Keras's name."""


@dataclass(frozen=True)
class Loss:
    """A loss with its settings, such as `keras.losses.BinaryCrossentropy(label_smoothing=0.1)`.

    Raises:
        SettingError: The loss does not have such a setting, or not with this value.
    """

    name: str
    """Of the function, a key of LOSSES."""
    from_logits: bool = False
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in LOSSES:
            raise SettingError("loss", f"one of {', '.join(LOSSES)}", self.name)
        if not isinstance(self.from_logits, bool):
            raise SettingError("from_logits", "true or false", self.from_logits)
        if not isinstance(self.label_smoothing, int | float) or not 0 <= self.label_smoothing <= 1:
            raise SettingError("label_smoothing", "a number from 0 to 1", self.label_smoothing)
        for name, value in self.settings.items():
            if name not in signature(LOSSES[self.name]).parameters:
                raise SettingError(name, f"none for {self.name}", value)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that are on, under Keras's names."""
        settings = {"from_logits": self.from_logits, "label_smoothing": self.label_smoothing}
        return {name: value for name, value in settings.items() if value}

    def __call__(self, outputs: Tensor, logits: Tensor | None, labels: Tensor) -> Tensor:
        """Return the losses (B,) of outputs (B, n); see the function of this name."""
        return LOSSES[self.name](outputs, logits, labels, **self.settings)


def loss_config(loss: Loss) -> str | dict[str, Any]:
    """Return a loss as Keras writes it into a compile config: its name, or an object if a setting is on."""
    if not loss.settings:
        return loss.name
    return keras_object("keras.losses", _class_name(loss.name), {"name": loss.name, **loss.settings})


def loss_from_config(value: Any) -> Loss:
    """Return the loss that a compile config holds.

    Args:
        value: A name, or an object or function as Keras 2 or 3 serializes it, also as the one entry of a list or of a
            mapping from the name of the output.

    Raises:
        InputError: It is another loss, or has a setting that is not reproduced: a class that is ignored,
            another axis, or another reduction than the mean.
    """
    match value:
        case [one]:
            return loss_from_config(one)
        case {**outputs} if len(outputs) == 1 and "class_name" not in outputs:
            return loss_from_config(next(iter(outputs.values())))
        case str() if value.lower() in ("crossentropy", "ce"):
            return Loss("crossentropy")
    found = object_in(value, "keras.losses")
    name = None if found is None else _OTHER_NAMES.get(found.name, found.name)
    if found is None or name not in LOSSES:
        raise InputError(f"expected a loss of {', '.join(LOSSES)}, found {shown(value)}")
    settings = {setting: one for setting, one in found.settings.items() if setting != "name"}
    for setting, usual in {**_USUAL, "fn": (name,)}.items():
        if in_short(settings.pop(setting, usual[0])) not in usual:
            raise InputError(f"{name}: expected {setting} to be {usual[0]}, found {shown(found.settings[setting])}")
    return constructed(partial(Loss, name), settings)


_USUAL: dict[str, tuple[Any, ...]] = {
    "axis": (-1,),
    "ignore_class": (None,),
    "reduction": ("sum_over_batch_size", "mean", "auto"),  # the last is Keras 2's name of the first
    "dtype": (None,),
}
"""Settings in a config that have only these values here."""


class _SoftmaxCrossEntropy(torch.autograd.Function):
    """`tf.nn.softmax_cross_entropy_with_logits`.

    Its gradient is softmax - target also for targets that do not add up to 1 (several classes at once, or none), where
    that of the formula would be softmax * sum(target) - target.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, target: Tensor) -> Tensor:
        shifted = logits - logits.amax(-1, keepdim=True)
        total = shifted.exp().sum(-1, keepdim=True)
        ctx.save_for_backward(shifted.exp() / total - target)
        return (target * (total.log() - shifted)).sum(-1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (difference,) = ctx.saved_tensors
        return gradient.unsqueeze(-1) * difference, None


def _behind(outputs: Tensor, logits: Tensor | None, from_logits: bool) -> Tensor | None:
    """Return the logits, if there are any."""
    return outputs if logits is None and from_logits else logits


def _class_name(name: str) -> str:
    return "".join(map(str.capitalize, name.split("_")))


_OTHER_NAMES = {
    **{_class_name(name): name for name in LOSSES if name != "crossentropy"},
    **dict.fromkeys(("bce", "BCE"), "binary_crossentropy"),
    **dict.fromkeys(("mse", "MSE"), "mean_squared_error"),
}
