"""Where a curve is going, whatever its noise."""

import math
from itertools import combinations
from statistics import fmean, median

SMALLEST_CHANGE = 0.05
"""Relative to where it is, a curve must move by more than this to count as rising, or as falling."""
FALL_FACTOR = 3.0
"""A fall must exceed so many standard deviations of the noise from epoch to epoch."""
RISE_FACTOR, HOLD_FACTOR = 4.1, 3.2
"""A rise must exceed so many to be clear; once it was, it stays so above the second."""
LINE_FACTORS = {4: 9.0, 5: 8.0, 6: 6.0, 7: 5.0, 8: 4.7}
"""Or a line through the values from the minimum on is so many standard errors steep, by their number, 8 or more.

Of curves that have levelled off at most 3 in 100 rise so by chance, wherever their minimum happens to lie, with 5 to 60
epochs and a noise of 1 % to 20 %: `scripts/verdict_table.py` simulates them.
"""
SMALLEST_NOISE = 0.02
"""Relative to where it is, the noise that a curve is taken to have before any epoch shows how much it has."""
FEWEST_BENDS = 5
"""The noise is taken from at least so many second differences."""
LARGEST_LEVEL_RISE, EPOCHS_TO_TELL_NOISE = 0.08, 8
"""Relative to its minimum, a curve that ends higher is not called level, unless more epochs show that it is noise."""
LEVEL_FACTOR = 2.0
"""Noise, if it is less than so many standard deviations of it."""
MOST_POINTS = 100
"""A longer curve is judged by the means of at most so many stretches."""


def condense(curve: list[float]) -> list[float]:
    """Return the means of the stretches of a curve."""
    length = stretch(curve)
    return [fmean(curve[start : start + length]) for start in range(0, len(curve), length)]


def stretch(curve: list[float]) -> int:
    """Return how many epochs make one point of a condensed curve."""
    return max(1, math.ceil(len(curve) / MOST_POINTS))


def lowest_epoch(curve: list[float]) -> int:
    """Return the epoch, from 0, of the minimum; a single lucky epoch is none."""
    levels = _levels(curve)
    return min(_windows(len(curve))[levels.index(min(levels))], key=curve.__getitem__)


def rise_after_minimum(curve: list[float]) -> float:
    """Return how far the last third of the epochs after the minimum lies above it, on average.

    Both are taken from the running median of three epochs, so that one lucky or unlucky epoch decides nothing.
    """
    levels = _levels(curve)
    after = levels[lowest_epoch(curve) + 1 :]
    return fmean(after[-math.ceil(len(after) / 3) :]) - min(levels) if after else 0.0


def rises_clearly(curve: list[float]) -> bool:
    """Say whether the end of a curve lies above its minimum by more than its noise, and by more than a trifle.

    Or did so at an earlier epoch, over the same minimum, and is not back yet: a rise that pauses is still one.
    """
    lowest = lowest_epoch(curve)
    if _stands_out(curve, lowest):
        return True
    if not _exceeds(rise_after_minimum(curve), curve, lowest, HOLD_FACTOR):
        return False
    earlier = (curve[:end] for end in range(max(4, lowest + 3), len(curve)))
    return any(lowest_epoch(part) == lowest and _stands_out(part, lowest) for part in earlier)


def may_rise(curve: list[float]) -> bool:
    """Say whether the end of a curve, or its last epoch, lies too far above the minimum to call the curve level."""
    lowest = lowest_epoch(curve)
    rise = max(rise_after_minimum(curve), curve[-1] - min(_levels(curve)))
    can_tell_noise = len(curve) - lowest > EPOCHS_TO_TELL_NOISE
    allowed = LEVEL_FACTOR * noise(curve, lowest) if can_tell_noise else 0
    return rise > max(LARGEST_LEVEL_RISE * abs(curve[lowest]), allowed)


def falls_clearly(curve: list[float]) -> bool:
    """Say whether a curve that goes on as at its end falls by more than its noise, and by more than a trifle."""
    return _exceeds(fall_ahead(curve), curve, len(curve) - 1, FALL_FACTOR)


def fall_ahead(curve: list[float]) -> float:
    """Return how far a curve would fall in a third as many epochs again, if it went on as at its end.

    The pace is the median slope between any two of the last epochs (Theil and Sen), a third of them and at least five;
    where the latter half of these fell more slowly, it is their pace.
    """
    third = math.ceil(len(curve) / 3)
    window = min(len(curve), max(5, third + 1))
    return -max(_slope(curve[-window:]), _slope(curve[-(window // 2 + 1) :])) * third


def noise(curve: list[float], epoch: int = 0) -> float:
    """Estimate the standard deviation of a curve's noise from its second differences, which a trend leaves small.

    It is the mean of their sizes from an epoch on, of at least FEWEST_BENDS; SMALLEST_NOISE counts as one more, for a
    few epochs may lie on a line by chance.
    """
    bends = [abs(before - 2 * here + after) for before, here, after in zip(curve, curve[1:], curve[2:], strict=False)]
    bends = bends[max(0, min(epoch - 1, len(bends) - FEWEST_BENDS)) :]
    # The second differences of normal noise of deviation 1 have variance 6, and their sizes the mean below.
    size = math.sqrt(6 * 2 / math.pi)
    return fmean([SMALLEST_NOISE * abs(median(curve)), *(bend / size for bend in bends)])


def _stands_out(curve: list[float], lowest: int) -> bool:
    rise = rise_after_minimum(curve)
    is_noted = len(curve) - lowest > 2 and rise > SMALLEST_CHANGE * abs(curve[lowest])
    return is_noted and (rise > RISE_FACTOR * noise(curve, lowest) or _is_steep(curve[lowest:]))


def _is_steep(curve: list[float]) -> bool:
    epochs = len(curve)
    if epochs < min(LINE_FACTORS):
        return False
    squares = epochs * (epochs**2 - 1) / 12
    middle = fmean(curve)
    slope = sum((epoch - (epochs - 1) / 2) * value for epoch, value in enumerate(curve)) / squares
    rest = sum((value - middle) ** 2 for value in curve) - slope**2 * squares
    variance = (max(rest, 0.0) + (SMALLEST_NOISE * curve[0]) ** 2) / (epochs - 1)
    return slope > LINE_FACTORS[min(epochs, max(LINE_FACTORS))] * math.sqrt(variance / squares)


def _exceeds(change: float, curve: list[float], epoch: int, factor: float) -> bool:
    return change > max(SMALLEST_CHANGE * abs(curve[epoch]), factor * noise(curve, epoch))


def _windows(epochs: int) -> list[range]:
    return [range(start, start + 3) for start in (0, *range(epochs - 2), epochs - 3)]


def _levels(curve: list[float]) -> list[float]:
    return [sorted(curve[window.start : window.stop])[1] for window in _windows(len(curve))]


def _slope(curve: list[float]) -> float:
    return median((curve[late] - curve[early]) / (late - early) for early, late in combinations(range(len(curve)), 2))
