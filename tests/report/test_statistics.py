import math
import random

import pytest

from lit_sentiment.report.statistics import Equivalence, MeanOverSeeds, effect, equivalence, mean_over_seeds

T_4_975, T_4_95, T_1_975 = 2.776445, 2.131847, 12.706205
"""Quantiles of Student's t by degrees of freedom, from the tables in textbooks."""
TABLE = 1e-6
"""Relative: the tables have seven digits."""

VALUES = [3.0, 5.0, 7.0, 9.0, 11.0]
STANDARD_ERROR = math.sqrt(10 / 5)
"""The squared deviations from 7 add up to 40, so that the variance is 10."""


def test_interval_of_a_mean_is_that_of_the_textbook():
    found = mean_over_seeds(VALUES)
    assert found.value == 7
    assert found.half_width == pytest.approx(T_4_975 * STANDARD_ERROR, rel=TABLE)
    assert mean_over_seeds([1.0, 2.0]).half_width == pytest.approx(T_1_975 * 0.5, rel=TABLE)


def test_single_seed_has_no_interval():
    found = mean_over_seeds([0.25])
    assert found.value == 0.25
    assert math.isnan(found.half_width)
    assert found.rounded(3) == "0.250"


def test_equal_seeds_have_an_interval_of_no_width():
    assert mean_over_seeds([0.1] * 7) == MeanOverSeeds(0.1, 0.0)
    assert mean_over_seeds([10, 10]).rounded(1) == "10.0 ± 0.0"


@pytest.mark.parametrize(("seeds", "p_value"), [(2, 1 / 2), (5, 1 / 16), (10, 1 / 512)])
def test_equal_seeds_have_the_p_value_of_flipping_signs_and_no_interval(seeds, p_value):
    found = effect([0.1] * seeds)
    assert (found.mean, found.p_value) == (0.1, p_value)
    assert all(map(math.isnan, (found.low, found.high, found.smallest_seen)))
    assert effect([0.1] * seeds, 0.1).p_value == 1


@pytest.mark.parametrize("values", [[0.1, 0.1 + 1e-16, 0.1], [1.0, 1.0 + 1e-15], [1e-300, 2e-300]])
def test_seeds_that_are_all_but_equal_raise_no_warning(values):
    assert 0 <= mean_over_seeds(values).half_width < 1e-13
    assert equivalence(values, 2.0).equivalent
    assert not equivalence(values, 1e-301).equivalent


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_value_that_is_no_number_leaves_no_interval(broken):
    found = mean_over_seeds([0.5, broken])
    assert not math.isfinite(found.value)
    assert math.isnan(found.half_width)
    tested = equivalence([0.0, broken, 0.0], 1.0)
    assert not tested.equivalent
    assert tested.conclusion == "not shown to be equivalent"


def test_rounded_text_has_the_interval_if_it_is_asked_for():
    found = MeanOverSeeds(0.43712, 0.0119)
    assert found.rounded(3) == "0.437 ± 0.012"
    assert found.rounded(2, interval=False) == "0.44"


def test_interval_of_a_difference_is_that_of_the_textbook():
    found = equivalence(VALUES, 12.0)
    assert (found.seeds, found.mean_difference, found.margin) == (5, 7, 12.0)
    assert found.low == pytest.approx(7 - T_4_95 * STANDARD_ERROR, rel=TABLE)
    assert found.high == pytest.approx(7 + T_4_95 * STANDARD_ERROR, rel=TABLE)


def test_p_value_is_one_twentieth_where_the_interval_touches_the_margin():
    half_width = T_4_95 * STANDARD_ERROR
    assert equivalence(VALUES, 7 + half_width).p_value == pytest.approx(0.05, rel=10 * TABLE)
    assert equivalence([-value for value in VALUES], 7 + half_width).p_value == pytest.approx(0.05, rel=10 * TABLE)


def test_differences_well_inside_the_margin_are_equivalent():
    found = equivalence([0.001, -0.002, 0.0015, -0.0005, 0.002], 0.02)
    assert found.equivalent
    assert found.conclusion == "equivalent"


@pytest.mark.parametrize(
    "differences",
    [
        [0.001, 0.015],  # two seeds
        [0.03, -0.03, 0.02, -0.025, 0.01],  # scattered
        [0.03, 0.031, 0.029, 0.0305, 0.0295],  # beyond
        [-0.03, -0.031, -0.029, -0.0305, -0.0295],
        [0.03, 0.03, 0.03],  # beyond, without scatter
        [0.02, 0.02],  # on the margin
    ],
)
def test_too_few_scattered_or_large_differences_are_not_shown_to_be_equivalent(differences):
    found = equivalence(differences, 0.02)
    assert not found.equivalent
    assert found.conclusion == "not shown to be equivalent"


def test_single_seed_says_nothing():
    found = equivalence([0.0], 0.02)
    assert not found.equivalent
    assert found.conclusion == "one seed says nothing"
    assert found.mean_difference == 0
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_equal_differences_within_the_margin_are_equivalent():
    assert equivalence([0.0] * 3, 0.01) == Equivalence(3, 0.0, 0.0, 0.0, 0.01, 0.0)


def test_equivalent_is_the_same_as_an_interval_within_the_margin():
    dice = random.Random(3)
    answers = set()
    for _ in range(500):
        scatter, shift = dice.choice([0, 1e-4, 0.01, 0.1]), dice.choice([0, 0.015, -0.019, 0.021])
        differences = [dice.gauss(shift, scatter) for _ in range(dice.randint(2, 9))]
        found = equivalence(differences, 0.02)
        within = max(-found.low, found.high) < 0.02
        assert found.equivalent == within
        answers.add(within)
    assert answers == {True, False}
