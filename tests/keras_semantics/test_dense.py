"""Dense, Activation, Softmax and Flatten."""

import pytest
import torch

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.activations import LOGITS
from lit_sentiment.keras_semantics.dense import Activation, Dense, Flatten, Softmax
from lit_sentiment.keras_semantics.initializers import GlorotUniform
from lit_sentiment.keras_semantics.regularizers import L2

REVIEWS, LENGTH, DIM, UNITS = 4, 3, 5, 2

ROUNDING = {"float64": 1e-13, "float32": 2e-5}
"""Of sums of fewer than a hundred products."""


def built(layer, *shape):
    layer.build(shape)
    return layer


def test_dense_works_on_the_last_axis_of_any_inputs():
    inputs = torch.rand(REVIEWS, LENGTH, DIM)
    layer = built(Dense(UNITS, activation="relu"), LENGTH, DIM)
    assert layer.build((LENGTH, DIM)) == layer(inputs).shape[1:] == (LENGTH, UNITS)
    torch.testing.assert_close(layer(inputs)[:, 1], layer(inputs[:, 1]))


def test_dense_without_a_bias_has_one_variable():
    layer = built(Dense(UNITS, use_bias=False), DIM)
    assert [variable.name for variable, _ in layer.keras_variables()] == ["kernel"]
    assert (layer(torch.zeros(REVIEWS, DIM)) == 0).all()
    assert layer.bias is None


def test_kernel_and_bias_can_have_regularizers():
    layer = built(Dense(UNITS, kernel_regularizer=L2(0.1), bias_regularizer=L2(0.2)), DIM)
    assert layer.regularizers == {"weight": L2(0.1), "bias": L2(0.2)}


def test_dense_needs_inputs_of_a_known_size():
    with pytest.raises(InputError, match=r"^expected inputs of a known last size, found any"):
        Dense(UNITS).build((None,))


def test_softmax_adds_up_to_one_along_its_axis():
    inputs = torch.rand(REVIEWS, LENGTH, DIM)
    torch.testing.assert_close(built(Softmax(), LENGTH, DIM)(inputs).sum(-1), torch.ones(REVIEWS, LENGTH))
    torch.testing.assert_close(built(Softmax(axis=1), LENGTH, DIM)(inputs).sum(1), torch.ones(REVIEWS, DIM))


@pytest.mark.parametrize("axis", [3, -4, 1.0, True, "1", [1, 2]])
def test_what_is_no_axis_is_refused(axis):
    with pytest.raises(SettingError, match=r"^axis: expected a"):
        built(Softmax(axis=axis), LENGTH, DIM)


def test_softmax_takes_no_mask():
    """A mask (B, T) does not broadcast to (B, T, D), here as in Keras."""
    with pytest.raises(InputError, match=r"^softmax: expected inputs without a mask, found one"):
        Softmax()(torch.rand(REVIEWS, LENGTH, DIM), torch.ones(REVIEWS, LENGTH, dtype=torch.bool))


@pytest.mark.parametrize("layer", [Softmax(), Activation("softmax"), Activation("sigmoid"), Dense(UNITS, "sigmoid")])
def test_layers_mark_what_they_squash(layer):
    inputs = torch.rand(REVIEWS, DIM)
    outputs = built(layer, DIM)(inputs)
    logits = layer.logits(inputs) if isinstance(layer, Dense) else inputs
    assert torch.equal(getattr(outputs, LOGITS), logits)


@pytest.mark.parametrize(("shape", "flat"), [((LENGTH, DIM), LENGTH * DIM), ((DIM,), DIM), ((None, DIM), None)])
def test_flatten_makes_one_vector(shape, flat):
    assert Flatten().build(shape) == (flat,)
    inputs = torch.rand(REVIEWS, *[size or LENGTH for size in shape])
    assert torch.equal(Flatten()(inputs), inputs.flatten(1))
    assert Flatten()(inputs[:0]).shape == (0, inputs[0].numel())


def test_flatten_is_a_new_tensor_even_of_vectors():
    inputs = torch.rand(REVIEWS, DIM)
    assert Flatten()(inputs) is not inputs
    assert inputs.flatten(1) is inputs, "which would keep the mark"


def test_mask_is_lost_in_flatten_with_a_warning():
    mask = torch.ones(REVIEWS, LENGTH, dtype=torch.bool)
    with pytest.warns(UserWarning, match="Flatten takes no mask"):
        assert Flatten().output_mask(torch.rand(REVIEWS, LENGTH, DIM), mask) is None
    assert Dense(UNITS).output_mask(torch.rand(REVIEWS, LENGTH, DIM), mask) is mask


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        *(
            ("Dense", {"units": UNITS, "activation": one})
            for one in (None, "linear", "relu", "tanh", "sigmoid", "softmax")
        ),
        ("Dense", {"units": UNITS, "use_bias": False}),
        ("Dense", {"units": UNITS, "trainable": False}),
        ("Softmax", {}),
        ("Softmax", {"axis": 1}),
        ("Flatten", {}),
    ],
)
def test_layer_is_that_of_live_keras(gap_to_keras, name, settings, dtype):
    assert gap_to_keras(name, settings, (REVIEWS, LENGTH, DIM), dtype) <= ROUNDING[dtype]


@pytest.mark.keras
def test_dense_of_another_rule_is_not_kerass(gap_to_keras, monkeypatch):
    def transposed(self, shape, *given):
        return drawn(self, shape[::-1], *given).T

    drawn = GlorotUniform.__call__
    monkeypatch.setattr(GlorotUniform, "__call__", transposed)
    assert gap_to_keras("Dense", {"units": UNITS}, (REVIEWS, DIM)) > 1e-3
