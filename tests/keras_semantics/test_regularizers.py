"""The penalty, and its configs."""

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.regularizers import L1, L1L2, L2, regularizer_config, regularizer_from_config

FACTOR = 0.01
WEIGHT = torch.linspace(-1.3, 2.1, 15, dtype=torch.float64).reshape(3, 5)

# A sum of fifteen squares, in another order.
SUM_TOLERANCE = 1e-15


def test_penalty_is_the_factor_times_the_sum_of_squares():
    expected = float(np.float32(FACTOR)) * sum(value**2 for value in WEIGHT.flatten().tolist())
    assert L2(FACTOR)(WEIGHT).item() == pytest.approx(expected, rel=SUM_TOLERANCE, abs=0)


@pytest.mark.parametrize("factor", [FACTOR, float(np.float32(FACTOR)) / 2], ids=["float64's factor", "half"])
def test_another_factor_gives_another_penalty(factor):
    """The factor passes through float32, and there is no half."""
    wrong = factor * WEIGHT.square().sum().item()
    assert L2(FACTOR)(WEIGHT).item() != pytest.approx(wrong, rel=1e-9, abs=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_penalty_is_a_scalar_of_the_dtype_of_the_weight(dtype):
    penalty = L2(FACTOR)(WEIGHT.to(dtype))
    assert penalty.dtype == dtype
    assert penalty.shape == ()


def test_gradient_is_twice_the_factor_times_the_weight():
    weight = WEIGHT.clone().requires_grad_()
    L2(FACTOR)(weight).backward()
    torch.testing.assert_close(weight.grad, 2 * float(np.float32(FACTOR)) * WEIGHT, rtol=SUM_TOLERANCE, atol=0)


@pytest.mark.parametrize("regularizer", [L1(0.03), L1L2(0.03, 0.2)])
def test_penalty_of_l1_is_the_factor_times_the_sum_of_sizes(regularizer):
    values = WEIGHT.flatten().tolist()
    expected = float(np.float32(0.03)) * sum(map(abs, values))
    expected += float(np.float32(regularizer.l2)) * sum(value**2 for value in values)
    assert regularizer(WEIGHT).item() == pytest.approx(expected, rel=2 * SUM_TOLERANCE, abs=0)
    assert L2(0.03)(WEIGHT).item() != pytest.approx(expected, rel=1e-2, abs=0)


def test_gradient_of_l1_is_the_factor_times_the_sign_and_zero_at_zero():
    weight = torch.tensor([-2.0, 0.0, 0.5, -0.0], dtype=torch.float64, requires_grad=True)
    L1(0.5)(weight).backward()
    assert weight.grad.tolist() == [-0.5, 0, 0.5, 0]


@pytest.mark.parametrize("factor", [-0.01, float("nan"), float("inf"), "0.01", None])
@pytest.mark.parametrize("kind", [L1, L2, L1L2])
def test_factor_that_is_not_one_is_refused(kind, factor):
    with pytest.raises(SettingError, match=r"^l[12]: expected a number of 0 or more, found"):
        kind(factor)


def keras_2(kind, **factors):
    return {"class_name": kind, "config": factors}


@pytest.mark.parametrize(
    ("config", "regularizer"),
    [
        (keras_2("L2", l2=0.03), L2(0.03)),
        (keras_2("L1L2", l1=0.0, l2=0.03), L2(0.03)),
        (keras_2("L1L2", l1=0.03, l2=0.0), L1(0.03)),
        (keras_2("L1L2", l1=0.03, l2=0.2), L1L2(0.03, 0.2)),
        (keras_2("L1", l1=0.03), L1(0.03)),
        ("l1", L1(0.01)),
        ("l2", L2(0.01)),
        ("L2", L2(0.01)),
        ("l1_l2", L1L2(0.01, 0.01)),
        ("l1l2", L2(0.0)),
    ],
)
def test_config_of_either_keras_is_read(config, regularizer):
    assert regularizer_from_config("kernel_regularizer", config) == regularizer
    assert regularizer_from_config("kernel_regularizer", regularizer_config(regularizer)) == regularizer


@pytest.mark.parametrize(
    "config",
    ["l3", 0.01, {}, {"class_name": "L1"}, keras_2("OrthogonalRegularizer", factor=0.1), keras_2("l1", l1=0.1)],
)
def test_other_regularizer_is_refused(config):
    with pytest.raises(InputError, match="expected kernel_regularizer to be L1, L2, L1L2 or off, found"):
        regularizer_from_config("kernel_regularizer", config)


def test_factor_of_another_regularizer_is_refused():
    with pytest.raises(InputError, match=r"^kernel_regularizer: expected no setting but l1, found l2 0.1"):
        regularizer_from_config("kernel_regularizer", keras_2("L1", l1=0.1, l2=0.1))


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_penalty_and_gradient_equal_live_keras(keras, live_gradient, dtype):
    # Rounding of a sum; a factor that did not pass through float32 would be 2e-8 off in float64.
    tolerance = {"float32": 1e-6, "float64": 1e-15}[dtype]
    weight = np.random.default_rng(5).normal(size=(7, 11)).astype(dtype)
    weight[2:4] = 0
    for factor in (0.01, 1e-3, 0.3, 1 / 3):
        for ours in (L1(factor), L2(factor), L1L2(factor, 0.7), L1L2(0.7, 0.0)):
            theirs = keras.regularizers.get(regularizer_config(ours))
            our_weight = torch.from_numpy(weight).requires_grad_()
            penalty = ours(our_weight)
            penalty.backward()
            value, gradient = live_gradient(theirs, weight)
            assert value.dtype == dtype
            assert penalty.item() == pytest.approx(float(value), rel=tolerance, abs=0)
            np.testing.assert_allclose(our_weight.grad.numpy(), gradient, rtol=tolerance, atol=0)
            our_weight.grad = None
            assert regularizer_from_config("r", keras.saving.serialize_keras_object(theirs))(our_weight) == penalty
