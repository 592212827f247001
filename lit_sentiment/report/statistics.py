"""What several seeds say together: means, intervals, equivalence; the only file that imports scipy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class MeanOverSeeds:
    """A mean with its interval."""

    value: float
    half_width: float
    """Of the 95 % interval for the mean by Student's t; NaN for a single seed."""

    def rounded(self, decimals: int, interval: bool = True) -> str:
        """Return it as text, with the interval if it is asked for and known."""
        value = f"{self.value:.{decimals}f}"
        return f"{value} ± {self.half_width:.{decimals}f}" if interval and not math.isnan(self.half_width) else value


def mean_over_seeds(values: Sequence[float]) -> MeanOverSeeds:
    """Return the mean of one value per seed, with its interval."""
    if len(values) < 2:
        return MeanOverSeeds(mean(values), math.nan)
    if len(set(values)) == 1:
        return MeanOverSeeds(values[0], 0.0)
    from scipy import stats

    interval = stats.ttest_1samp(values, 0).confidence_interval(CONFIDENCE)
    return MeanOverSeeds(mean(values), float(interval.high - interval.low) / 2)


@dataclass(frozen=True)
class Equivalence:
    """Whether two trainings are the same but for a margin, judged by pairs of runs of the same seed."""

    seeds: int
    mean_difference: float
    """Ours minus Keras's."""
    low: float
    """Of the 90 % interval for the mean difference; it lies within the margin exactly when the test says equivalent."""
    high: float
    margin: float
    p_value: float
    """Of the larger of the two one-sided tests; NaN for a single seed."""

    @property
    def equivalent(self) -> bool:
        """Whether the seeds show that the mean difference is smaller than the margin."""
        return self.p_value < SIGNIFICANCE

    @property
    def conclusion(self) -> str:
        """Say it in words."""
        if math.isnan(self.p_value):
            return "one seed says nothing"
        return "equivalent" if self.equivalent else "not shown to be equivalent"


def equivalence(differences: Sequence[float], margin: float) -> Equivalence:
    """Test whether the mean of `differences` is within `margin` of zero: two one-sided t-tests (Schuirmann, 1987).

    Unlike a test that finds no significant difference, it takes evidence to pass: few or scattered seeds fail it.

    Args:
        differences: Ours minus Keras's, one per seed.
        margin: The largest difference that does not matter.
    """
    middle = mean(differences)
    if len(differences) < 2:
        return Equivalence(1, middle, math.nan, math.nan, margin, math.nan)
    if len(set(differences)) == 1:  # no scatter, of which t could be a multiple
        return Equivalence(len(differences), middle, middle, middle, margin, 0.0 if abs(middle) < margin else 1.0)
    from scipy import stats

    above = stats.ttest_1samp(differences, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(differences, margin, alternative="less").pvalue
    interval = stats.ttest_1samp(differences, 0).confidence_interval(1 - 2 * SIGNIFICANCE)
    return Equivalence(
        len(differences), middle, float(interval.low), float(interval.high), margin, float(max(above, below))
    )
