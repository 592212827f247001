"""What several seeds say together: means, intervals, equivalence; the only file that imports scipy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class MeanOverSeeds:
    """A mean with its interval."""

    value: float
    half_width: float
    """Of the 95 % interval for the mean by Student's t; NaN for a single seed, or where a value is no number."""

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
class Equivalence:
    """Whether two trainings are the same but for a margin, judged by pairs of runs of the same seed."""

    seeds: int
    mean_difference: float
    """Ours minus Keras's."""
    low: float
    """Of the 90 % interval for the mean difference; it lies within the margin exactly when the test says equivalent.

    NaN for a single seed, or where a difference is no number."""
    high: float
    margin: float
    p_value: float
    """Of the larger of the two one-sided tests; NaN where there is no interval."""

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
    return Equivalence(
        seeds, middle, middle - half_width, middle + half_width, margin, _p_value(differences, margin - abs(middle))
    )


def _standard_error(values: Sequence[float]) -> float:
    return stdev(values) / math.sqrt(len(values))


def _half_width(values: Sequence[float], confidence: float) -> float:
    from scipy.stats import t as student

    return float(student.ppf((1 + confidence) / 2, len(values) - 1)) * _standard_error(values)


def _p_value(values: Sequence[float], room: float) -> float:
    """Return the chance of `room` or more between the mean and the nearer margin, if the margin were the true mean."""
    from scipy.stats import t as student

    error = _standard_error(values)
    if error == 0:  # no scatter, of which `room` could be a multiple
        return 0.0 if room > 0 else 1.0
    return float(student.sf(room / error, len(values) - 1))
