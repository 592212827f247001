import numpy as np
import pytest

from lit_sentiment.report.calibration import BINS, ReliabilityBin, reliability


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
