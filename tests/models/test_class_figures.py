import numpy as np
import pytest
import torch

from lit_sentiment.models.class_figures import UNDEFINED_OF_CLASSES, class_figures, confusion_matrix

# By hand: judged 0 0 1 2 2, of which the second and the last are wrong.
PROBABILITIES = torch.tensor(
    [[0.7, 0.2, 0.1], [0.5, 0.4, 0.1], [0.1, 0.6, 0.3], [0.05, 0.15, 0.8], [0.05, 0.05, 0.9]], dtype=torch.float64
)
LABELS = torch.tensor([0, 1, 1, 2, 0], dtype=torch.int32)
NAMES = ["bad", "ok", "good"]
TORCHMETRICS = 1e-6
"""torchmetrics computes in float32."""


def test_figures_are_those_worked_by_hand():
    expected = {
        "data_loss": -np.log([0.7, 0.4, 0.6, 0.8, 0.05]).mean(),
        "accuracy": 3 / 5,
        "precision": (1 / 2 + 1 + 1 / 2) / 3,
        "recall": (1 / 2 + 1 / 2 + 1) / 3,
        "f1": (1 / 2 + 2 / 3 + 2 / 3) / 3,
        # Pairs of a review of the class and another in order of its probability; half of one in a draw.
        "roc_auc": (3.5 / 6 + 6 / 6 + 3 / 4) / 3,
        # Each likeliest probability lies in a bin of its own.
        "calibration_error": (0.3 + 0.5 + 0.4 + 0.2 + 0.9) / 5,
        **{f"precision of {name}": value for name, value in zip(NAMES, (1 / 2, 1, 1 / 2), strict=True)},
        **{f"recall of {name}": value for name, value in zip(NAMES, (1 / 2, 1 / 2, 1), strict=True)},
        **{f"f1 of {name}": value for name, value in zip(NAMES, (1 / 2, 2 / 3, 2 / 3), strict=True)},
    }
    assert class_figures(PROBABILITIES, LABELS, NAMES) == pytest.approx(expected, abs=TORCHMETRICS)


def test_classes_in_another_order_have_other_figures():
    figures, turned = (class_figures(PROBABILITIES, labels, NAMES) for labels in (LABELS, (LABELS + 1) % 3))
    assert abs(figures["accuracy"] - turned["accuracy"]) > 0.1
    assert abs(figures["data_loss"] - turned["data_loss"]) > 0.1


def test_confusion_has_a_row_for_each_label():
    assert confusion_matrix(PROBABILITIES, LABELS).tolist() == [[1, 0, 1], [1, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("judged", "labels", "absent"),
    [
        ([0, 1, 2], [2, 1, 0], set()),
        ([0, 1, 1], [0, 1, 2], {"precision", "precision of good"}),
        ([0, 1, 2], [0, 1, 1], {"recall", "recall of good", "roc_auc"}),
        (
            [0, 1, 1],
            [0, 1, 0],
            {"roc_auc", *(f"{name}{of}" for name in ("precision", "recall", "f1") for of in ("", " of good"))},
        ),
    ],
)
def test_figures_that_are_not_defined_are_left_out(judged, labels, absent):
    probabilities = torch.eye(3)[torch.tensor(judged)] * 0.6 + 0.1
    figures = class_figures(probabilities, torch.tensor(labels), NAMES)
    everything = class_figures(PROBABILITIES, LABELS, NAMES).keys()
    assert figures.keys() == everything - absent
    assert {name for name in absent if " of " not in name} <= UNDEFINED_OF_CLASSES.keys()


def test_label_of_probability_0_has_a_finite_loss():
    figures = class_figures(torch.eye(3, dtype=torch.float64), torch.tensor([1, 2, 0]), NAMES)
    assert 700 < figures["data_loss"] < np.inf
