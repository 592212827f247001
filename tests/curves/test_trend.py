import random

import pytest

from lit_sentiment.curves.trend import fall_ahead, lowest_epoch, noise, rise_after_minimum


def test_lowest_epoch_is_no_lucky_one() -> None:
    assert lowest_epoch([0.6, 0.4, 0.3, 0.41, 0.5, 0.1, 0.6]) == 2


def test_rise_is_that_of_the_last_third_after_the_minimum() -> None:
    rising = [0.0, *(float(epoch) for epoch in range(1, 10))]
    assert rise_after_minimum(rising) == pytest.approx((7 + 8 + 8) / 3 - 1)  # running medians: from 1 to 8
    assert rise_after_minimum(rising[::-1]) == 0


def test_straight_fall_goes_on_for_a_third_of_the_epochs() -> None:
    assert fall_ahead([1 - 0.1 * epoch for epoch in range(9)]) == pytest.approx(0.3)


def test_fall_that_slows_down_is_taken_at_its_end() -> None:
    assert fall_ahead([0.7, 0.5, 0.4, 0.36, 0.35, 0.35]) == pytest.approx(0.01)


def test_jitter_is_the_noise_and_not_the_trend() -> None:
    dice = random.Random(0)
    assert jitter([3.0 - 0.1 * epoch for epoch in range(50)]) == pytest.approx(0, abs=1e-9)
    assert jitter([3.0 - 0.1 * epoch + dice.gauss(0, 0.2) for epoch in range(500)]) == pytest.approx(0.2, rel=0.15)


def test_six_values_that_rise_all_the_way_keep_rising() -> None:
    assert keeps_rising([1, 2, 3, 4, 5, 6])
    assert not keeps_rising([1, 2, 3, 4, 5])
    assert not keeps_rising([1, 2, 4, 3, 5, 6])
    assert keeps_rising([1, 2, 4, 3, 5, 6, 7])  # one pair of 21 out of order


def test_noise_that_begins_at_its_minimum_rarely_keeps_rising() -> None:
    dice = random.Random(0)
    curves = [[-1.0, *(dice.random() for _ in range(5))] for _ in range(10_000)]
    assert sum(map(keeps_rising, curves)) / len(curves) < 0.012  # 1 in 120
