"""Where a curve is going, whatever its noise."""

import math
from itertools import combinations
from statistics import mean, median

SMALLEST_RISE = 0.05
"""Relative to where it is, a curve must move by more than this to count as rising, or as falling."""
FEWEST_RISING = 6
"""In fewer values, rising all the way may be chance."""
NOISE_FACTOR = 3
"""And by more than so many standard deviations of its jitter from epoch to epoch."""


def moves_clearly(change: float, curve: list[float], level: float) -> bool:
    """Say whether a change of a curve is more than its noise, and more than a trifle beside `level`."""
    return change > max(SMALLEST_RISE * abs(level), NOISE_FACTOR * jitter(curve))


def keeps_rising(curve: list[float]) -> bool:
    """Say whether at least six values rise all the way, but for one pair in twenty out of order (Kendall's tau of .9).

    Of noise alone one curve in a hundred does so that begins at its minimum.
    """
    pairs = list(combinations(curve, 2))
    inversions = sum(late <= early for early, late in pairs)
    return len(curve) >= FEWEST_RISING and inversions <= 0.05 * len(pairs)


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
    return mean(after[-math.ceil(len(after) / 3) :]) - min(levels) if after else 0.0


def fall_ahead(curve: list[float]) -> float:
    """Return how far a curve would fall in a third as many epochs again, if it went on as at its end.

    The pace is the median slope between any two of the last epochs (Theil and Sen), a third of them and at least five;
    where the latter half of these fell more slowly, it is their pace.
    """
    third = math.ceil(len(curve) / 3)
    window = min(len(curve), max(5, third + 1))
    return -max(_slope(curve[-window:]), _slope(curve[-(window // 2 + 1) :])) * third


def jitter(curve: list[float]) -> float:
    """Estimate the standard deviation of a curve's noise from its second differences, which a trend leaves small."""
    bends = [abs(before - 2 * here + after) for before, here, after in zip(curve, curve[1:], curve[2:], strict=False)]
    return 1.4826 * median(bends) / math.sqrt(6)


def _windows(epochs: int) -> list[range]:
    return [range(start, start + 3) for start in (0, *range(epochs - 2), epochs - 3)]


def _levels(curve: list[float]) -> list[float]:
    return [median(curve[epoch] for epoch in window) for window in _windows(len(curve))]


def _slope(curve: list[float]) -> float:
    return median((curve[late] - curve[early]) / (late - early) for early, late in combinations(range(len(curve)), 2))
