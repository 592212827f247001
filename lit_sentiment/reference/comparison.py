"""Whether two sets of curves are the same, measured by how far Keras strays from itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from lit_sentiment.errors import InputError
from lit_sentiment.reference.recorded_reference import COMPARED_FIGURES, Curves
from lit_sentiment.runs.identity import Identity

ROUNDING = {"float32": 2e-6, "float64": 1e-10}
"""What the order of a summation may change before training amplifies it; relative to a figure that is above 1.

In float64 this is the promise for the first 60 steps; in float32 it is 16 units in the last place, because
Keras accumulates the mean over thousands of reviews in float32."""

STRAY_FACTOR = 5.0
"""A difference may be this many times the spread among Keras's own runs.

There are few of them, so one more Keras run would often lie outside their spread too: `scripts/judge_keras_by_keras.py`
counts how often. A wrong ingredient is not a borderline case: it shows in the first epochs, by many times the spread
(see `scripts/ablation.py`)."""

_COUNTS = {"accuracy": ("loss", "train_reviews"), "val_accuracy": ("val_loss", "validation_reviews")}
"""By figure that counts reviews: the loss of the same reviews, and the entry of an identity with their number."""


@dataclass(frozen=True)
class CurveComparison:
    """A curve of a reproduction beside the reference's, with one value per epoch.

    The two curves may differ in length; `differences`, `spread` and `allowed` cover the epochs that both have."""

    figure: str
    reproduction: list[float]
    reference: list[float]
    differences: list[float]
    """|reproduction - reference|."""
    spread: list[float]
    """The largest difference between two Keras runs, the reference and its twins, up to this epoch."""
    allowed: list[float]
    """`stray_factor` times the spread, or the rounding if that is larger; for an accuracy see `compare_curves`."""
    keras_lengths: tuple[int, int]
    """The fewest and the most epochs of Keras's own runs."""

    @property
    def first_beyond(self) -> int | None:
        """The first epoch, from 0, whose difference is more than allowed, or None."""
        beyond = (epoch for epoch, gap in enumerate(self.differences) if gap > self.allowed[epoch])
        return next(beyond, None)

    @property
    def same(self) -> bool:
        """Whether the reproduction is as close to Keras as Keras is to itself, in every epoch."""
        return self.first_beyond is None

    @property
    def worst(self) -> int:
        """The epoch, from 0, of the largest difference."""
        return self.differences.index(max(self.differences))


def compare_curves(
    reproduction: Curves,
    reference: Curves,
    twins: Sequence[Curves],
    identity: Identity | None = None,
    stray_factor: float = STRAY_FACTOR,
) -> list[CurveComparison]:
    """Compare the curves of loss, accuracy, val_loss and val_accuracy epoch by epoch.

    An accuracy counts reviews, and a review changes sides when its probability crosses one half. A few Keras runs can
    therefore have exactly the same accuracy although their losses already differ, and the next run may not. So the
    spread of an accuracy says too little, and an accuracy may differ by as much as its loss may, in whole reviews.

    Where early stopping ends Keras's own runs after different numbers of epochs, a reproduction may end anywhere
    between them. Only the epochs that it shares with the reference are compared.

    Args:
        reproduction: Our curves, by figure.
        reference: Keras's curves.
        twins: Curves of Keras runs whose initial weights differ from the reference's by one rounding; may be empty.
        identity: What determined the training, for its dtype and numbers of reviews. If None, float32 and no numbers.
        stray_factor: How many times the spread of Keras's own runs a difference may be.

    Raises:
        InputError: A curve is missing, is longer or shorter than all of Keras's, or has a value that is not finite.
    """
    dtype = "float32" if identity is None else identity["dtype"]
    comparisons: dict[str, CurveComparison] = {}
    for figure in COMPARED_FIGURES:
        ours, theirs = _checked(reproduction, figure, "reproduction"), _checked(reference, figure, "reference")
        keras_runs = [theirs, *(twin[figure] for twin in twins)]
        fewest, most = min(map(len, keras_runs)), max(map(len, keras_runs))
        if not fewest <= len(ours) <= most:
            expected = f"{len(theirs)} epochs, as in the reference" if fewest == most else f"{fewest} to {most} epochs"
            raise InputError(f"{figure}: expected {expected}, found {len(ours)} in the reproduction")
        gaps = [abs(one - other) for one, other in zip(ours, theirs, strict=False)]
        spread = _running_spread(keras_runs, len(gaps))
        least = _rounding(theirs, dtype)[: len(gaps)]
        if identity is not None and figure in _COUNTS:
            loss, reviews = comparisons[_COUNTS[figure][0]], identity[_COUNTS[figure][1]]
            parted = zip(loss.allowed, _rounding(loss.reference, dtype), strict=False)
            counts = [math.ceil(reviews * (allowed - rounding)) for allowed, rounding in parted]
            least = [rounding + count / reviews for rounding, count in zip(least, counts, strict=True)]
        allowed = [max(stray_factor * strayed, floor) for strayed, floor in zip(spread, least, strict=True)]
        comparisons[figure] = CurveComparison(figure, ours, theirs, gaps, spread, allowed, (fewest, most))
    return list(comparisons.values())


def verdict_on(comparisons: Sequence[CurveComparison]) -> str:
    """Say in a sentence or two whether the curves are the same; epochs are counted from 1."""
    first = comparisons[0]
    fewest, most = first.keras_lengths
    ending = f" Ours ended after epoch {len(first.reproduction)}, Keras's own runs after {fewest} to {most}."
    ending = "" if fewest == most else ending
    beyond = [comparison for comparison in comparisons if not comparison.same]
    if not beyond:
        farthest = max(comparisons, key=lambda comparison: max(comparison.differences))
        columns = (farthest.differences, farthest.spread, farthest.allowed)
        gap, strayed, allowed = (column[farthest.worst] for column in columns)
        return (
            f"Same: in {len(farthest.differences)} epochs every curve is as close to Keras as Keras to itself "
            f"(farthest in {farthest.figure}: {gap:.1e} at epoch {farthest.worst + 1}, where Keras's own runs differ "
            f"by {strayed:.1e} and {allowed:.1e} is allowed).{ending}"
        )
    phrases = [
        f"{comparison.figure} from epoch {epoch + 1} (by {comparison.differences[epoch]:.1e}, allowed "
        f"{comparison.allowed[epoch]:.1e})"
        for comparison in beyond
        if (epoch := comparison.first_beyond) is not None
    ]
    return f"Differs: {', '.join(phrases)}.{ending}"


def _checked(curves: Curves, figure: str, side: str) -> list[float]:
    curve = curves.get(figure, [])
    if not curve:
        raise InputError(f"{figure}: expected a curve in the {side}, found none")
    for epoch, value in enumerate(curve):
        if not math.isfinite(value):
            raise InputError(f"{figure}: expected numbers in the {side}, found {value} in epoch {epoch + 1}")
    return curve


def _rounding(curve: list[float], dtype: str) -> list[float]:
    return [ROUNDING[dtype] * max(1.0, abs(value)) for value in curve]


def _running_spread(runs: Sequence[list[float]], epochs: int) -> list[float]:
    """Return, per epoch, the largest difference between two runs so far; runs that ended before do not count."""
    spread, largest = [], 0.0
    for epoch in range(epochs):
        values = [run[epoch] for run in runs if epoch < len(run)]
        largest = max([largest, *(abs(one - other) for one, other in combinations(values, 2))])
        spread.append(largest)
    return spread
