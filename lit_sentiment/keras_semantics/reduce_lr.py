"""A learning rate that is reduced when a figure stops improving, with Keras's rules."""

from math import isfinite
from typing import Any, Literal

import numpy as np
from lightning import Callback, LightningModule, Trainer
from torch.optim import Optimizer

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.monitored_figure import is_improvement, monitored_figure, resolved_mode
from lit_sentiment.keras_semantics.optimizer import KerasOptimizer, number_type


class KerasReduceLROnPlateau(Callback):
    """Reduces the learning rate as `keras.callbacks.ReduceLROnPlateau` of Keras 3 does, from the next epoch on.

    After each epoch, with its figure: an epoch of the cooldown takes one from it, and the wait starts anew. A figure
    that is better by more than `min_delta` starts the wait anew too. Else, after the cooldown, the wait grows by one;
    at `patience` the learning rate is multiplied by `factor`, but not below `min_lr`, and the cooldown begins. At
    `min_lr` the wait goes on growing and nothing else happens.

    A resumed training goes on with the wait, the cooldown and the learning rate of its checkpoint.

    Keras equivalence: `keras/src/callbacks/reduce_lr_on_plateau.py`, Keras 3.15, the same learning rates to the bit
    for any sequence of figures. Keras warns where the figure does not exist; here it is refused.

    Args:
        monitor: The name of the watched figure, as logged.
        factor: What the learning rate is multiplied by, below 1.
        patience: Reduce after this many epochs without improvement; 0 counts as 1, as in Keras.
        mode: Whether smaller (`min`) or greater (`max`) is better; `auto` goes by `monitor`, see `resolved_mode`.
        min_delta: A smaller change than this is no improvement.
        cooldown: The number of epochs after a reduction in which nothing is counted.
        min_lr: The least learning rate.

    Raises:
        SettingError: A number is out of its range.
        InputError: `mode` is `auto` and the direction of `monitor` is not known.
    """

    best: float | None
    wait: int
    cooldown_counter: int
    _reduced_to: list[float] | None
    """The learning rate of each group since the last reduction."""
    _resumed: bool

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        mode: Literal["auto", "min", "max"] = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        if not 0 <= factor < 1:
            raise SettingError("factor", "0 or more and below 1", factor)
        for name, value in {"patience": patience, "cooldown": cooldown, "min_lr": min_lr}.items():
            if not 0 <= value < float("inf"):
                raise SettingError(name, "0 or more", value)
        if not isfinite(min_delta):
            raise SettingError("min_delta", "a finite number", min_delta)
        if mode not in ("auto", "min", "max"):
            raise SettingError("mode", "auto, min or max", mode)
        self.monitor, self.factor, self.patience = monitor, factor, patience
        self.mode: Literal["min", "max"] = resolved_mode(type(self).__name__, monitor) if mode == "auto" else mode
        self.min_delta, self.cooldown, self.min_lr = abs(min_delta), cooldown, min_lr
        self._forget()

    @property
    def settings(self) -> dict[str, Any]:
        """The settings under Keras's names."""
        names = ("monitor", "factor", "patience", "mode", "min_delta", "cooldown", "min_lr")
        return {name: getattr(self, name) for name in names}

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Start afresh, so that one instance serves several trainings; a resumed one loads its state after this."""
        if stage == "fit":
            self._forget()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Refuse a learning rate that is not to be set.

        Raises:
            InputError: A schedule moves it.
        """
        for optimizer in trainer.optimizers:
            if trainer.lr_scheduler_configs or (isinstance(optimizer, KerasOptimizer) and optimizer.schedule):
                raise InputError(
                    f"{type(self).__name__}: expected a learning rate that is a number, found a schedule; "
                    "use one of the two"
                )

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        """Bring the reduced learning rates of a checkpoint back, after the model has set those given now."""
        if self._resumed and self._reduced_to is not None:
            for group, reduced_to in zip(_groups(trainer.optimizers), self._reduced_to, strict=True):
                group["lr"] = min(group["lr"], reduced_to)  # another callback may have reduced it further
        self._resumed = False

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Compare the epoch's figure with the best one, count the wait or reduce the learning rates.

        Raises:
            InputError: No figure of that name is logged.
        """
        current = monitored_figure(type(self).__name__, self.monitor, trainer.callback_metrics)
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if is_improvement(current, self.best, self.mode, self.min_delta):
            self.best, self.wait = current, 0
        elif self.cooldown_counter == 0:
            self.wait += 1
            if self.wait >= self.patience and self._reduce(trainer.optimizers):
                self.cooldown_counter, self.wait = self.cooldown, 0

    def state_dict(self) -> dict[str, Any]:
        """Return the best figure, the counters, and the learning rates if they were reduced."""
        return {
            "best": self.best,
            "wait": self.wait,
            "cooldown_counter": self.cooldown_counter,
            "reduced_to": self._reduced_to,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the state of an interrupted training; the settings are those given now."""
        self.best, self.wait = state_dict["best"], state_dict["wait"]
        self.cooldown_counter, self._reduced_to = state_dict["cooldown_counter"], state_dict["reduced_to"]
        self._resumed = True

    def _reduce(self, optimizers: list[Optimizer]) -> bool:
        """Reduce what can be reduced; return whether any learning rate was."""
        reduced = False
        for group in _groups(optimizers):
            number = number_type(group["params"][0].dtype)
            old = float(number(group["lr"]))
            if np.float32(old) > np.float32(self.min_lr):
                group["lr"] = float(number(max(old * self.factor, self.min_lr)))
                reduced = True
        if reduced:
            self._reduced_to = [group["lr"] for group in _groups(optimizers)]
        return reduced

    def _forget(self) -> None:
        self.best, self.wait, self.cooldown_counter = None, 0, 0
        self._reduced_to, self._resumed = None, False


def _groups(optimizers: list[Optimizer]) -> list[dict[str, Any]]:
    return [group for optimizer in optimizers for group in optimizer.param_groups]
