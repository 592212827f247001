"""The temperature of judgements: found where it was planted, and measured on reviews that it was not fitted on."""

import numpy as np
import pytest

from lit_sentiment.report.temperature import best_temperature, rescaled
from lit_sentiment.runs.epoch_judgements import SplitJudgements

REVIEWS = 20_000


def calibrated(classes, scale=1.0):
    """Reviews whose labels are drawn with the very probabilities of logits, which are then multiplied by a number."""
    draw = np.random.default_rng(0)
    if classes == 2:
        logits = draw.normal(0, 2, (1, REVIEWS))
        labels = draw.random(REVIEWS) < 1 / (1 + np.exp(-logits[0]))
    else:
        logits = draw.normal(0, 2, (1, REVIEWS, classes))
        labels = (logits[0] + draw.gumbel(size=(REVIEWS, classes))).argmax(axis=1)
    return SplitJudgements(scale * logits, labels.astype(np.int32))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("scale", [0.5, 1.0, 4.0])
def test_planted_temperature_is_found(classes, scale):
    judgements = calibrated(classes, scale)
    found = rescaled(judgements, 0)
    assert found.temperature == pytest.approx(scale, rel=0.05)
    assert found.loss == pytest.approx(calibrated(classes).losses()[0, 1::2].mean(), rel=1e-3)
    assert found.loss_before == pytest.approx(judgements.losses()[0, 1::2].mean())
    assert found.calibration_error < 0.02
    if scale != 1:
        assert found.calibration_error_before > 0.04


def test_no_temperature_near_it_has_a_smaller_loss():
    judgements = calibrated(2, 2.0)
    best = best_temperature(judgements)
    losses = [judgements.losses(best * factor).mean() for factor in (0.99, 1.0, 1.01)]
    assert min(losses) == losses[1]


def test_epoch_is_the_one_that_is_asked_for():
    one, other = calibrated(2), calibrated(2, 4.0)
    both = SplitJudgements(np.concatenate([one.logits, other.logits]), one.labels)
    assert rescaled(both, 0) == rescaled(one, 0)
    assert rescaled(both, -1) == rescaled(other, 0)


def test_single_review_has_no_other_half():
    found = rescaled(SplitJudgements(np.array([[2.0]]), np.array([1])), 0)
    assert np.isnan([found.temperature, found.loss, found.calibration_error]).all()
