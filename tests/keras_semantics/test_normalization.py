"""Normalisation by hand and beside live Keras."""

import math

import pytest
import torch

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics import normalization
from lit_sentiment.keras_semantics.normalization import BatchNormalization, LayerNormalization
from lit_sentiment.keras_semantics.regularizers import L2

REVIEWS, LENGTH, DIM = 4, 3, 5

ROUNDING = {"float64": 1e-13, "float32": 2e-5}
"""Of means of 60 numbers."""


def built(layer, shape=(LENGTH, DIM)):
    layer.build(shape)
    return layer.double()


def inputs():
    return torch.rand(REVIEWS, LENGTH, DIM, dtype=torch.float64) * 3 + 1


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=0, atol=ROUNDING["float64"])


def test_batch_is_normalized_in_training_and_by_moving_figures_elsewhere():
    layer, vectors = built(BatchNormalization(momentum=0.9, epsilon=0.01)), inputs()
    mean, variance = vectors.mean((0, 1)), vectors.var((0, 1), correction=0)
    close(layer(vectors), (vectors - mean) / (variance + 0.01).sqrt())
    close(layer.moving_mean.detach(), 0.1 * mean)
    close(layer.moving_variance.detach(), 0.9 + 0.1 * variance)
    moving_mean, moving_variance = layer.moving_mean.clone(), layer.moving_variance.clone()
    close(layer.eval()(vectors), (vectors - moving_mean) / (moving_variance + 0.01).sqrt())
    assert torch.equal(layer.moving_mean, moving_mean)


def test_steps_that_the_mask_leaves_out_do_not_count():
    layer, vectors = built(BatchNormalization(momentum=0)), inputs()
    mask = torch.tensor([[True, False, True], [True, True, False], [False, False, False], [True, True, True]])
    kept, fuzz = vectors[mask], 1e-7
    layer(vectors, mask)
    mean = kept.sum(0) / (len(kept) + fuzz)
    close(layer.moving_mean.detach(), mean)
    close(layer.moving_variance.detach(), (kept - mean).square().sum(0) / (len(kept) + fuzz))


def test_vector_is_normalized_alone():
    layer, vectors = built(LayerNormalization(epsilon=0.02)), inputs()
    layer.gamma.data.uniform_()
    layer.beta.data.uniform_()
    mean, variance = vectors.mean(-1, keepdim=True), vectors.var(-1, correction=0, keepdim=True)
    close(layer(vectors), (vectors - mean) / (variance + 0.02).sqrt() * layer.gamma + layer.beta)
    assert torch.equal(layer.eval()(vectors)[1:2], layer(vectors[1:2]))


@pytest.mark.parametrize("layer", [BatchNormalization, LayerNormalization])
def test_variables_are_kerass_in_kerass_order(layer):
    moving = {"moving_mean": 0, "moving_variance": 1} if layer is BatchNormalization else {}
    for settings, own in (
        ({}, {"gamma": 1, "beta": 0}),
        ({"scale": False}, {"beta": 0}),
        ({"center": False}, {"gamma": 1}),
    ):
        found = list(built(layer(**settings)).keras_variables())
        assert {variable.name: values.unique().item() for variable, values in found} == {**own, **moving}
        assert [variable.name for variable, _ in found] == [*own, *moving]
        assert [variable.path for variable, _ in found] == [f"vars/{place}" for place in range(len(found))]


def test_moving_figures_are_weights_without_gradient():
    """So early stopping restores them, as Keras does, and no optimiser moves them."""
    trained = {name: weight.requires_grad for name, weight in built(BatchNormalization()).named_parameters()}
    assert trained == {"gamma": True, "beta": True, "moving_mean": False, "moving_variance": False}


def test_frozen_layer_normalizes_by_moving_figures_in_training_too():
    layer, vectors = built(BatchNormalization(trainable=False)), inputs()
    close(layer(vectors), vectors / math.sqrt(1.001))
    assert (layer.moving_mean == 0).all()
    assert not any(weight.requires_grad for weight in layer.parameters())


def test_scale_and_shift_can_have_regularizers():
    layer = built(BatchNormalization(gamma_regularizer=L2(0.1), beta_regularizer=L2(0.2)))
    assert layer.regularizers == {"gamma": L2(0.1), "beta": L2(0.2)}


@pytest.mark.parametrize("layer", [BatchNormalization, LayerNormalization])
def test_other_axis_is_refused(layer):
    for axis in (-1, 2, [-1], [2]):
        built(layer(axis=axis))
    for axis in (1, 0, -2, [1, 2], "last", True):
        with pytest.raises(SettingError, match=r"^axis: expected the last axis, -1 or 2, found"):
            built(layer(axis=axis))


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf, "0.5", None, True])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(SettingError, match=r"^epsilon: expected a number of 0 or more, found"):
        LayerNormalization(epsilon=value)
    with pytest.raises(SettingError, match=r"^momentum: expected a number of 0 or more, found"):
        BatchNormalization(momentum=value)


def test_inputs_of_unknown_size_are_refused():
    with pytest.raises(InputError, match=r"^expected inputs of a known last size, found any"):
        BatchNormalization().build((None,))


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("shape", [(REVIEWS, LENGTH, DIM), (REVIEWS, DIM), (REVIEWS, LENGTH, 1)])
@pytest.mark.parametrize("name", ["BatchNormalization", "LayerNormalization"])
def test_normalization_is_that_of_live_keras(gap_to_keras, drawn, name, shape, dtype):
    for settings in ({}, {"scale": False}, {"center": False}, {"trainable": False}, {"scale": False, "center": False}):
        settings = {**settings, "epsilon": float(drawn.uniform(1e-3, 1e-1))}
        if name == "BatchNormalization":
            settings["momentum"] = float(drawn.uniform(0, 1))
        print(settings)
        assert gap_to_keras(name, settings, shape, dtype) <= ROUNDING[dtype]


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ROUNDING)
def test_masked_batch_normalization_is_that_of_live_keras(gap_to_keras, dtype):
    assert gap_to_keras("BatchNormalization", {}, (REVIEWS, LENGTH, DIM), dtype, mask=True) <= ROUNDING[dtype]


@pytest.mark.keras
@pytest.mark.parametrize(
    ("owner", "name", "rule", "mask"),
    [
        (normalization, "_moments", lambda x, mask: (x.mean((0, 1)), x.var((0, 1), correction=1)), False),
        (normalization, "_moments", lambda x, mask: (x.mean((0, 1)), x.var((0, 1), correction=0)), True),
        (normalization, "FUZZ", 0.0, True),
        (
            BatchNormalization,
            "forward",
            lambda self, x, mask=None: self._normalized(x, *normalization._moments(x, mask)),
            False,
        ),
    ],
    ids=["unbiased variance", "mask ignored", "no fuzz", "nothing moves"],
)
def test_normalization_of_another_rule_is_not_kerass(gap_to_keras, monkeypatch, owner, name, rule, mask):
    shape = (REVIEWS, LENGTH, DIM)
    assert gap_to_keras("BatchNormalization", {}, shape, mask=mask) <= ROUNDING["float64"]
    monkeypatch.setattr(owner, name, rule)
    assert gap_to_keras("BatchNormalization", {}, shape, mask=mask) > 1e-10


@pytest.mark.keras
def test_momentum_on_the_new_value_is_not_kerass(gap_to_keras, monkeypatch):
    forward = BatchNormalization.forward

    def swapped(self, inputs, mask=None):
        self.momentum = 1 - self.momentum
        try:
            return forward(self, inputs, mask)
        finally:
            self.momentum = 1 - self.momentum

    monkeypatch.setattr(BatchNormalization, "forward", swapped)
    assert gap_to_keras("BatchNormalization", {}, (REVIEWS, LENGTH, DIM)) > 1e-3
