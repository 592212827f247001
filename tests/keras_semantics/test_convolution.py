"""Convolution by hand, at its edges, and beside live Keras."""

import pytest
import torch

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.convolution import Conv1D
from lit_sentiment.keras_semantics.initializers import GlorotUniform
from lit_sentiment.keras_semantics.regularizers import L2
from lit_sentiment.keras_semantics.windows import Windows

REVIEWS, LENGTH, DIM, WIDTH, FILTERS = 3, 11, 2, 4, 5

DRAWN = GlorotUniform.__call__

ROUNDING = {"float64": 1e-13, "float32": 5e-5}
"""Of sums of up to a hundred products, of up to a hundred windows."""


def built(*args, **settings):
    layer = Conv1D(*args, **settings)
    layer.build((LENGTH, DIM))
    return layer.double()


def inputs():
    return torch.rand(REVIEWS, LENGTH, DIM, dtype=torch.float64)


@pytest.mark.parametrize(
    ("settings", "windows", "before"),
    [
        ({}, 8, 0),
        ({"strides": 3}, 3, 0),
        ({"dilation_rate": 2}, 5, 0),
        ({"padding": "same"}, 11, 1),
        ({"padding": "same", "strides": 2}, 6, 1),
        ({"padding": "same", "strides": 5}, 3, 1),
        ({"padding": "same", "dilation_rate": 3}, 11, 4),
        ({"padding": "causal"}, 11, 3),
        ({"padding": "causal", "dilation_rate": 2}, 11, 6),
        ({"padding": "causal", "strides": 2}, 6, 3),
    ],
)
def test_window_sums_kernel_times_steps(settings, windows, before):
    """The first window begins `before` steps in front of the review, where all is zero."""
    layer, vectors = built(FILTERS, WIDTH, **settings), inputs()
    layer.bias.data.uniform_()
    expected = torch.zeros(REVIEWS, windows, FILTERS, dtype=torch.float64) + layer.bias
    for window in range(windows):
        for place in range(WIDTH):
            step = window * layer.strides[0] + place * layer.dilation_rate[0] - before
            if 0 <= step < LENGTH:
                expected[:, window] += vectors[:, step] @ layer.kernel[place]
    torch.testing.assert_close(layer(vectors), expected, rtol=0, atol=ROUNDING["float64"])


def test_causal_window_does_not_see_later_steps():
    layer, vectors = built(FILTERS, WIDTH, padding="causal"), inputs()
    changed = vectors.clone()
    changed[:, 6:] += 1
    assert torch.equal(layer(vectors)[:, :6], layer(changed)[:, :6])
    assert not torch.equal(layer(vectors)[:, 6], layer(changed)[:, 6])


def test_activation_is_of_the_logits():
    layer, vectors = built(FILTERS, WIDTH, activation="relu"), inputs()
    assert torch.equal(layer(vectors), layer.logits(vectors).relu())
    assert (layer(vectors) == 0).any()


def test_kernel_has_kerass_layout_and_limit():
    """Glorot's limit is of the fans times the width."""
    kernel = built(FILTERS, WIDTH).kernel
    limit = (6 / (WIDTH * (DIM + FILTERS))) ** 0.5
    assert kernel.shape == (WIDTH, DIM, FILTERS)
    assert 0.8 * limit < kernel.abs().max().item() <= limit


def test_bias_can_be_left_out():
    layer = built(FILTERS, WIDTH, use_bias=False)
    assert [variable.path for variable in layer.variables] == ["vars/0"]
    assert (layer(torch.zeros(1, LENGTH, DIM, dtype=torch.float64)) == 0).all()


def test_every_weight_can_have_a_regularizer():
    layer = built(FILTERS, WIDTH, kernel_regularizer=L2(0.1), bias_regularizer=L2(0.2))
    assert layer.regularizers == {"kernel": L2(0.1), "bias": L2(0.2)}


def test_sizes_are_told_by_the_kernel():
    shapes = [tuple(values.shape) for _, values in built(FILTERS, WIDTH).keras_variables()]
    assert Conv1D.sizes_of(shapes) == {"filters": FILTERS, "kernel_size": WIDTH}


@pytest.mark.parametrize("size", [0, -1, 2.0, True, "2", [2, 3]])
@pytest.mark.parametrize("setting", ["filters", "kernel_size", "strides", "dilation_rate"])
def test_what_is_not_a_size_of_a_convolution_is_refused(setting, size):
    with pytest.raises(SettingError, match=f"^{setting}: expected a whole number from 1 to"):
        Conv1D(**{"filters": 2, "kernel_size": 3, setting: size})


def test_other_bad_settings_are_refused_by_name():
    with pytest.raises(SettingError, match=r"^padding: expected valid or same or causal, found 'full'"):
        Conv1D(2, 3, padding="full")
    with pytest.raises(SettingError, match=r"^dilation_rate: expected 1 where strides are above 1, found 2"):
        Conv1D(2, 3, strides=2, dilation_rate=2)
    with pytest.raises(SettingError, match=r"^activation: expected one of"):
        Conv1D(2, 3, activation="maxout")


@pytest.mark.parametrize("shape", [(LENGTH,), (LENGTH, DIM, DIM), (3, DIM), (LENGTH, None)])
def test_inputs_that_no_kernel_fits_are_refused(shape):
    with pytest.raises(InputError, match=r"^expected inputs"):
        Conv1D(FILTERS, WIDTH).build(shape)


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_convolution_is_that_of_live_keras(gap_to_keras, drawn, padding, dtype):
    for _ in range(4):
        filters, width, step = (int(size) for size in drawn.integers((2, 1, 1), 6))
        settings = {"filters": filters, "kernel_size": width, "padding": padding}
        settings |= {str(drawn.choice(["strides", "dilation_rate"])): step, "use_bias": bool(drawn.random() < 0.7)}
        settings["activation"] = str(drawn.choice(["relu", "tanh", "sigmoid", "softmax", "linear"]))
        print(settings)
        length = int(drawn.integers((width - 1) * step + 1, 25))
        assert gap_to_keras("Conv1D", settings, (REVIEWS, length, DIM), dtype) <= ROUNDING[dtype]


@pytest.mark.keras
@pytest.mark.parametrize(
    ("settings", "owner", "name", "rule"),
    [
        ({"padding": "same"}, Windows, "added", lambda self, length: (2, 1)),
        ({"padding": "causal"}, Windows, "added", lambda self, length: (0, 3)),
        (
            {},
            GlorotUniform,
            "__call__",
            lambda self, shape, *given: DRAWN(self, shape[1:], *given).expand(shape),
        ),
        (
            {},
            GlorotUniform,
            "__call__",
            lambda self, shape, *given: DRAWN(self, shape[::-1], *given).permute(2, 1, 0),
        ),
        ({}, Conv1D, "logits", lambda self, inputs: _true_convolution(self, inputs)),
    ],
    ids=["odd step in front", "causal behind", "fans without width", "torch's order", "mirrored kernel"],
)
def test_convolution_of_another_rule_is_not_kerass(gap_to_keras, monkeypatch, settings, owner, name, rule):
    settings = {"filters": FILTERS, "kernel_size": WIDTH, **settings}
    assert gap_to_keras("Conv1D", settings, (REVIEWS, LENGTH, DIM)) <= ROUNDING["float64"]
    monkeypatch.setattr(owner, name, rule)
    assert gap_to_keras("Conv1D", settings, (REVIEWS, LENGTH, DIM)) > 1e-3


def _true_convolution(layer, vectors):
    windows = [vectors[:, step : step + WIDTH, :, None] for step in range(LENGTH - WIDTH + 1)]
    return torch.stack([(window * layer.kernel.flip(0)).sum((1, 2)) for window in windows], dim=1) + layer.bias
