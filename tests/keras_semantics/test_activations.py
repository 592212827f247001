"""The activations against closed forms, and against Keras itself at the corners."""

import math

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.activations import ACTIVATIONS, activation_from_config, keras_2_hard_sigmoid

LOG2 = math.log(2)
# Of each activation at -7, -0.5, 0, 0.5 and 7, from its definition.
DEFINITIONS = {
    "linear": lambda x: x,
    "relu": lambda x: max(x, 0),
    "relu6": lambda x: min(max(x, 0), 6),
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "swish": lambda x: x / (1 + math.exp(-x)),
    "exponential": math.exp,
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "hard_sigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
    "gelu": lambda x: 0.5 * x * math.erfc(-x * float(np.float32(0.7071067811865476))),
    "leaky_relu": lambda x: x if x > 0 else float(np.float32(0.2)) * x,
}
POINTS = [-7.0, -0.5, 0.0, 0.5, 7.0]
# A few roundings of functions of the C library.
TOLERANCE = {np.dtype("float32"): 3e-7, np.dtype("float64"): 1e-15}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_activation_is_its_definition(name):
    ours = ACTIVATIONS[name](torch.tensor(POINTS, dtype=torch.float64))
    expected = torch.tensor([DEFINITIONS[name](x) for x in POINTS], dtype=torch.float64)
    torch.testing.assert_close(ours, expected, rtol=1e-14, atol=1e-15)


def test_softmax_is_along_the_last_axis():
    logits = torch.randn(2, 3, 5, dtype=torch.float64)
    outputs = ACTIVATIONS["softmax"](logits)
    torch.testing.assert_close(outputs.sum(-1), torch.ones(2, 3, dtype=torch.float64), rtol=0, atol=1e-15)
    torch.testing.assert_close(ACTIVATIONS["log_softmax"](logits), outputs.log(), rtol=1e-14, atol=0)


def test_every_activation_is_tested():
    assert DEFINITIONS.keys() | {"softmax", "log_softmax"} == ACTIVATIONS.keys()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("gelu", lambda x: 0.5 * x * torch.erfc(-x * 0.5**0.5)),
        ("gelu", lambda x: torch.nn.functional.gelu(x, approximate="tanh")),
        ("leaky_relu", torch.nn.functional.leaky_relu),
        ("leaky_relu", lambda x: torch.nn.functional.leaky_relu(x, 0.2)),
        ("hard_sigmoid", keras_2_hard_sigmoid),
        ("softplus", lambda x: torch.nn.functional.softplus(x, threshold=5)),
    ],
)
def test_another_rule_gives_another_value(name, other):
    x = torch.tensor(POINTS, dtype=torch.float64)
    assert (ACTIVATIONS[name](x) - other(x)).abs().max() > 1e-9


@pytest.mark.parametrize(("name", "slope"), [("relu", 0), ("elu", 1), ("selu", 1.0507009873554805), ("softsign", 1)])
def test_gradient_at_zero_is_kerass(name, slope):
    """Inputs of exactly 0 happen: a dropout that empties a row before a Dense without bias."""
    x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    ACTIVATIONS[name](x).sum().backward()
    assert x.grad.tolist() == [slope] * 3


def test_gradient_of_torchs_selu_at_zero_is_not_kerass():
    x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    torch.selu(x).sum().backward()
    assert x.grad[0] > 1.7


def test_hard_sigmoid_of_keras_2_is_steeper():
    x = torch.tensor([-3.0, -2.5, -1.0, 0.0, 1.0, 2.5, 3.0], dtype=torch.float64)
    expected = torch.tensor([0.0, 0.0, 0.3, 0.5, 0.7, 1.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(keras_2_hard_sigmoid(x), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "linear"),
        ("relu", "relu"),
        ("swish", "silu"),
        ("softmax_v2", "softmax"),
        ({"class_name": "function", "config": "gelu"}, "gelu"),
        ({"module": "builtins", "class_name": "function", "config": "swish", "registered_name": "function"}, "silu"),
        ({"module": "keras.activations", "class_name": "function", "config": "elu", "registered_name": None}, "elu"),
    ],
)
def test_activation_of_a_config_is_read(value, name):
    assert activation_from_config(value) == name


@pytest.mark.parametrize(
    "value",
    [
        *("ReLU", "sparsemax", "", 3, ["relu"], {}, {"class_name": "function"}),
        {"module": "keras.layers", "class_name": "LeakyReLU", "config": {"negative_slope": 0.1}},
        {"class_name": "relu", "config": {"alpha": 0.1}},
        {"module": "mine", "class_name": "function", "config": "relu", "registered_name": "mine>relu"},
    ],
)
def test_other_activation_is_refused(value):
    with pytest.raises(InputError, match=r"^expected an activation of linear, .*, found "):
        activation_from_config(value)


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*ACTIVATIONS, "keras_2_hard_sigmoid"])
def test_activation_and_its_gradient_equal_live_keras(keras, live_gradient, name, dtype):
    corners = [0.0, -0.0, 3.0, -3.0, 6.0, 2.5, -2.5, 20.5, -20.5, 80.0, -80.0, 1e4, -1e4, 1e-7, -1e-7]
    array = np.concatenate([corners, np.random.default_rng(7).normal(size=45) * 4]).astype(dtype).reshape(12, 5)
    if name == "exponential":
        array = np.minimum(array, 80)
    theirs = keras.activations.get(name) if name in ACTIVATIONS else _live_keras_2_hard_sigmoid
    ours = ACTIVATIONS.get(name, keras_2_hard_sigmoid)
    x = torch.from_numpy(array).requires_grad_()
    value = ours(x)
    value.sum().backward()
    for our, their in zip((value.detach().numpy(), x.grad.numpy()), live_gradient(theirs, array), strict=True):
        assert our.dtype == their.dtype == dtype
        np.testing.assert_allclose(our, their, rtol=10 * TOLERANCE[our.dtype], atol=TOLERANCE[our.dtype])


@pytest.mark.keras
def test_configs_of_live_keras_are_read(keras):
    for name in ACTIVATIONS:
        layer = keras.layers.Dense(2, activation=name)
        assert activation_from_config(layer.get_config()["activation"]) == ("silu" if name == "swish" else name)


def _live_keras_2_hard_sigmoid(x):
    import tensorflow as tf

    return tf.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)  # Keras 2.15, backend.py
