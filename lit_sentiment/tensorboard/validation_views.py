"""A callback that shows how sure the model is of the validation reviews, epoch by epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from lit_sentiment.tensorboard.tensorboard_curves import TensorBoardCurves

PR_CURVE = "precision_recall"
HISTOGRAMS = "probability_of_positive"
HISTOGRAMS_OF_CLASSES = "probability_of_label"
BIN_EDGES = np.linspace(0, 1, 51)


class ValidationViews(Callback):
    """Writes a precision-recall curve and histograms of the predicted probabilities for TensorBoard.

    They are made of what the validation computes anyway, and lie in the sub-run `validation/` of the TensorBoardCurves
    of the trainer, at the step of the epoch (from 0). A model that overfits grows sure of reviews that it gets wrong,
    and so its validation loss rises while its accuracy need not fall: the histogram of the negative reviews grows at 1,
    that of the positive ones at 0. Of several classes the histograms show the probability of the label, and grow at 0.
    """

    def __init__(self) -> None:
        self._batches: list[tuple[Tensor, Tensor]] = []

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Forget an earlier validation."""
        self._batches.clear()

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Forget an earlier validation: of several in an epoch the last one counts, as it does in the history."""
        self._batches.clear()

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Keep the probabilities (B,) or (B, n) and the labels (B,) of a batch, where they are."""
        self._batches.append((outputs, batch[1]))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the views of the epoch, whole on disk when this returns; none if it had no validation."""
        curves = next((logger for logger in trainer.loggers if isinstance(logger, TensorBoardCurves)), None)
        if curves is None or not self._batches or not trainer.is_global_zero:
            return
        probabilities, labels = (torch.cat(parts).double().cpu().numpy() for parts in zip(*self._batches, strict=True))
        names = getattr(getattr(trainer, "datamodule", None), "class_names", None)
        write_views(curves.writer("validation"), probabilities, labels, trainer.current_epoch, names)


def write_views(
    writer: SummaryWriter,
    probabilities: np.ndarray,
    labels: np.ndarray,
    epoch: int,
    class_names: Sequence[str] | None = None,
) -> None:
    """Write the views of one epoch: histograms over all reviews and by label, and the curve if there are both labels.

    Of n classes the histograms are of the probability of the label, and each class has a curve, against the rest.

    At the threshold 0.5 the curve counts a probability of exactly 0.5 as positive, which the accuracy does not.

    Args:
        writer: Where to.
        probabilities: float64 (N,), of being positive, or (N, n); nothing is written if one of them is not a number.
        labels: float64 (N,), the number of the class, 1 for positive.
        epoch: From 0.
        class_names: With which the tags of n classes end; their numbers by default.
    """
    if np.isnan(probabilities).any():
        return
    if probabilities.ndim == 1:
        _write_binary(writer, probabilities, labels, epoch)
    else:
        _write_classes(writer, probabilities, labels, epoch, class_names or [*map(str, range(probabilities.shape[1]))])
    writer.flush()


def _write_binary(writer: SummaryWriter, probabilities: np.ndarray, labels: np.ndarray, epoch: int) -> None:
    positive = labels > 0
    parts = {"all_reviews": positive | True, "negative_reviews": ~positive, "positive_reviews": positive}
    for name, part in parts.items():
        if part.any():
            writer.add_histogram(f"{HISTOGRAMS}/{name}", probabilities[part], epoch, bins=BIN_EDGES)
    if positive.any() and not positive.all():
        writer.add_pr_curve(PR_CURVE, labels, probabilities, epoch)


def _write_classes(
    writer: SummaryWriter, probabilities: np.ndarray, labels: np.ndarray, epoch: int, class_names: Sequence[str]
) -> None:
    of_label = probabilities[np.arange(len(labels)), labels.astype(int)]
    writer.add_histogram(HISTOGRAMS_OF_CLASSES, of_label, epoch, bins=BIN_EDGES)
    for number, name in enumerate(class_names):
        members = labels == number
        if members.any():
            writer.add_histogram(f"{HISTOGRAMS_OF_CLASSES}/{name}", of_label[members], epoch, bins=BIN_EDGES)
        if members.any() and not members.all():
            writer.add_pr_curve(f"{PR_CURVE}/{name}", members, probabilities[:, number], epoch)
