"""Keras itself, for the tests that compare with it."""

import pytest


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
