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
