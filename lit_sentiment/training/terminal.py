"""What a training shows in the terminal: its layers, a bar for the running epoch, a line for each finished one."""

import time
from typing import Any

from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ProgressBar
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from lit_sentiment.console import Console

_SHOWN = ("loss", "accuracy", "val_loss", "val_accuracy")


class EpochLines(ProgressBar):
    """Shows a bar while an epoch runs (in a terminal only), and then one line with its figures."""

    def __init__(self) -> None:
        super().__init__()
        self._console = Console(soft_wrap=True)
        self._progress = self._new_progress()
        self._started_seconds = 0.0

    def disable(self) -> None:
        """Show nothing; Lightning asks for it in all processes but the first."""
        self._console.quiet = True

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Begin a bar with the first step of an epoch, or of the rest of an epoch that is resumed."""
        if not self._progress.task_ids:
            self._started_seconds = time.monotonic()
            self._progress.start()
            self._progress.add_task(_epoch_of(trainer), total=trainer.num_training_batches, completed=batch_idx)

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        """Move the bar on."""
        self._progress.advance(self._progress.task_ids[0])

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin the bar of the validation."""
        self._progress.add_task("validation", total=sum(trainer.num_val_batches))

    def on_validation_batch_end(self, trainer: Trainer, *_: Any) -> None:
        """Move the bar on."""
        self._progress.advance(self._progress.task_ids[-1])

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Put a line in place of the bars."""
        self._progress.stop()
        figures = [
            f"{name} {trainer.callback_metrics[name].item():.4f}" for name in _SHOWN if name in trainer.callback_metrics
        ]
        seconds = time.monotonic() - self._started_seconds
        self._console.print("  ".join([_epoch_of(trainer), *figures, f"{seconds:.1f} s"]))
        self._progress = self._new_progress()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Take the bars away."""
        self._progress.stop()

    def _new_progress(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        return Progress(*columns, console=self._console, transient=True, disable=not self._console.is_terminal)


def _epoch_of(trainer: Trainer) -> str:
    epoch, epochs = trainer.current_epoch + 1, trainer.max_epochs
    return f"epoch {epoch}" if epochs == -1 else f"epoch {epoch:{len(str(epochs))}d}/{epochs}"  # -1 for no end


class LayerTable(Callback):
    """Prints each layer with the number of its trained parameters, which is the number that Keras gives."""

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the table."""
        layers = getattr(pl_module, "layers", [pl_module])
        counts = [sum(weight.numel() for weight in layer.parameters() if weight.requires_grad) for layer in layers]
        table = Table(title=getattr(pl_module, "title", type(pl_module).__name__), show_footer=True)
        table.add_column("Layer", footer="all")
        table.add_column("Parameters", footer=f"{sum(counts):,}", justify="right")
        for layer, parameters in zip(layers, counts, strict=True):
            table.add_row(f"{type(layer).__name__}({layer.extra_repr()})", f"{parameters:,}")
        Console().print(table)
