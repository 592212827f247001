"""Keras's schedules of the learning rate."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.config_objects import keras_object, shown

_PI = np.float32(math.pi)


@dataclass(frozen=True)
class LearningRateSchedule:
    """A learning rate for each step, computed in float32 whatever the dtype of the weights.

    The source is `keras/src/optimizers/schedules/learning_rate_schedule.py`, Keras 3.15.

    Keras equivalence: equal to the bit to Keras 3.15.1 on TensorFlow 2.21 in a `tf.function`, as `fit` runs it; a few
    cosines are one float32 unit off. TensorFlow's graph turns a division by a constant into a product with its
    reciprocal and joins constants that are multiplied; that is written out here.

    Raises:
        SettingError: A learning rate is not a float (Keras computes in integers then), or another number is not one,
            or `decay_steps` is not above 0.
    """

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if name in ("name", "warmup_target") and (value is None or isinstance(value, str)):
                continue
            if name in ("initial_learning_rate", "warmup_target"):
                _require(name, "a float of 0 or more", value, isinstance(value, float) and 0 <= value < math.inf)
            elif name in ("staircase", "cycle"):
                _require(name, "true or false", value, isinstance(value, bool))
            elif name not in ("boundaries", "values"):
                _require(name, "a number", value, _is_number(value))
            if name == "decay_steps":
                _require(name, "more than 0", value, value > 0)

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        return float(self.in_float32(np.float32(step)))

    def in_float32(self, step: np.float32) -> np.float32:
        """Return the learning rate of a step, counted from 0."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the schedule as Keras serializes it within an optimiser's config."""
        return keras_object("keras.optimizers.schedules", type(self).__name__, asdict(self))


@dataclass(frozen=True)
class ExponentialDecay(LearningRateSchedule):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`, the exponent rounded down with `staircase`."""

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool = False
    name: str = "ExponentialDecay"

    def in_float32(self, step: np.float32) -> np.float32:
        """Return the learning rate of a step, counted from 0."""
        periods = step * _reciprocal(self.decay_steps)
        if self.staircase:
            periods = np.floor(periods)
        return np.float32(self.initial_learning_rate) * np.float32(self.decay_rate) ** periods


@dataclass(frozen=True)
class InverseTimeDecay(LearningRateSchedule):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`, the quotient rounded down with `staircase`."""

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool = False
    name: str = "InverseTimeDecay"

    def in_float32(self, step: np.float32) -> np.float32:
        """Return the learning rate of a step, counted from 0."""
        rate, reciprocal = np.float32(self.decay_rate), _reciprocal(self.decay_steps)
        decay = rate * np.floor(step * reciprocal) if self.staircase else step * (rate * reciprocal)
        return np.float32(self.initial_learning_rate) / (np.float32(1) + decay)


@dataclass(frozen=True)
class PolynomialDecay(LearningRateSchedule):
    """From one learning rate to another along `(1 - step / decay_steps) ** power`; with `cycle` again and again."""

    initial_learning_rate: float
    decay_steps: float
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False
    name: str = "PolynomialDecay"

    def in_float32(self, step: np.float32) -> np.float32:
        """Return the learning rate of a step, counted from 0."""
        if self.cycle:
            cycles = np.ceil(step * _reciprocal(self.decay_steps)) if step else np.float32(1)
            part = step / (np.float32(self.decay_steps) * cycles)
        else:
            part = min(step, np.float32(self.decay_steps)) * _reciprocal(self.decay_steps)
        start, end = np.float32(self.initial_learning_rate), np.float32(self.end_learning_rate)
        return (start - end) * (np.float32(1) - part) ** np.float32(self.power) + end


@dataclass(frozen=True)
class CosineDecay(LearningRateSchedule):
    """Half a cosine from the learning rate to `alpha` of it, after a straight line up to `warmup_target` if given."""

    initial_learning_rate: float
    decay_steps: float
    alpha: float = 0.0
    name: str = "CosineDecay"
    warmup_target: float | None = None
    warmup_steps: float = 0

    def in_float32(self, step: np.float32) -> np.float32:
        """Return the learning rate of a step, counted from 0."""
        start, decay_steps = np.float32(self.initial_learning_rate), np.float32(self.decay_steps)
        if self.warmup_target is None:
            return self._decayed(start, min(step, decay_steps) * (_PI * _reciprocal(self.decay_steps)))
        target, warmup_steps = np.float32(self.warmup_target), np.float32(self.warmup_steps)
        step = min(step, decay_steps + warmup_steps)
        # Inside a branch of the graph the divisors are no constants, so they divide.
        if step < warmup_steps:
            return (target - start) * (step / warmup_steps) + start
        return self._decayed(target, _PI * ((step - warmup_steps) / decay_steps))

    def _decayed(self, start: np.float32, angle: np.float32) -> np.float32:
        # NumPy's float32 cosine is more often a unit off than C's float64 cosine rounded.
        cosine = np.float32(0.5) * (np.float32(1) + np.float32(math.cos(angle)))
        return start * (np.float32(1 - self.alpha) * cosine + np.float32(self.alpha))


@dataclass(frozen=True)
class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[i]` up to and with step `boundaries[i]`, then the last value. Boundaries are rounded towards 0."""

    boundaries: Sequence[float]
    values: Sequence[float]
    name: str = "PiecewiseConstant"

    def __post_init__(self) -> None:
        boundaries, values = self.boundaries, self.values
        rising = _is_list(boundaries, _is_number) and list(boundaries) == sorted(boundaries) and len(boundaries) > 0
        _require("boundaries", "one or more rising numbers", boundaries, rising)
        floats = _is_list(values, lambda value: isinstance(value, float) and 0 <= value < math.inf)
        expected = f"{len(boundaries) + 1} floats of 0 or more, one more than boundaries"
        _require("values", expected, values, floats and len(values) == len(boundaries) + 1)

    def in_float32(self, step: np.float32) -> np.float32:
        """Return the learning rate of a step, counted from 0."""
        raise NotImplementedError

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        passed = sum(step > int(boundary) for boundary in self.boundaries)
        return float(np.float32(self.values[passed]))


SCHEDULES = {
    schedule.__name__: schedule
    for schedule in (ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay, CosineDecay)
}
"""By the name of Keras's class."""


def schedule_from_config(config: Any) -> LearningRateSchedule:
    """Make a schedule from its Keras config, a class name with a config.

    Raises:
        InputError: It is another schedule, a setting is missing or unknown, or out of its range.
    """
    match config:
        case {"class_name": str(kind), "config": dict(settings)} if kind in SCHEDULES:
            try:
                return SCHEDULES[kind](**settings)
            except SettingError as fault:
                raise InputError(f"learning_rate, {kind}, {fault}") from None
            except TypeError as fault:  # Python's words name the setting that is missing or unknown
                raise InputError(f"learning_rate, {kind}: {str(fault).partition(' ')[2]}") from None
    raise InputError(f"learning_rate: expected a number or one of {', '.join(SCHEDULES)}, found {shown(config)}")


def _reciprocal(number: float) -> np.float32:
    return np.float32(1) / np.float32(number)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_list(values: Any, is_element: Any) -> bool:
    return isinstance(values, list | tuple) and all(map(is_element, values))


def _require(name: str, expected: str, value: Any, fulfilled: bool) -> None:
    if not fulfilled:
        raise SettingError(name, expected, value)
