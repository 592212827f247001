"""Activations by name, and the mark of logits."""

import pytest
import torch

from lit_sentiment.errors import SettingError
from lit_sentiment.keras_semantics.activations import ACTIVATIONS, LOGITS, activated, require_activation


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_sigmoid_and_softmax_mark_their_outputs_with_their_inputs(activation):
    inputs = torch.rand(3, 2)
    assert getattr(activated(activation, inputs), LOGITS) is inputs
    assert not hasattr(inputs, LOGITS)


@pytest.mark.parametrize("activation", [None, "linear", "relu", "tanh"])
def test_other_activations_leave_no_mark(activation):
    assert not hasattr(activated(activation, torch.rand(3, 2)), LOGITS)


@pytest.mark.parametrize("activation", [None, "linear"])
def test_linear_activation_hands_on_its_input_itself(activation):
    inputs = torch.rand(3, 2)
    assert activated(activation, inputs) is inputs


@pytest.mark.parametrize("lose", [lambda x: x * 1, lambda x: x.reshape(x.shape), lambda x: x[:], torch.Tensor.clone])
def test_every_operation_loses_the_mark(lose):
    assert not hasattr(lose(activated("sigmoid", torch.rand(3, 2))), LOGITS)


@pytest.mark.parametrize("activation", ["maxout", "Sigmoid", 3, {"class_name": "function", "config": "mine"}, ["relu"]])
def test_activation_that_is_not_here_is_refused(activation):
    with pytest.raises(SettingError, match=r"^activation: expected one of linear, .*relu, .*, found"):
        require_activation("activation", activation)


@pytest.mark.keras
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-13), ("float32", 2e-5)])
def test_activation_is_that_of_live_keras(gap_to_keras, activation, dtype, tolerance):
    assert gap_to_keras("Activation", {"activation": activation}, (5, 3, 4), dtype) <= tolerance
