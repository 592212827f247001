"""Whether callbacks watch a figure that there is, in the right direction."""

from collections.abc import Iterable

from lightning import Callback
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.early_stopping import DIRECTIONS, KerasEarlyStopping
from lit_sentiment.models.sentiment_model import SentimentModel

_PARTS_OF_LOSS = ("data_loss", "penalty")


def require_monitored_figures(callbacks: Iterable[Callback], model: SentimentModel) -> None:
    """Check what early stopping and checkpoints of the user go by, before any training.

    Raises:
        InputError: The model logs no such figure, or Lightning's default `mode="min"` is left where more is better.
    """
    directions = {name: str(direction) for name, direction in DIRECTIONS.items()}
    if model.penalty() is not None:
        directions |= dict.fromkeys(_PARTS_OF_LOSS, "min")
    figures = [prefix + name for prefix in ("", "val_") for name in directions]
    for callback in callbacks:
        if not isinstance(callback, EarlyStopping | ModelCheckpoint) or callback.monitor is None:
            continue
        name, monitor = type(callback).__name__, callback.monitor
        if isinstance(callback, ModelCheckpoint) and monitor in ("epoch", "step"):
            continue
        if monitor not in figures:
            raise InputError(f"{name}, monitor: expected one of {', '.join(figures)}; found {monitor}")
        better = directions[monitor.removeprefix("val_")]
        if callback.mode != better and not isinstance(callback, KerasEarlyStopping):
            raise InputError(
                f"{name}, mode: expected {better} for {monitor}, found {callback.mode}; give mode {better}"
            )
