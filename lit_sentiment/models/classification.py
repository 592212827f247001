"""The figures of a binary classifier, and whether its probabilities mean what they say."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

CALIBRATION_BINS = 15

UNDEFINED = {
    "precision": "no review is judged positive",
    "recall": "no review is labelled positive",
    "f1": "no review is judged or labelled positive",
    "roc_auc": "the labels are all of one class",
}
"""The figures that are 0/0 for some reviews, and when."""


def classification_figures(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Return the usual figures of a binary classifier.

    Args:
        logits: float (N,).
        labels: int (N,), 0 or 1.

    Returns:
        `data_loss` (mean cross-entropy), `accuracy`, `precision`, `recall`, `f1`, `roc_auc`, and
        `calibration_error`: the expected calibration error over 15 equal bins of the probability of a positive.
        A figure that is not defined for these reviews (`UNDEFINED`) is left out: torchmetrics would give 0.
    """
    from torchmetrics.functional import classification  # a second, which judging alone need not wait for

    probabilities = torch.sigmoid(logits)
    figures = {
        "data_loss": lambda: binary_cross_entropy_with_logits(logits, labels.to(logits.dtype)),
        "accuracy": lambda: classification.binary_accuracy(probabilities, labels),
        "precision": lambda: classification.binary_precision(probabilities, labels),
        "recall": lambda: classification.binary_recall(probabilities, labels),
        "f1": lambda: classification.binary_f1_score(probabilities, labels),
        "roc_auc": lambda: classification.binary_auroc(probabilities, labels),
        "calibration_error": lambda: classification.binary_calibration_error(
            probabilities, labels, n_bins=CALIBRATION_BINS
        ),
    }
    judged, positive = int((probabilities > 0.5).sum()), int((labels > 0).sum())
    defined = {
        "precision": judged > 0,
        "recall": positive > 0,
        "f1": judged + positive > 0,
        "roc_auc": 0 < positive < len(labels),
    }
    return {name: figure().item() for name, figure in figures.items() if defined.get(name, True)}


BINS = 10


@dataclass(frozen=True)
class ReliabilityBin:
    """The reviews whose probability lies in a part of [0, 1]."""

    mean_probability: float
    positive_fraction: float
    """The share of them that is positive, or right; equal to `mean_probability` where a model is calibrated."""
    reviews: int


def reliability(probabilities: np.ndarray, labels: np.ndarray) -> list[ReliabilityBin]:
    """Return the reliability diagram: ten equal parts of [0, 1], those without a review left out.

    Args:
        probabilities: float (N,), of being positive, or right.
        labels: int (N,), 0 or 1, or bool.
    """
    bin_of = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    members = (bin_of == number for number in range(BINS))
    return [
        ReliabilityBin(float(probabilities[inside].mean()), float(labels[inside].mean()), int(inside.sum()))
        for inside in members
        if inside.any()
    ]
