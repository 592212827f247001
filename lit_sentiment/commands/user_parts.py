"""What users' callbacks and loggers may do: watch a figure that there is, and write below the run's folder."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jsonargparse import Namespace
from lightning import Callback
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint

from lit_sentiment.commands.trainer_classes import class_name, class_specs
from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.early_stopping import KerasEarlyStopping
from lit_sentiment.keras_semantics.monitored_figure import DIRECTIONS
from lit_sentiment.keras_semantics.reduce_lr import KerasReduceLROnPlateau
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.runs.run_folder import RunFolder

_PLACES = {"CSVLogger": "save_dir", "TensorBoardLogger": "save_dir", "ModelCheckpoint": "dirpath"}
_USUAL_PLACE = "more_checkpoints"


def require_places_below_run(trainer: Namespace) -> None:
    """Check every path that a logger or callback is given, as parsed.

    Raises:
        InputError: One leads out of the folder of the run, or to its own checkpoints.
    """
    for option, name, settings in _that_write(trainer):
        for setting, value in settings.items():
            if isinstance(value, str | Path) and (Path(value).is_absolute() or ".." in Path(value).parts):
                raise InputError(
                    f"--trainer.{option}, {setting} of {name}: expected a place below the run's folder, found {value}; "
                    "give a relative path, which starts there"
                )
        if Path(settings.get(_PLACES[name]) or _USUAL_PLACE).parts[:1] == ("checkpoints",):
            raise InputError(
                f"--trainer.{option}, {_PLACES[name]} of {name}: expected another folder than checkpoints, where the "
                "run keeps its best and last epoch; leave it out"
            )


def put_below_run(trainer: Namespace, run: RunFolder) -> None:
    """Let the paths start at the folder of the run."""
    for _, name, settings in _that_write(trainer):
        settings[_PLACES[name]] = str(run.path.absolute() / (settings.get(_PLACES[name]) or _USUAL_PLACE))


def _that_write(trainer: Namespace) -> list[tuple[str, str, Any]]:
    specs = [(option, spec) for option in ("callbacks", "logger") for spec in class_specs(trainer[option])]
    named = [(option, class_name(spec["class_path"]), spec.get("init_args")) for option, spec in specs]
    return [(option, name, settings) for option, name, settings in named if name in _PLACES and settings is not None]


_THAT_WATCH = (EarlyStopping, ModelCheckpoint, KerasReduceLROnPlateau)
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
        if not isinstance(callback, _THAT_WATCH) or callback.monitor is None:
            continue
        name, monitor = type(callback).__name__, callback.monitor
        if isinstance(callback, ModelCheckpoint) and monitor in ("epoch", "step"):
            continue
        if monitor not in figures:
            raise InputError(f"{name}, monitor: expected one of {', '.join(figures)}; found {monitor}")
        better = directions[monitor.removeprefix("val_")]
        if callback.mode != better and not isinstance(callback, KerasEarlyStopping | KerasReduceLROnPlateau):
            raise InputError(
                f"{name}, mode: expected {better} for {monitor}, found {callback.mode}; give mode {better}"
            )
