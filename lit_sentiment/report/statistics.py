"""What several seeds say together: means, intervals, tests, equivalence."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05
POWER = 0.8


@dataclass(frozen=True)
class MeanOverSeeds:
    """A mean with its interval."""

    value: float
    half_width: float
    """Half of the 95 % interval for the mean by Student's t; NaN for a single seed, or where a value is not finite."""

    def rounded(self, decimals: int, interval: bool = True) -> str:
        """Return it as text, with the interval if it is asked for and known."""
        value = f"{self.value:.{decimals}f}"
        return f"{value} ± {self.half_width:.{decimals}f}" if interval and not math.isnan(self.half_width) else value


def mean_over_seeds(values: Sequence[float]) -> MeanOverSeeds:
    """Return the mean of one value per seed, with its interval."""
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return MeanOverSeeds(sum(values) / len(values), math.nan)
    return MeanOverSeeds(mean(values), _half_width(values, CONFIDENCE))


@dataclass(frozen=True)
class Effect:
    """A mean over the seeds, and whether it is another than a threshold."""

    seeds: int
    mean: float
    low: float
    """Lower end of the 95 % interval by Student's t; NaN where all values are equal, or one is not finite."""
    high: float
    """Its upper end."""
    p_value: float
    """Two-sided, that the mean is the threshold: of a t-test, or of flipping signs where all values are equal.

    That says how often chance puts all on one side. NaN for a single seed, or where a value is not finite."""
    smallest_seen: float
    """How far from the threshold a mean has to be for the t-test to find it four times in five (at 5 %)."""


def effect(values: Sequence[float], threshold: float = 0.0) -> Effect:
    """Test whether the mean of one value per seed is `threshold`."""
    seeds, middle = len(values), sum(values) / len(values)
    if seeds < 2 or not all(map(math.isfinite, values)):
        return Effect(seeds, middle, math.nan, math.nan, math.nan, math.nan)
    if len(set(values)) == 1:  # a t-test has no spread to go by
        p_value = 1.0 if values[0] == threshold else 2.0 ** (1 - seeds)
        return Effect(seeds, values[0], math.nan, math.nan, p_value, math.nan)
    from scipy.stats import t

    half_width = _half_width(values, CONFIDENCE)
    quantiles = t.ppf([1 - SIGNIFICANCE / 2, POWER], seeds - 1)
    p_value = float(_t_test(values, threshold - mean(values)).pvalue)
    seen = float(sum(quantiles) / quantiles[0]) * half_width
    return Effect(seeds, middle, middle - half_width, middle + half_width, p_value, seen)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values that are adjusted for their number (Holm, 1979); NaN stays, and counts for nothing."""
    known = sorted((value, place) for place, value in enumerate(p_values) if not math.isnan(value))
    adjusted, largest = list(p_values), 0.0
    for rank, (value, place) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - rank) * value))
        adjusted[place] = largest
    return adjusted


@dataclass(frozen=True)
class Equivalence:
    """Whether two trainings are the same but for a margin, judged by pairs of runs of the same seed."""

    seeds: int
    mean_difference: float
    """Ours minus Keras's."""
    low: float
    """Lower end of the 90 % interval for the mean difference, which lies within the margin exactly when equivalent.

    NaN for a single seed, or where a difference is not finite."""
    high: float
    """Its upper end."""
    margin: float
    p_value: float
    """Of the larger of the two one-sided tests; NaN without an interval, or where all differences equal the margin."""

    @property
    def equivalent(self) -> bool:
        """Whether the seeds show that the mean difference is smaller than the margin."""
        return self.p_value < SIGNIFICANCE

    @property
    def conclusion(self) -> str:
        """Say it in words."""
        if self.seeds < 2:
            return "one seed says nothing"
        return "equivalent" if self.equivalent else "not shown to be equivalent"


def equivalence(differences: Sequence[float], margin: float) -> Equivalence:
    """Test whether the mean of `differences` is within `margin` of zero: two one-sided t-tests (Schuirmann, 1987).

    Unlike a test that finds no significant difference, it takes evidence to pass: few or scattered seeds fail it.

    Args:
        differences: Ours minus Keras's, one per seed.
        margin: The largest difference that does not matter.
    """
    seeds = len(differences)
    if seeds < 2 or not all(map(math.isfinite, differences)):
        return Equivalence(seeds, sum(differences) / seeds, math.nan, math.nan, margin, math.nan)
    middle, half_width = mean(differences), _half_width(differences, 1 - 2 * SIGNIFICANCE)
    # The margin that is nearer to the mean has the larger p-value of the two.
    p_value = float(_t_test(differences, margin - abs(middle), alternative="less").pvalue)
    return Equivalence(seeds, middle, middle - half_width, middle + half_width, margin, p_value)


@dataclass(frozen=True)
class Shares:
    """Whose the variation between runs is, as parts of its sum of squares, which add up to 1."""

    setting: float
    seed: float
    neither: float
    """What a setting does with one seed and not with another."""


def shares_of_variation(settings: Sequence[Mapping[int, float]]) -> Shares | None:
    """Split the variation of values, given by seed for each setting, as a two-way analysis of variance does.

    Returns:
        None without two settings that share two seeds, where nothing varies or a value is not finite.
    """
    shared = set.intersection(*map(set, settings)) if len(settings) > 1 else set()
    if len(shared) < 2:
        return None
    values = [[by_seed[seed] for seed in shared] for by_seed in settings]
    rows, columns = [mean(row) for row in values], [mean(column) for column in zip(*values, strict=True)]
    middle = mean(rows)
    total = sum((value - middle) ** 2 for row in values for value in row)
    if not total > 0 or math.isinf(total):
        return None
    setting = len(columns) * sum((row - middle) ** 2 for row in rows) / total
    seed = len(rows) * sum((column - middle) ** 2 for column in columns) / total
    return Shares(setting, seed, max(0.0, 1 - setting - seed))


def _half_width(values: Sequence[float], confidence: float) -> float:
    low, high = _t_test(values).confidence_interval(confidence)
    return float(high - low) / 2


def _t_test(values: Sequence[float], expected: float = 0.0, alternative: str = "two-sided") -> Any:
    """Test whether the mean of the deviations from the mean is `expected`; their variance never cancels."""
    from scipy.stats import ttest_1samp

    middle = mean(values)
    return ttest_1samp([value - middle for value in values], expected, alternative=alternative)
