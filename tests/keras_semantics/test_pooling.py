"""Pooling by hand: ties, edges and masks; and beside live Keras."""

import math

import pytest
import torch

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics import pooling
from lit_sentiment.keras_semantics.pooling import (
    AveragePooling1D,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    MaxPooling1D,
)
from lit_sentiment.keras_semantics.windows import Windows

REVIEWS, DIM = 3, 2

ROUNDING = {"float64": 1e-13, "float32": 2e-5}
"""Of sums of fewer than a hundred products."""


def steps(*values):
    """One review of one element at each step."""
    return torch.tensor([[[float(value)] for value in values]], dtype=torch.float64, requires_grad=True)


def gradient(layer, inputs, mask=None):
    layer(inputs, mask).sum().backward()
    return inputs.grad.flatten().tolist()


def test_ties_share_the_gradient_of_the_global_maximum():
    inputs = steps(2, 5, 1, 5, 5)
    assert GlobalMaxPooling1D()(inputs).tolist() == [[5]]
    assert gradient(GlobalMaxPooling1D(), inputs) == pytest.approx([0, 1 / 3, 0, 1 / 3, 1 / 3])


def test_first_of_ties_takes_the_gradient_of_a_maximum_of_a_window():
    assert gradient(MaxPooling1D(3), steps(4, 4, 1, 2, 7, 7)) == [1, 0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        (MaxPooling1D(2), [3, 9]),
        (MaxPooling1D(2, strides=1), [3, 3, 9, 9]),
        (MaxPooling1D(3, strides=2), [3, 9]),
        (MaxPooling1D(2, padding="same"), [3, 9, 5]),
        (MaxPooling1D(3, strides=1, padding="same"), [3, 3, 9, 9, 9]),
        (MaxPooling1D(1, strides=3), [1, 9]),
        (AveragePooling1D(2), [2, 5.5]),
        (AveragePooling1D(2, padding="same"), [2, 5.5, 5]),
        (AveragePooling1D(3, strides=1, padding="same"), [2, 2, 14 / 3, 16 / 3, 7]),
        (AveragePooling1D([3], strides=[2], padding="SAME"), [2, 14 / 3, 7]),
    ],
)
def test_windows_are_pooled_one_by_one(pool, expected):
    """Added steps never count: they are below all others to a maximum, and absent from a mean."""
    outputs = pool(steps(1, 3, 2, 9, 5))
    assert outputs.flatten().tolist() == pytest.approx(expected)
    assert pool.build((5, 1)) == outputs.shape[1:]


def test_added_steps_are_no_maximum_among_negative_elements():
    assert MaxPooling1D(3, strides=1, padding="same")(steps(-5, -4, -7)).flatten().tolist() == [-4, -4, -4]


def test_mean_is_over_the_steps_of_the_mask():
    mask = torch.tensor([[False, True, False, True]])
    assert GlobalAveragePooling1D()(steps(9, 2, 9, 3)).item() == 5.75
    assert GlobalAveragePooling1D()(steps(9, 2, 9, 3), mask).item() == 2.5
    assert gradient(GlobalAveragePooling1D(), steps(9, 2, 9, 3), mask) == [0, 0.5, 0, 0.5]


def test_mean_of_padding_alone_is_not_a_number():
    assert math.isnan(GlobalAveragePooling1D()(steps(9, 2), torch.tensor([[False, False]])).item())


@pytest.mark.parametrize("pool", [GlobalMaxPooling1D, GlobalAveragePooling1D])
def test_global_pooling_can_keep_the_steps(pool):
    inputs = torch.rand(REVIEWS, 4, DIM)
    for keepdims, shape in ((False, (DIM,)), (True, (1, DIM))):
        assert pool(keepdims=keepdims).build((None, DIM)) == pool(keepdims=keepdims)(inputs).shape[1:] == shape


@pytest.mark.parametrize("pool", [GlobalMaxPooling1D(), MaxPooling1D(), AveragePooling1D(2)])
def test_mask_is_lost_with_a_warning(pool):
    with pytest.warns(UserWarning, match="takes no mask: from it on, padding counts, as in Keras"):
        assert pool.output_mask(torch.rand(REVIEWS, 4, DIM), torch.ones(REVIEWS, 4, dtype=torch.bool)) is None


def test_global_mean_ends_the_mask_without_a_warning():
    assert GlobalAveragePooling1D().output_mask(torch.rand(1, 4, DIM), torch.ones(1, 4, dtype=torch.bool)) is None


@pytest.mark.parametrize("size", [0, -2, 2.0, True, "2", [2, 3], []])
@pytest.mark.parametrize("setting", ["pool_size", "strides"])
def test_what_is_not_a_size_of_windows_is_refused(setting, size):
    with pytest.raises(SettingError, match=f"^{setting}: expected a whole number from 1 to"):
        AveragePooling1D(**{"pool_size": 2, setting: size})


@pytest.mark.parametrize("padding", ["causal", "full", None, 3])
def test_padding_that_pooling_does_not_have_is_refused(padding):
    with pytest.raises(SettingError, match=r"^padding: expected valid or same, found"):
        MaxPooling1D(padding=padding)


def test_review_shorter_than_a_window_is_refused():
    with pytest.raises(InputError, match=r"^expected inputs of at least 4 steps, the width of a window, found 3$"):
        MaxPooling1D(4).build((3, DIM))
    with pytest.raises(InputError, match=r"^expected inputs of at least 4 steps"):
        MaxPooling1D(4)(torch.rand(REVIEWS, 3, DIM))


@pytest.mark.parametrize("pool", [MaxPooling1D(), AveragePooling1D(2), GlobalMaxPooling1D(), GlobalAveragePooling1D()])
@pytest.mark.parametrize("shape", [(5,), (5, 4, 3)])
def test_inputs_without_steps_are_refused(pool, shape):
    with pytest.raises(InputError, match=r"^expected inputs \(steps, size\), found"):
        pool.build(shape)


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("name", ["MaxPooling1D", "AveragePooling1D"])
def test_pooling_is_that_of_live_keras(gap_to_keras, drawn, name, ties, dtype):
    for _ in range(4):
        pool_size, strides = (int(size) for size in drawn.integers(1, 6, 2))
        settings = {
            "pool_size": pool_size,
            "strides": strides if drawn.random() < 0.7 else None,
            "padding": str(drawn.choice(["valid", "same"])),
        }
        print(settings)
        shape = (REVIEWS, int(drawn.integers(pool_size, 15)), DIM)
        assert gap_to_keras(name, settings, shape, dtype, ties=ties) <= ROUNDING[dtype]


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize(
    ("name", "mask"),
    [("GlobalMaxPooling1D", False), ("GlobalAveragePooling1D", False), ("GlobalAveragePooling1D", True)],
)
def test_global_pooling_is_that_of_live_keras(gap_to_keras, name, mask, dtype):
    for keepdims in (False, True):
        gap = gap_to_keras(name, {"keepdims": keepdims}, (REVIEWS, 9, DIM), dtype, mask=mask, ties=True)
        assert gap <= ROUNDING[dtype]


@pytest.mark.keras
@pytest.mark.parametrize(
    ("name", "settings", "method", "rule"),
    [
        ("GlobalMaxPooling1D", {}, "forward", lambda self, inputs, mask=None: inputs.max(1).values),
        (
            "MaxPooling1D",
            {"pool_size": 5},
            "forward",
            lambda self, inputs, mask=None: self._in_windows(inputs, -math.inf).amax(-1),
        ),
        (
            "AveragePooling1D",
            {"pool_size": 5, "padding": "same"},
            "forward",
            lambda self, inputs, mask=None: self._in_windows(inputs, 0).mean(-1),
        ),
        (
            "GlobalAveragePooling1D",
            {},
            "forward",
            lambda self, inputs, mask: (inputs * mask[..., None]).sum(1) / (mask.double().sum(1, keepdim=True) + 1e-7),
        ),
    ],
    ids=["ties to the first", "ties shared", "added steps counted", "count without zero"],
)
def test_pooling_of_another_rule_is_not_kerass(gap_to_keras, monkeypatch, name, settings, method, rule):
    shape, mask = (REVIEWS, 13, DIM), name == "GlobalAveragePooling1D"
    assert gap_to_keras(name, settings, shape, mask=mask, ties=True) <= ROUNDING["float64"]
    monkeypatch.setattr(getattr(pooling, name), method, rule)
    assert gap_to_keras(name, settings, shape, mask=mask, ties=True) > 1e-9


@pytest.mark.keras
def test_odd_step_of_same_padding_comes_at_the_end_in_live_keras(gap_to_keras, monkeypatch):
    settings, added = {"pool_size": 4, "strides": 4, "padding": "same"}, Windows.added
    assert gap_to_keras("MaxPooling1D", settings, (REVIEWS, 5, DIM)) <= ROUNDING["float64"]
    monkeypatch.setattr(Windows, "added", lambda self, length: added(self, length)[::-1])
    assert gap_to_keras("MaxPooling1D", settings, (REVIEWS, 5, DIM)) > 1e-3


@pytest.mark.keras
def test_review_of_padding_alone_is_not_a_number_in_live_keras(keras):
    inputs, mask = torch.ones(1, 2, 1).numpy(), torch.zeros(1, 2, dtype=torch.bool).numpy()
    assert math.isnan(float(keras.layers.GlobalAveragePooling1D()(inputs, mask=mask)[0, 0]))
