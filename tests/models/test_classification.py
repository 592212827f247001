import numpy as np
import pytest
import torch

from lit_sentiment.models.classification import (
    BINS,
    CALIBRATION_BINS,
    UNDEFINED,
    ReliabilityBin,
    classification_figures,
    reliability,
)

# By hand: probabilities .9 .8 .6 .3 .2, so predictions 1 1 1 0 0.
LOGITS = torch.logit(torch.tensor([0.9, 0.8, 0.6, 0.3, 0.2], dtype=torch.float64))
LABELS = torch.tensor([1, 0, 1, 1, 0])
TORCHMETRICS = 1e-6
"""torchmetrics computes the calibration in float32."""


def test_figures_are_those_worked_by_hand():
    figures = classification_figures(LOGITS, LABELS)
    own = -torch.tensor([0.9, 0.2, 0.6, 0.3, 0.8], dtype=torch.float64).log().mean().item()
    assert figures == pytest.approx(
        {
            "data_loss": own,
            "accuracy": 3 / 5,
            "precision": 2 / 3,
            "recall": 2 / 3,
            "f1": 2 / 3,
            "roc_auc": 4 / 6,  # of the six pairs of a positive and a negative, four are in order
            # Each probability lies in a bin of its own, whose fraction of positives is its label.
            "calibration_error": (0.1 + 0.8 + 0.4 + 0.7 + 0.2) / 5,
        },
        abs=TORCHMETRICS,
    )


def test_turned_labels_give_other_figures():
    figures, turned = classification_figures(LOGITS, LABELS), classification_figures(LOGITS, 1 - LABELS)
    assert all(abs(figures[name] - turned[name]) > 0.01 for name in figures)


def test_reviews_of_one_bin_are_judged_together():
    centre = torch.full((4,), 7.5 / CALIBRATION_BINS, dtype=torch.float64)  # of the bin around one half
    figures = classification_figures(torch.logit(centre), torch.tensor([1, 1, 1, 0]))
    assert figures["calibration_error"] == pytest.approx(3 / 4 - 1 / 2, abs=TORCHMETRICS)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sure_logits_have_finite_losses(dtype):
    figures = classification_figures(torch.tensor([120.0, -130.0], dtype=dtype), torch.tensor([0, 1]))
    assert figures["data_loss"] == pytest.approx(125)
    assert figures["accuracy"] == 0


@pytest.mark.parametrize(
    ("logits", "labels", "absent"),
    [
        ([1.0, -1.0, 2.0], [1, 1, 1], {"roc_auc"}),
        ([1.0, -1.0, 2.0], [0, 0, 0], {"roc_auc", "recall"}),
        ([-1.0, -2.0], [0, 1], {"precision"}),
        ([-1.0, -2.0], [0, 0], {"roc_auc", "precision", "recall", "f1"}),
        ([1.0, -2.0], [0, 1], set()),
    ],
)
def test_figures_that_are_not_defined_are_left_out(logits, labels, absent):
    figures = classification_figures(torch.tensor(logits), torch.tensor(labels))
    names = {"data_loss", "accuracy", "precision", "recall", "f1", "roc_auc", "calibration_error"}
    assert set(figures) == names - absent
    assert absent <= UNDEFINED.keys()


def test_bins_are_those_worked_by_hand():
    probabilities = np.array([0.12, 0.18, 0.15, 0.72, 0.78])
    labels = np.array([0, 0, 1, 1, 0])
    low, high = reliability(probabilities, labels)
    assert (low.mean_probability, low.positive_fraction, low.reviews) == pytest.approx((0.15, 1 / 3, 3))
    assert (high.mean_probability, high.positive_fraction, high.reviews) == pytest.approx((0.75, 1 / 2, 2))


def test_both_ends_belong_to_a_bin():
    assert reliability(np.array([0.0, 1.0]), np.array([0, 1])) == [ReliabilityBin(0, 0, 1), ReliabilityBin(1, 1, 1)]


def test_every_review_is_in_one_bin_in_order():
    probabilities = np.linspace(0, 1, 173)
    bins = reliability(probabilities, (probabilities > 0.3).astype(np.int32))
    assert len(bins) == BINS
    assert sum(part.reviews for part in bins) == 173
    assert [part.mean_probability for part in bins] == sorted(part.mean_probability for part in bins)


def test_calibrated_probabilities_lie_on_the_diagonal():
    dice = np.random.default_rng(5)
    probabilities = dice.random(40_000)
    labels = (dice.random(40_000) < probabilities).astype(np.int32)
    scatter = 4 * 0.5 / np.sqrt(4_000)  # four standard errors of a fraction of a bin
    assert all(
        abs(part.mean_probability - part.positive_fraction) < scatter for part in reliability(probabilities, labels)
    )
    turned = reliability(probabilities, 1 - labels)
    assert any(abs(part.mean_probability - part.positive_fraction) > scatter for part in turned)
