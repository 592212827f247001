"""The figures of a binary classifier."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torchmetrics.functional import classification

CALIBRATION_BINS = 15


def classification_figures(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Return the usual figures of a binary classifier.

    Args:
        logits: float (N,).
        labels: int (N,), 0 or 1, both of them present.

    Returns:
        `data_loss` (mean cross-entropy), `accuracy`, `precision`, `recall`, `f1`, `roc_auc`, and
        `calibration_error`: the expected calibration error over 15 equal bins of the probability of a positive.
    """
    probabilities = torch.sigmoid(logits)
    figures = {
        "data_loss": binary_cross_entropy_with_logits(logits, labels.to(logits.dtype)),
        "accuracy": classification.binary_accuracy(probabilities, labels),
        "precision": classification.binary_precision(probabilities, labels),
        "recall": classification.binary_recall(probabilities, labels),
        "f1": classification.binary_f1_score(probabilities, labels),
        "roc_auc": classification.binary_auroc(probabilities, labels),
        "calibration_error": classification.binary_calibration_error(probabilities, labels, n_bins=CALIBRATION_BINS),
    }
    return {name: figure.item() for name, figure in figures.items()}
