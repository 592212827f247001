import random

import pytest

from lit_sentiment.curves.trend import condense, fall_ahead, lowest_epoch, noise, rise_after_minimum, rises_clearly


def test_lowest_epoch_is_no_lucky_one():
    assert lowest_epoch([0.6, 0.4, 0.3, 0.41, 0.5, 0.1, 0.6]) == 2


def test_rise_is_that_of_the_last_third_after_the_minimum():
    rising = [0.0, *(float(epoch) for epoch in range(1, 10))]
    assert rise_after_minimum(rising) == pytest.approx((7 + 8 + 8) / 3 - 1)  # running medians: from 1 to 8
    assert rise_after_minimum(rising[::-1]) == 0


def test_straight_fall_goes_on_for_a_third_of_the_epochs():
    assert fall_ahead([1 - 0.1 * epoch for epoch in range(9)]) == pytest.approx(0.3)


def test_fall_that_slows_down_is_taken_at_its_end():
    assert fall_ahead([0.7, 0.5, 0.4, 0.36, 0.35, 0.35]) == pytest.approx(0.01)


def test_noise_is_not_the_trend():
    dice = random.Random(0)
    straight = [3.0 - 0.1 * epoch for epoch in range(50)]
    assert noise(straight) < 0.01 * straight[25]
    assert noise([3.0 - 0.1 * epoch + dice.gauss(0, 0.2) for epoch in range(500)]) == pytest.approx(0.2, rel=0.15)


def test_noise_before_the_epoch_does_not_count():
    curve = [9.0, 1.0, 9.0, 1.0, *(1.0 - 0.01 * epoch for epoch in range(20))]
    assert noise(curve, 5) < 0.01 < noise(curve)


def test_long_curve_is_judged_by_at_most_a_hundred_means():
    assert condense([1.0, 2.0, 4.0]) == [1.0, 2.0, 4.0]
    long = condense([float(epoch) for epoch in range(250)])
    assert long[:2] == [1.0, 4.0]
    assert (len(long), long[-1]) == (84, 249.0)


def test_rise_that_pauses_is_still_one():
    rising = [0.45, 0.40, 0.43, 0.53, 0.62, 0.72]
    assert rises_clearly(rising)
    assert rises_clearly([*rising, 0.65, 0.56, 0.66])
    assert not rises_clearly([*rising, 0.5, 0.42, 0.41, 0.4, 0.4])
