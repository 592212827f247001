"""Options of `fit` that pass the parser and yet cannot be used together, or on this machine."""

import secrets
from typing import Any

import torch

from lit_sentiment.commands.messages import one_line
from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.layers import Embedding
from lit_sentiment.keras_semantics.optimizer import KerasOptimizer
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.runs.training_identity import optimizer_of

_LARGEST_SEED = 2**32 - 1
"""Of NumPy's generator, which `seed_everything` seeds too."""


def usable_seed(asked: int, option: str = "--seed_everything") -> int:
    """Return the seed, drawn if that is asked for by `true`.

    Raises:
        InputError: It is not one that NumPy takes.
    """
    if asked is True:
        return secrets.randbelow(_LARGEST_SEED + 1)
    if asked is False or not 0 <= asked <= _LARGEST_SEED:
        draw = ", or true to draw one" if option == "--seed_everything" else ""
        raise InputError(f"{option}: expected a whole number from 0 to {_LARGEST_SEED}{draw}, found {asked}")
    return asked


def require_usable_optimizer(model: SentimentModel, gradient_clip_val: float | None) -> None:
    """Check that the optimiser can be made, and clip the gradients if that is asked for.

    Raises:
        InputError: It cannot.
    """
    try:
        optimizer = optimizer_of(model)
    except (TypeError, ValueError, RuntimeError) as fault:
        raise InputError(f"--optimizer: {one_line(fault)}") from None
    regularized = [weight for weight, _ in model.regularized_weights()]
    embeddings = [layer.weight for layer in model.layers if isinstance(layer, Embedding)]
    sparse = any(all(weight is not one for one in regularized) for weight in embeddings)
    if gradient_clip_val and sparse and isinstance(optimizer, KerasOptimizer):
        raise InputError(
            f"--trainer.gradient_clip_val: expected none, found {gradient_clip_val}: the gradient that Keras gives the "
            "embedding is sparse; give --optimizer torch.optim.Adam with it"
        )


def require_usable_accelerator(option: str, accelerator: str) -> None:
    """Check that there is such a device.

    Raises:
        InputError: There is none here.
    """
    here = {"auto", "cpu"} | ({"gpu"} if torch.accelerator.is_available() else set())
    here |= {"cuda"} if torch.cuda.is_available() else {"mps"} if torch.backends.mps.is_available() else set()
    if accelerator not in here:
        raise InputError(f"{option}: expected a device that is here ({', '.join(sorted(here))}), found {accelerator}")


def require_usable_precision(accelerator: str, precision: Any) -> None:
    """Check that the device can train in the precision.

    Raises:
        InputError: It is a mixed one, and the device a CPU.
    """
    on_cpu = accelerator == "cpu" or (accelerator == "auto" and not torch.accelerator.is_available())
    if on_cpu and str(precision).endswith("-mixed"):
        raise InputError(f"--trainer.precision: expected one that a CPU can train in, found {precision}; leave it out")
