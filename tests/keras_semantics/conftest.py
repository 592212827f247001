"""Keras itself, and a layer in both libraries, for the tests that compare with it."""

import random

import numpy as np
import pytest
import torch

from lit_sentiment.keras_semantics.layers import LAYERS


@pytest.fixture
def keras(monkeypatch):
    """Keras on TensorFlow; its float type is float32 again afterwards."""
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    keras = pytest.importorskip("keras")
    yield keras
    keras.config.set_dtype_policy("float32")
    keras.config.set_floatx("float32")


@pytest.fixture
def live_gradient(keras):
    """Return a function of Keras tensors' value and the gradient of its sum, of a NumPy array, in graph mode."""
    import tensorflow as tf

    def live_gradient(function, array):
        @tf.function
        def both(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = function(x)
            return value, tape.gradient(value, x)

        keras.config.set_floatx(str(array.dtype))
        value, gradient = both(tf.constant(array))
        return value.numpy(), gradient.numpy()

    return live_gradient


@pytest.fixture
def drawn():
    """A numpy generator of a seed of its own, which is printed."""
    seed = random.SystemRandom().randrange(2**31)
    print("drawn with", seed)
    return np.random.default_rng(seed)


@pytest.fixture
def gap_to_keras(keras, drawn):
    """Run one layer in both libraries, from a seed alone, and return the largest difference of anything it computes.

    Weights, two calls in training and one outside it, the gradients of inputs and weights, and weights that move.
    """
    import tensorflow

    def gap_to_keras(name, settings, shape, dtype="float64", mask=False, ties=False, inputs=None):
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)
        seed = int(drawn.integers(2**31))
        inputs = drawn.normal(size=shape) if inputs is None else inputs
        inputs = (np.round(inputs) if ties else inputs).astype(dtype)
        token_mask = drawn.random(shape[:2]) < 0.6 if mask else None
        if mask:
            token_mask[:, 0] = True

        keras.utils.set_random_seed(seed)
        theirs = getattr(keras.layers, name)(**settings)
        variable, their_results = tensorflow.Variable(inputs), []
        given = {"mask": tensorflow.constant(token_mask)} if mask else {}
        for training in (True, True, False):
            with tensorflow.GradientTape() as tape:
                outputs = theirs(variable, training=training, **given)
                total = tensorflow.reduce_sum(outputs * _factors(outputs.shape, dtype))
            gradients = tape.gradient(total, [variable, *theirs.trainable_weights])
            their_results += [outputs.numpy(), *[tensorflow.convert_to_tensor(one).numpy() for one in gradients]]
            their_results += [one.numpy() for one in theirs.weights]

        random.seed(seed)
        torch.set_default_dtype(getattr(torch, dtype))
        try:
            ours = LAYERS[name](**settings)
            output_shape = ours.build(inputs.shape[1:])
        finally:
            torch.set_default_dtype(torch.float32)
        tensor, our_results = torch.from_numpy(inputs).requires_grad_(), []
        our_mask = None if token_mask is None else torch.from_numpy(token_mask)
        for training in (True, True, False):
            trained = [ours.get_parameter(one.parameter) for one in ours.variables]
            transposed = [one.transposed for one in ours.variables]
            ours.train(training)
            outputs = ours(tensor, our_mask)
            total = (outputs * torch.from_numpy(_factors(tuple(outputs.shape), dtype))).sum()
            pairs = [(w, t) for w, t in zip(trained, transposed, strict=True) if w.requires_grad]
            gradients = torch.autograd.grad(total, [tensor, *[weight for weight, _ in pairs]])
            turned = [False, *[turn for _, turn in pairs]]
            our_results += [outputs, *[one.T if turn else one for one, turn in zip(gradients, turned, strict=True)]]
            our_results += [values.clone() for _, values in ours.keras_variables()]
        assert output_shape == tuple(outputs.shape[1:])
        our_results = [one.detach().numpy() for one in our_results]
        assert [one.shape for one in our_results] == [one.shape for one in their_results]
        assert {one.dtype for one in our_results + their_results} == {np.dtype(dtype)}
        pairs = zip(our_results, their_results, strict=True)
        largest = max(np.abs(our - their).max() for our, their in pairs)
        print(f"largest difference, {name} in {dtype}: {largest:.1e}")
        return largest

    return gap_to_keras


def _factors(shape, dtype):
    """What the outputs are summed with, so that each has a gradient of its own."""
    return np.cos(np.arange(np.prod(shape))).reshape(shape).astype(dtype)
