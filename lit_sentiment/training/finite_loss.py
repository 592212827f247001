"""A callback that stops a training whose loss is no longer a number."""

from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer

from lit_sentiment.errors import InputError


class FiniteLoss(Callback):
    """Stops at the first step whose loss is infinite or not a number, instead of training on with broken weights."""

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
