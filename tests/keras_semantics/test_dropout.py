"""The layers that draw random numbers. Dropout itself is in test_layers too."""

import math
import random

import pytest
import torch

from lit_sentiment.errors import SettingError
from lit_sentiment.keras_semantics import dropout
from lit_sentiment.keras_semantics.dropout import Dropout, GaussianNoise, SpatialDropout1D

REVIEWS, LENGTH, DIM = 6, 5, 7

ROUNDING = {"float64": 1e-13, "float32": 2e-5}
"""Of sums of fewer than a hundred products."""

CASES = [
    ("Dropout", {"rate": 0.4}),
    ("Dropout", {"rate": 0.4, "seed": 17}),
    ("Dropout", {"rate": 0.4, "seed": -17}),
    ("Dropout", {"rate": 0.4, "noise_shape": (None, 1, None)}),
    ("Dropout", {"rate": 0.3, "noise_shape": [REVIEWS, LENGTH, 1]}),
    ("Dropout", {"rate": 0.3, "noise_shape": [LENGTH, 1]}),
    ("SpatialDropout1D", {"rate": 0.6}),
    ("SpatialDropout1D", {"rate": 0.6, "seed": 5}),
    ("GaussianNoise", {"stddev": 0.7}),
    ("GaussianNoise", {"stddev": 0.7, "seed": 3}),
]


def ones():
    return torch.ones(REVIEWS, LENGTH, DIM, dtype=torch.float64)


def built(layer):
    layer.build((LENGTH, DIM))
    return layer


def test_spatial_dropout_drops_an_element_at_every_step_or_at_none():
    outputs = built(SpatialDropout1D(0.5))(ones())
    assert torch.equal(outputs, outputs[:, :1].expand_as(outputs))
    assert set(outputs.unique().tolist()) == {0, 2}
    plain = built(Dropout(0.5))(ones())
    assert not torch.equal(plain, plain[:, :1].expand_as(plain))


@pytest.mark.parametrize(("noise_shape", "shared"), [((None, 1, DIM), 1), ((1, None, None), 0), ((LENGTH, 1), 2)])
def test_noise_shape_says_along_which_axis_the_noise_is_shared(noise_shape, shared):
    outputs = built(Dropout(0.5, noise_shape))(ones())
    assert torch.equal(outputs, outputs.narrow(shared, 0, 1).expand_as(outputs))
    assert set(outputs.unique().tolist()) == {0, 2}


def test_gaussian_noise_has_its_standard_deviation():
    inputs = torch.zeros(50, 40, 5, dtype=torch.float64)
    noise = GaussianNoise(0.3)(inputs)
    # Six standard deviations of the estimates from 10,000 draws.
    assert noise.mean().item() == pytest.approx(0, abs=6 * 0.3 / 100)
    assert noise.std().item() == pytest.approx(0.3, abs=6 * 0.3 / math.sqrt(20_000))


@pytest.mark.parametrize("construct", [lambda: Dropout(0), lambda: SpatialDropout1D(0), lambda: GaussianNoise(0)])
def test_no_seed_is_taken_where_nothing_is_drawn(construct):
    before = random.getstate()
    layer, inputs = construct(), ones()
    assert random.getstate() == before
    assert layer(inputs) is inputs


@pytest.mark.parametrize(
    "construct",
    [lambda **s: Dropout(0.5, **s), lambda **s: SpatialDropout1D(0.5, **s), lambda **s: GaussianNoise(1, **s)],
)
def test_layers_with_a_seed_of_their_own_take_none(construct):
    before = random.getstate()
    first, second = construct(seed=4), construct(seed=4)
    assert random.getstate() == before
    assert torch.equal(first(ones()), second(ones()))
    drawn = construct()
    assert random.getstate() != before
    assert not torch.equal(first(ones()), drawn(ones()))


@pytest.mark.parametrize("construct", [lambda: Dropout(0.5), lambda: SpatialDropout1D(0.5), lambda: GaussianNoise(1)])
def test_noise_goes_on_from_a_state_dict(construct):
    layer, resumed = construct(), construct()
    layer(ones())
    resumed.load_state_dict(layer.state_dict())
    assert torch.equal(resumed(ones()), layer(ones()))
    assert not torch.equal(construct()(ones()), layer(ones()))


@pytest.mark.parametrize("construct", [lambda: Dropout(0.5), lambda: SpatialDropout1D(0.5), lambda: GaussianNoise(1)])
def test_inputs_themselves_come_back_outside_training(construct):
    """Which keeps the mark of logits."""
    inputs = ones()
    layer = construct().eval()
    assert layer(inputs) is inputs
    assert layer.seed_generator.get_state()[1] == 0


@pytest.mark.parametrize("noise_shape", [3, "ab", (0, 1), (1.0, 2), (True, 1), (None, "2")])
def test_what_is_no_noise_shape_is_refused(noise_shape):
    with pytest.raises(SettingError, match=r"^noise_shape: expected sizes from 1, or None"):
        Dropout(0.5, noise_shape)


def test_noise_that_does_not_fit_the_inputs_is_refused():
    with pytest.raises(SettingError, match=r"^noise_shape: expected 1 or the sizes of the inputs \(6, 5, 7\), found"):
        built(Dropout(0.5, (REVIEWS - 1, LENGTH, DIM)))(ones())
    with pytest.raises(SettingError, match=r"^noise_shape: expected sizes of at most the 3 axes"):
        built(Dropout(0.5, (None, None, None, None)))


@pytest.mark.parametrize("stddev", [-0.1, 1.1, math.nan, "0.5", None])
def test_standard_deviation_out_of_range_is_refused(stddev):
    with pytest.raises(SettingError, match=r"^stddev: expected from 0 to 1, found"):
        GaussianNoise(stddev)


@pytest.mark.parametrize("seed", [1.5, "3", True])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(SettingError, match=r"^seed: expected a whole number or none, found"):
        Dropout(0.5, seed=seed)


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize(("name", "settings"), CASES)
def test_noise_is_that_of_live_keras(gap_to_keras, name, settings, dtype):
    assert gap_to_keras(name, settings, (REVIEWS, LENGTH, DIM), dtype) <= ROUNDING[dtype]


@pytest.mark.keras
def test_noise_of_another_rule_is_not_kerass(gap_to_keras, monkeypatch):
    shape = (REVIEWS, LENGTH, DIM)
    monkeypatch.setattr(dropout.GaussianNoise, "disturbed", lambda self, x, g: x + g.uniform(x.shape, x.dtype))
    assert gap_to_keras("GaussianNoise", {"stddev": 0.7}, shape) > 1e-2
    monkeypatch.setattr(dropout.SpatialDropout1D, "__init__", lambda self, rate: Dropout.__init__(self, rate))
    assert gap_to_keras("SpatialDropout1D", {"rate": 0.6}, shape) > 1e-2
    monkeypatch.setattr(
        dropout.SpatialDropout1D, "__init__", lambda self, rate: Dropout.__init__(self, rate, (1, 1, None))
    )
    assert gap_to_keras("SpatialDropout1D", {"rate": 0.6}, shape) > 1e-2
