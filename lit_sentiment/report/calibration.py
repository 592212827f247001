"""Whether probabilities mean what they say."""

from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True)
class ReliabilityBin:
    """The reviews whose probability lies in a part of [0, 1]."""

    mean_probability: float
    positive_fraction: float
    """The share of them that is positive; equal to `mean_probability` where a model is calibrated."""
    reviews: int


def reliability(probabilities: np.ndarray, labels: np.ndarray) -> list[ReliabilityBin]:
    """Return the reliability diagram: ten equal parts of [0, 1], those without a review left out.

    Args:
        probabilities: float (N,), of being positive.
        labels: int (N,), 0 or 1.
    """
    bin_of = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    members = (bin_of == number for number in range(BINS))
    return [
        ReliabilityBin(float(probabilities[inside].mean()), float(labels[inside].mean()), int(inside.sum()))
        for inside in members
        if inside.any()
    ]
