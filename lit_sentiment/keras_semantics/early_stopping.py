"""Lightning's EarlyStopping with Keras's rules, restored weights included."""

from typing import Any, Literal

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch import callbacks
from lightning.pytorch.callbacks.early_stopping import EarlyStoppingReason
from torch import Tensor

from lit_sentiment.keras_semantics.monitored_figure import is_improvement, monitored_figure, resolved_mode


class KerasEarlyStopping(callbacks.EarlyStopping):
    """Stops as `keras.callbacks.EarlyStopping` of Keras 3 does, and can bring back the weights of the best epoch.

    Three things differ from Lightning's own: a monitored figure that is not finite is no end, and later no improvement;
    training never stops after its first epoch; and with `restore_best_weights` the best weights are back in the model
    at the end of every training, whether it was stopped early or not. Checkpoints hold the best weights too, so a
    resumed training ends like one that was never interrupted. State that is no weight, such as the generators of the
    dropout layers, is not rewound.

    Keras equivalence: `keras/src/callbacks/early_stopping.py`, Keras 3.15.1, the same decisions for any sequence of
    figures; `baseline` and `start_from_epoch` are not offered.

    Args:
        monitor: The name of the watched figure, as logged.
        min_delta: A smaller change than this is no improvement.
        patience: Stop after this many epochs without improvement; 0 counts as 1, as in Keras.
        mode: Whether smaller (`min`) or greater (`max`) is better; `auto` goes by `monitor`, see `resolved_mode`.
        restore_best_weights: Whether the model ends with the weights of its best epoch.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 3,
        mode: Literal["auto", "min", "max"] = "auto",
        restore_best_weights: bool = False,
    ) -> None:
        super().__init__(
            monitor=monitor,
            min_delta=abs(min_delta),
            patience=patience,
            mode=resolved_mode(type(self).__name__, monitor) if mode == "auto" else mode,
            check_finite=False,
            check_on_train_epoch_end=True,
        )
        self.restore_best_weights = restore_best_weights
        self.best_epoch: int | None = None
        self.best_weights: dict[str, Tensor] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What decides when it stops, by Keras's names."""
        return {
            "monitor": self.monitor,
            "min_delta": abs(self.min_delta),
            "patience": self.patience,
            "mode": self.mode,
            "restore_best_weights": self.restore_best_weights,
        }

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Start afresh, so that one instance serves several trainings; a resumed one loads its state after this."""
        if stage == "fit":
            self._forget()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Compare the epoch's figure with the best one, keep the weights or count the wait.

        Raises:
            InputError: No figure of that name is logged.
        """
        if self._should_skip_check(trainer):
            return
        epoch = trainer.current_epoch
        current = monitored_figure(type(self).__name__, self.monitor, trainer.callback_metrics)
        self.wait_count += 1
        # The first figure is the best so far whatever it is; if it is NaN, nothing is ever better than it.
        if self.best_epoch is None or is_improvement(current, float(self.best_score), self.mode, abs(self.min_delta)):
            self.best_epoch, self.best_score, self.wait_count = epoch, torch.tensor(current, dtype=torch.float64), 0
            if self.restore_best_weights:
                self.best_weights = {name: weight.detach().clone() for name, weight in pl_module.named_parameters()}
        elif self.wait_count >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.stopping_reason = EarlyStoppingReason.PATIENCE_EXHAUSTED
            self.stopping_reason_message = (
                f"{self.monitor} has not improved on epoch {self.best_epoch + 1} ({self.best_score:.4f}) "
                f"for {self.wait_count} epochs"
            )
            trainer.should_stop = True

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Bring the best weights back."""
        if self.best_weights is None:
            return
        with torch.no_grad():
            for name, weight in pl_module.named_parameters():
                weight.copy_(self.best_weights[name])

    def state_dict(self) -> dict[str, Any]:
        """Return Lightning's state with the best epoch and its weights."""
        return {**super().state_dict(), "best_epoch": self.best_epoch, "best_weights": self.best_weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the state of an interrupted training; the patience is the one given now."""
        patience = self.patience
        super().load_state_dict(state_dict)
        self.patience = patience
        self.best_epoch = state_dict["best_epoch"]
        self.best_weights = state_dict["best_weights"]

    def _forget(self) -> None:
        self.wait_count = 0
        self.stopped_epoch = 0
        self.stopping_reason = EarlyStoppingReason.NOT_STOPPED
        self.stopping_reason_message = None
        self.best_epoch = None
        self.best_weights = None
