"""The figures of a classifier of several classes."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import nll_loss

from lit_sentiment.models.classification import CALIBRATION_BINS

UNDEFINED_OF_CLASSES = {
    "precision": "no review is judged to be of some class",
    "recall": "no review is labelled with some class",
    "f1": "no review is judged or labelled to be of some class",
    "roc_auc": "no review is labelled with some class",
}
"""The means that are not defined for some reviews, since that of a class is 0/0, and when."""


def class_figures(probabilities: Tensor, labels: Tensor, class_names: Sequence[str]) -> dict[str, float]:
    """Return the usual figures of a classifier of n classes; it judges a review to be of the likeliest one.

    Args:
        probabilities: float (N, n).
        labels: int (N,), from 0 to n - 1.
        class_names: The n names.

    Returns:
        `data_loss` (mean cross-entropy); `accuracy`; `precision`, `recall` and `f1`, the means over the classes;
        `roc_auc`, the mean over the classes of each against the rest; `calibration_error`: the expected calibration
        error over 15 equal bins of the probability of the likeliest class; and for each class `precision of NAME`,
        `recall of NAME` and `f1 of NAME`.
        A figure that is not defined for these reviews (`UNDEFINED_OF_CLASSES`) is left out: torchmetrics would give 0.
    """
    from torchmetrics.functional import classification  # a second, which judging alone need not wait for

    count, labels = len(class_names), labels.long()
    matrix = confusion_matrix(probabilities, labels)
    judged, labelled = matrix.sum(0), matrix.sum(1)
    of_class = {
        name: figure(probabilities, labels, count, average="none").where(reviews > 0, math.nan).tolist()
        for name, figure, reviews in (
            ("precision", classification.multiclass_precision, judged),
            ("recall", classification.multiclass_recall, labelled),
            ("f1", classification.multiclass_f1_score, judged + labelled),
        )
    }
    figures = {
        "data_loss": nll_loss(probabilities.clamp_min(torch.finfo(probabilities.dtype).tiny).log(), labels).item(),
        "accuracy": classification.multiclass_accuracy(probabilities, labels, count, average="micro").item(),
        **{name: sum(values) / count for name, values in of_class.items()},
        "roc_auc": math.nan,
        "calibration_error": classification.multiclass_calibration_error(
            probabilities, labels, count, n_bins=CALIBRATION_BINS
        ).item(),
    }
    if labelled.all():
        figures["roc_auc"] = classification.multiclass_auroc(probabilities, labels, count).item()
    for number, class_name in enumerate(class_names):
        figures |= {f"{name} of {class_name}": values[number] for name, values in of_class.items()}
    return {name: value for name, value in figures.items() if not math.isnan(value)}


def confusion_matrix(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Return how many reviews of each class are judged to be of which, int64 (n labelled, n judged).

    Args:
        probabilities: float (N, n).
        labels: int (N,), from 0 to n - 1.
    """
    from torchmetrics.functional import classification  # a second, which judging alone need not wait for

    return classification.multiclass_confusion_matrix(probabilities, labels.long(), probabilities.shape[1])
