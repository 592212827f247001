import math

import pytest

from lit_sentiment.report.keras_agreement import COMPARED, keras_agreements
from lit_sentiment.report.statistics import equivalence

CURVES = {
    "loss": [0.7, 0.5, 0.25],
    "accuracy": [0.5, 0.75, 0.875],
    "val_loss": [0.6, 0.5, 0.75],
    "val_accuracy": [0.5, 0.8, 0.7],
}
ROUNDING = 1e-7
"""Of float32, far less than what `compare` allows."""


def moved(by, figure="val_loss", epochs=3):
    return {name: [value + by * (name == figure) for value in curve[:epochs]] for name, curve in CURVES.items()}


def test_groups_without_references_are_passed_over(group):
    assert keras_agreements([group([CURVES, CURVES])], 0.02, 0.01) == []
    (agreement,) = keras_agreements([group([CURVES]), group([CURVES], [CURVES], title="with")], 0.02, 0.01)
    assert agreement.title == "with"


def test_differences_of_pairs_are_tested_against_their_margins(group):
    ours = [moved(0.001, "val_accuracy"), moved(-0.003, "val_accuracy"), moved(0.002, "val_accuracy")]
    (agreement,) = keras_agreements([group(ours, [CURVES] * 3)], 0.02, 0.01)
    assert list(agreement.tests) == list(COMPARED)
    assert {name: test.margin for name, test in agreement.tests.items()} == {
        "smallest val_loss": 0.02,
        "val_loss, last epoch": 0.02,
        "accuracy, last epoch": 0.01,
        "val_accuracy, last epoch": 0.01,
    }
    differences = [one["val_accuracy"][-1] - CURVES["val_accuracy"][-1] for one in ours]
    assert agreement.tests["val_accuracy, last epoch"] == equivalence(differences, 0.01)
    assert agreement.tests["smallest val_loss"] == equivalence([0.0] * 3, 0.02)


def test_difference_is_ours_minus_keras(group):
    (agreement,) = keras_agreements([group([moved(0.125)] * 2, [CURVES] * 2)], 0.02, 0.01)
    assert agreement.tests["smallest val_loss"].mean_difference == pytest.approx(0.125)
    assert not agreement.tests["smallest val_loss"].equivalent


def test_only_runs_with_a_reference_are_paired(group):
    (agreement,) = keras_agreements([group([moved(0.5), CURVES, CURVES], [None, CURVES, CURVES])], 0.02, 0.01)
    assert agreement.runs == 2
    assert agreement.tests["val_loss, last epoch"].mean_difference == 0


def test_single_pair_says_nothing(group):
    (agreement,) = keras_agreements([group([CURVES], [CURVES])], 0.02, 0.01)
    assert {test.conclusion for test in agreement.tests.values()} == {"one seed says nothing"}


def test_runs_as_close_to_keras_as_keras_to_itself_are_counted(group):
    ours = [CURVES, moved(ROUNDING), moved(0.001), moved(0.1)]
    (without,) = keras_agreements([group(ours, [CURVES] * 4)], 0.02, 0.01)
    assert (without.same, without.runs) == (2, 4)
    (with_twins,) = keras_agreements([group(ours, [CURVES] * 4, twins=[moved(0.002)])], 0.02, 0.01)
    assert (with_twins.same, with_twins.runs) == (3, 4)


@pytest.mark.parametrize("ours", [moved(0, epochs=2), moved(math.nan)])
def test_run_that_cannot_be_compared_is_not_the_same(group, ours):
    (agreement,) = keras_agreements([group([CURVES, ours], [CURVES, CURVES])], 0.02, 0.01)
    assert (agreement.same, agreement.runs) == (1, 2)
    assert not agreement.tests["val_loss, last epoch"].equivalent
