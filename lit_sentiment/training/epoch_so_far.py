"""What a checkpoint inside an epoch needs beside the usual: the sums behind the figures of the epoch so far."""

from contextlib import suppress
from typing import Any

from lightning import Callback, LightningModule, Trainer
from torch import Tensor

from lit_sentiment.data.batches import Batches
from lit_sentiment.errors import InputError
from lit_sentiment.models.checkpoint_file import EPOCH_SO_FAR


class EpochSoFar(Callback):
    """Lets a training go on inside an epoch, with the figures of the whole epoch at its end.

    Lightning's own checkpoints hold no figures: those of the resumed epoch would be of its last steps alone.
    """

    def __init__(self) -> None:
        self._before: dict[str, tuple[Tensor, Tensor]] = {}

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Add the sums to a checkpoint inside an epoch, whoever writes it, if a training can go on from there."""
        if is_inside_epoch(trainer):
            with suppress(InputError):
                checkpoint[EPOCH_SO_FAR] = sums_so_far(trainer)

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Keep the sums until the model has logged its first step: Lightning begins them anew there."""
        self._before = checkpoint.get(EPOCH_SO_FAR, {})

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        """Add those of before to the first step; in this order, so that every rounding is that of one training."""
        for key, (total, reviews) in self._before.items():
            figure = _figures(trainer)[key]
            figure.value = total.to(figure.value.device) + figure.value
            figure.cumulated_batch_size = reviews.to(figure.value.device) + figure.cumulated_batch_size
        self._before = {}


def is_inside_epoch(trainer: Trainer) -> bool:
    """Whether a step has just ended that is not the last of its epoch, and no gradients wait for the next one.

    After the last step a checkpoint waits for the validation, which a training that went on there would leave out.
    """
    steps = trainer.fit_loop.batch_idx + 1
    return steps > 0 and not trainer.is_last_batch and steps % trainer.accumulate_grad_batches == 0


def sums_so_far(trainer: Trainer) -> dict[str, tuple[Tensor, Tensor]]:
    """Return the sum and the number of reviews behind each figure of the running epoch.

    Raises:
        InputError: The model or the data are of the user, and have a state that is not known here.
    """
    if not isinstance(trainer.train_dataloader, Batches):
        kind = type(trainer.train_dataloader).__name__
        raise InputError(f"--checkpoint_every: expected data that give Batches, found a {kind}; leave the option out")
    for figure in _figures(trainer).values():
        if not (figure.is_tensor and figure.meta.is_mean_reduction and figure.meta.fx == "training_step"):
            raise InputError(
                "--checkpoint_every: expected figures that training_step logs as means, found "
                f"{figure.meta.name} of {figure.meta.fx}; leave the option out"
            )
    return {key: (figure.value, figure.cumulated_batch_size) for key, figure in _figures(trainer).items()}


def _figures(trainer: Trainer) -> dict[str, Any]:
    """Return what Lightning keeps of each figure of an epoch, by function and name."""
    return {key: one for key, one in trainer.fit_loop.epoch_loop._results.items() if one.meta.on_epoch}
