"""The penalty, and its configs."""

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.regularizers import L2, regularizer_config, regularizer_from_config

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


@pytest.mark.parametrize("factor", [-0.01, float("nan"), float("inf"), "0.01", None])
def test_factor_that_is_not_one_is_refused(factor):
    with pytest.raises(SettingError, match=r"^l2: expected a number of 0 or more, found"):
        L2(factor)


@pytest.mark.parametrize("kind", ["L2", "L1L2"])
def test_config_of_either_keras_is_read(kind):
    config = {"class_name": kind, "config": {"l1": 0.0, "l2": 0.03} if kind == "L1L2" else {"l2": 0.03}}
    assert regularizer_from_config("kernel_regularizer", config) == L2(0.03)
    assert regularizer_from_config("kernel_regularizer", regularizer_config(L2(0.03))) == L2(0.03)


@pytest.mark.parametrize(
    "config", [{"class_name": "L1L2", "config": {"l1": 0.1, "l2": 0.03}}, "l2", {"class_name": "L1"}]
)
def test_other_regularizer_is_refused(config):
    with pytest.raises(InputError, match="expected kernel_regularizer to be L2 or off, found"):
        regularizer_from_config("kernel_regularizer", config)


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_penalty_equals_live_keras(keras, dtype):
    # Rounding of a sum; a factor that did not pass through float32 would be 2e-8 off in float64.
    tolerance = {"float32": 1e-6, "float64": 1e-15}[dtype]
    for factor in (0.01, 1e-3, 0.3, 1 / 3):
        weight = np.random.default_rng(5).normal(size=(7, 11)).astype(dtype)
        theirs = keras.regularizers.L2(factor)(keras.ops.convert_to_tensor(weight)).numpy()
        assert theirs.dtype == dtype
        assert L2(factor)(torch.from_numpy(weight)).item() == pytest.approx(float(theirs), rel=tolerance, abs=0)
