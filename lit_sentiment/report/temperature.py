"""One temperature: what is left of a loss when the logits are divided by the number that suits them best."""

import math
from dataclasses import dataclass

import numpy as np
import torch

from lit_sentiment.models.classification import CALIBRATION_BINS
from lit_sentiment.runs.epoch_judgements import SplitJudgements

_LARGEST = 100.0


@dataclass(frozen=True)
class Rescaled:
    """A temperature that was fitted on every other review, and what it does to the rest."""

    temperature: float
    """Above 1 where the model is too sure."""
    loss_before: float
    """Mean cross-entropy of the rest."""
    loss: float
    """The same with the temperature."""
    calibration_error_before: float
    calibration_error: float


def rescaled(judgements: SplitJudgements, epoch: int) -> Rescaled:
    """Fit the temperature of an epoch on every other review (Guo et al., 2017), and measure it on the rest.

    All is NaN where there is a single review.
    """
    one = SplitJudgements(judgements.logits[epoch][None], judgements.labels)
    if len(one.labels) < 2:
        return Rescaled(*[math.nan] * 5)
    places = np.arange(len(one.labels))
    fitted, rest = one.of(places[::2]), one.of(places[1::2])
    temperature = best_temperature(fitted)
    losses = [float(rest.losses(divisor).mean()) for divisor in (1.0, temperature)]
    errors = [_calibration_error(rest, divisor) for divisor in (1.0, temperature)]
    return Rescaled(temperature, *losses, *errors)


def best_temperature(judgements: SplitJudgements) -> float:
    """Return the temperature from .01 to 100 with the smallest mean loss, which has one minimum."""
    from scipy.optimize import minimize_scalar

    bounds = (-np.log(_LARGEST), np.log(_LARGEST))
    found = minimize_scalar(lambda log: judgements.losses(float(np.exp(log))).mean(), bounds=bounds, method="bounded")
    return float(np.exp(found.x))


def _calibration_error(judgements: SplitJudgements, temperature: float) -> float:
    """Return the expected calibration error: of being positive, or of several classes, of being right."""
    from torchmetrics.functional.classification import binary_calibration_error

    probabilities, happened = (torch.tensor(values[0]) for values in judgements.events(temperature))
    return float(binary_calibration_error(probabilities, happened.int(), n_bins=CALIBRATION_BINS))
