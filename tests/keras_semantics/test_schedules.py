"""Keras's schedules of the learning rate, against recorded learning rates and against Keras itself."""

import numpy as np
import pytest

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics import schedules
from lit_sentiment.keras_semantics.schedules import (
    CosineDecay,
    ExponentialDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
    schedule_from_config,
)

CASES = {
    "exponential": ("ExponentialDecay", (0.01, 7, 0.9)),
    "exponential, staircase": ("ExponentialDecay", (0.01, 7, 0.9, True)),
    "inverse time": ("InverseTimeDecay", (0.01, 7, 0.9)),
    "inverse time, staircase": ("InverseTimeDecay", (0.01, 10, 0.5, True)),
    "piecewise": ("PiecewiseConstantDecay", ([3.7, 10], [0.1, 0.05, 0.01])),
    "polynomial": ("PolynomialDecay", (0.01, 90, 0.0001, 1.7)),
    "polynomial, cycle": ("PolynomialDecay", (0.01, 33, 0.0001, 0.5, True)),
    "cosine": ("CosineDecay", (0.01, 77, 0.1)),
    "cosine, warm-up": ("CosineDecay", (0.001, 77, 0.1, "warm", 0.01, 20)),
}
STEPS = 100
UNIT = 1e-9
"""Two float32 units of a learning rate near 0.01: what a few cosines are off."""


def made(name):
    kind, arguments = CASES[name]
    return getattr(schedules, kind)(*arguments)


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("exponential", {0: 0.01, 7: 0.009, 14: 0.0081}),
        ("exponential, staircase", {0: 0.01, 6: 0.01, 7: 0.009, 13: 0.009}),
        ("inverse time", {0: 0.01, 7: 0.01 / 1.9}),
        ("inverse time, staircase", {9: 0.01, 10: 0.01 / 1.5}),
        ("piecewise", {0: 0.1, 3: 0.1, 4: 0.05, 10: 0.05, 11: 0.01, 99: 0.01}),
        ("polynomial", {0: 0.01, 45: 0.0099 * 0.5**1.7 + 0.0001, 90: 0.0001, 99: 0.0001}),
        ("polynomial, cycle", {0: 0.01, 34: 0.0099 * (32 / 66) ** 0.5 + 0.0001, 66: 0.0001}),
        ("cosine", {0: 0.01, 77: 0.001, 99: 0.001}),
        ("cosine, warm-up", {0: 0.001, 10: 0.0055, 20: 0.01, 97: 0.001, 99: 0.001}),
    ],
)
def test_learning_rate_follows_its_formula(name, rates):
    schedule = made(name)
    assert {step: pytest.approx(rate, rel=3e-6) for step, rate in rates.items()} == {
        step: schedule(step) for step in rates
    }


@pytest.mark.parametrize("name", CASES)
def test_learning_rate_is_a_float32(name):
    rates = [made(name)(step) for step in range(STEPS)]
    assert all(type(rate) is float and rate == np.float32(rate) for rate in rates)
    assert len(set(rates)) > 1


def test_division_by_a_constant_is_a_product_as_in_a_graph():
    quotients = [float(np.float32(0.01) * np.float32(0.9) ** (np.float32(t) / np.float32(7))) for t in range(STEPS)]
    rates = [made("exponential")(step) for step in range(STEPS)]
    assert rates != quotients
    assert np.abs(np.subtract(rates, quotients)).max() < UNIT


@pytest.mark.parametrize("name", CASES)
def test_config_makes_the_same_schedule_again(name):
    config = made(name).get_config()
    assert schedule_from_config(config) == made(name)
    keras_2 = {"class_name": config["class_name"], "config": config["config"]}
    assert schedule_from_config(keras_2) == made(name)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ExponentialDecay(1, 7, 0.9), "initial_learning_rate: expected a float of 0 or more, found 1"),
        (lambda: ExponentialDecay(-0.1, 7, 0.9), "initial_learning_rate: expected a float"),
        (lambda: ExponentialDecay(0.1, 0, 0.9), "decay_steps: expected more than 0, found 0"),
        (lambda: ExponentialDecay(0.1, "7", 0.9), "decay_steps: expected a number, found '7'"),
        (lambda: ExponentialDecay(0.1, 7, None), "decay_rate: expected a number, found None"),
        (lambda: ExponentialDecay(0.1, 7, 0.9, "no"), "staircase: expected true or false, found 'no'"),
        (lambda: PolynomialDecay(0.1, 7, cycle=1), "cycle: expected true or false, found 1"),
        (lambda: CosineDecay(0.1, 7, warmup_target=1), "warmup_target: expected a float"),
        (lambda: PiecewiseConstantDecay([], [0.1]), "boundaries: expected one or more rising numbers"),
        (lambda: PiecewiseConstantDecay([5, 3], [0.1, 0.2, 0.3]), "boundaries: expected one or more rising numbers"),
        (lambda: PiecewiseConstantDecay([5], [0.1]), "values: expected 2 floats of 0 or more, one more than bound"),
        (lambda: PiecewiseConstantDecay([5], [1, 0.1]), "values: expected 2 floats"),
    ],
)
def test_numbers_out_of_range_are_refused(make, message):
    with pytest.raises(SettingError, match=message):
        make()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"class_name": "CosineDecayRestarts", "config": {}},
            "a number or one of ExponentialDecay, .* found CosineDec",
        ),
        ({"class_name": "WarmUp", "config": {"target": 1}}, "learning_rate: expected a number or one of"),
        ("fast", "learning_rate: expected a number or one of .* found fast"),
        ({"class_name": "ExponentialDecay", "config": {"decay_steps": 7}}, "ExponentialDecay: missing 2 required"),
        (
            {"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 7, "beta": 1}},
            "CosineDecay: got an unexpected keyword argument 'beta'",
        ),
        (
            {"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 0}},
            "learning_rate, CosineDecay, decay_steps: expected more than 0, found 0",
        ),
    ],
)
def test_another_schedule_is_refused_by_name(config, message):
    with pytest.raises(InputError, match=message):
        schedule_from_config(config)


@pytest.mark.keras
@pytest.mark.parametrize("floatx", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_learning_rates_and_config_equal_live_keras(keras, name, floatx):
    tensorflow = pytest.importorskip("tensorflow")
    keras.config.set_floatx(floatx)
    kind, arguments = CASES[name]
    theirs = getattr(keras.optimizers.schedules, kind)(*arguments)
    assert keras.optimizers.schedules.serialize(theirs) == made(name).get_config()
    counter = tensorflow.Variable(0, dtype="int64")

    @tensorflow.function  # as in `fit`
    def rate():
        return tensorflow.convert_to_tensor(theirs(counter))

    gaps = []
    for step in range(STEPS):
        counter.assign(step)
        gaps.append(abs(made(name)(step) - float(rate())))
    assert max(gaps) <= (UNIT if kind == "CosineDecay" else 0)
