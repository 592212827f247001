"""The progress of a training in the terminal: a bar for the running epoch, a line for each finished one."""

import time
from typing import Any

from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import RichProgressBar
from rich.console import Console

_SHOWN = ("loss", "accuracy", "val_loss", "val_accuracy")


class EpochLines(RichProgressBar):
    """Shows a bar while an epoch runs, and then one line with its figures."""

    def __init__(self) -> None:
        super().__init__(leave=False)
        self._started_seconds = 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the time."""
        super().on_train_epoch_start(trainer, pl_module)
        self._started_seconds = time.monotonic()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the line of the epoch."""
        super().on_train_epoch_end(trainer, pl_module)
        console = self.progress.console if self.progress is not None else Console()
        figures = "  ".join(
            f"{name} {trainer.callback_metrics[name].item():.4f}" for name in _SHOWN if name in trainer.callback_metrics
        )
        seconds = time.monotonic() - self._started_seconds
        width = len(str(trainer.max_epochs))
        epoch = f"epoch {trainer.current_epoch + 1:{width}d}/{trainer.max_epochs}"
        console.print(f"{epoch}  {figures}  {seconds:.1f} s", highlight=False, soft_wrap=True)

    def get_metrics(self, trainer: Trainer, pl_module: LightningModule) -> dict[str, Any]:
        """Return nothing: the figures stand in the line of the epoch."""
        return {}
