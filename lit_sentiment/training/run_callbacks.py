"""What every run has beside what its user asks for."""

from typing import Any

from lightning import Callback

from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.tensorboard.validation_views import ValidationViews
from lit_sentiment.training.epoch_so_far import EpochSoFar
from lit_sentiment.training.run_checkpoint import RunCheckpoint
from lit_sentiment.training.stopping import FiniteLoss, StopSignals, TimeLimit


def run_callbacks(run: RunFolder, max_time: Any, checkpoint_every: int | None) -> list[Callback]:
    """Return what shows the validation, ends a training that has to end, and writes the checkpoints of a run.

    Args:
        run: Where they are written.
        max_time: The longest time, as Lightning takes it, or none.
        checkpoint_every: After how many steps the last checkpoint is written inside an epoch too, and then also when a
            signal stops the training; never if None.
    """
    last = RunCheckpoint(run.checkpoints, "last", every=checkpoint_every)
    callbacks: list[Callback] = [
        ValidationViews(),
        FiniteLoss(),
        EpochSoFar(),
        StopSignals(None if checkpoint_every is None else last.write_inside_epoch),
        RunCheckpoint(run.checkpoints, "best", monitor="val_loss"),
        last,
    ]
    return callbacks if max_time is None else [*callbacks, TimeLimit(max_time)]
