"""What ends a training: a signal, a loss that is not a number, or the time."""

import signal
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import Timer

from lit_sentiment.errors import InputError
from lit_sentiment.process import Interrupted, gets_signals

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
"""The last is what SLURM sends ahead of a time limit (`sbatch --signal`)."""


class StopSignals(Callback):
    """Stops between two batches when the process gets SIGINT, SIGTERM or SIGUSR1; a second one stops at once.

    What was written by then is whole: history, event files and checkpoints hold every finished epoch.

    Args:
        save: Called before a stop between two steps of the training.
    """

    def __init__(self, save: Callable[[Trainer], None] | None = None) -> None:
        self._save = save
        self._received: int | None = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the signals over, from Lightning too.

        After its own handler of SIGTERM the process may exit with 0; in a SLURM job its handler of SIGUSR1 writes a
        checkpoint in the middle of an epoch, and may wait for ever for the event files. Lightning gives all signals
        back when a training ends, however it ends.
        """
        self._received = None
        for number in _SIGNALS if gets_signals() else ():  # of several processes the first ends the others
            signal.signal(number, self._receive if trainer.is_global_zero else signal.SIG_IGN)

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        """Save and stop if a signal came.

        Raises:
            Interrupted: One did.
        """
        if self._received is not None and self._save is not None:
            self._save(trainer)
        self._stop_if_asked()

    def on_validation_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        """Stop if a signal came.

        Raises:
            Interrupted: One did.
        """
        self._stop_if_asked()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._received is not None:
            raise Interrupted(number)
        self._received = number

    def _stop_if_asked(self) -> None:
        if self._received is not None:
            raise Interrupted(self._received)


class NothingLeft(Callback):
    """Trains nothing where a resumed training had come to its end, and leaves the weights that it would have left."""

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop before the first step."""
        trainer.should_stop = True
        for callback in trainer.early_stopping_callbacks:
            callback.on_train_end(trainer, pl_module)


class FiniteLoss(Callback):
    """Stops when a loss or a weight is infinite or not a number, instead of training on or keeping such weights."""

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Check the loss of the step.

        Raises:
            InputError: It is not finite; names the step and the epoch.
        """
        if not torch.isfinite(outputs["loss"]):
            raise InputError(
                f"the loss became {outputs['loss'].item()} at step {trainer.global_step} "
                f"(epoch {trainer.current_epoch + 1}, batch {batch_idx + 1}), expected a finite number; "
                "lower `learning_rate` or look at the data"
            )

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Check the weights that an epoch ends with: of its last step no loss tells.

        Raises:
            InputError: Some are not finite. The checkpoints of the epoch before stay.
        """
        require_finite_weights(trainer)


def require_finite_weights(trainer: Trainer) -> None:
    """Refuse to keep weights that are infinite or not numbers.

    Raises:
        InputError: Some are.
    """
    weights = trainer.lightning_module.named_parameters()
    broken = [name for name, weight in weights if not torch.isfinite(weight).all()]
    if broken:
        raise InputError(
            f"the weights {broken[0]} became infinite or no numbers in epoch {trainer.current_epoch + 1}, expected "
            "finite ones; lower `learning_rate` or look at the data"
        )


class TimeLimit(Timer):
    """Ends the training with the epoch in which its time is over; Lightning's `max_time` cuts the epoch off.

    The time of a resumed training counts from its first start.

    Args:
        duration: As `max_time` of Lightning's Trainer: `DD:HH:MM:SS`, or a dictionary such as `{"minutes": 5}`.

    Raises:
        InputError: The duration has another format, or is none.
    """

    def __init__(self, duration: str | timedelta | dict[str, Any]) -> None:
        try:
            super().__init__(duration, interval="epoch", verbose=False)
        except (MisconfigurationException, TypeError):
            expected = "DD:HH:MM:SS, such as 00:01:30:00, or a mapping such as {minutes: 5}"
            raise InputError(f"`max_time`: expected {expected}, found {duration}") from None
        self.seconds: float = self.time_remaining() or 0.0
        if self.seconds <= 0:
            raise InputError(f"`max_time`: expected more than no time, found {duration}")

    def on_fit_start(self, trainer: Trainer, *_: Any, **__: Any) -> None:
        """Leave the time of a resumed training to on_train_start, where it is known whether an epoch has begun."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Train nothing where the time was over before; an epoch that has begun is still brought to its end."""
        super().on_train_start(trainer, pl_module)
        if not trainer.fit_loop.restarted_mid_epoch:
            self._check_time_remaining(trainer)

    @property
    def over(self) -> bool:
        """Whether the time has run out."""
        return self.time_elapsed() >= self.seconds
