"""Keras itself, and a layer in both libraries, for the tests that compare with it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightning
import numpy as np
import pytest
import torch

from lit_sentiment import keras_semantics
from lit_sentiment.data.batches import Batches, epoch_order
from lit_sentiment.keras_semantics.layer_stack import keras_variables
from lit_sentiment.keras_semantics.layers import LAYERS
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.training.history_recorder import HistoryRecorder

TRAIN, VALIDATION, LENGTH, VOCAB, DIM, BATCH, EPOCHS = 53, 17, 9, 23, 6, 12, 3

TOLERANCE = 1e-9
"""Of a training of fifteen steps in float64."""


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


def reviews(seed):
    """Token ids with padding in front, behind and in between, some of them nothing but padding; and labels."""
    rng = np.random.default_rng(seed)
    x = rng.integers(1, VOCAB, (TRAIN + VALIDATION, LENGTH)).astype("int32")
    y = (rng.normal(size=VOCAB)[x].sum(1) > 0).astype("int32")
    steps, words = np.arange(LENGTH), rng.integers(0, LENGTH, (len(x), 1))
    x[0::3][steps < words[0::3]] = 0
    x[1::3][steps >= words[1::3]] = 0
    x[2::3][rng.random(x[2::3].shape) < 0.4] = 0
    x[::7] = 0
    return (x[:TRAIN], y[:TRAIN]), (x[TRAIN:], y[TRAIN:])


@dataclass
class TrainBoth:
    """Trains layers between an embedding with `mask_zero` and a dense layer in both libraries, and compares."""

    keras: Any
    seed: int

    def __call__(self, listing: Callable[[Any], list[Any]]) -> None:
        """Compare curves, weights, a prediction afterwards, the generators and what is left of Python's `random`."""
        (x, y), validation = reviews(self.seed)
        theirs = self._stack(self.keras, listing)
        model = self.keras.Sequential(theirs)
        model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
        curves = model.fit(x, y, BATCH, EPOCHS, validation_data=validation, verbose=0).history
        probabilities = model.predict(validation[0], BATCH, verbose=0)[:, 0]
        following = random.random()

        order = epoch_order(TRAIN, "keras")
        ours = SentimentModel(self._stack(keras_semantics, listing))
        recorder = HistoryRecorder()
        trainer = lightning.Trainer(
            max_epochs=EPOCHS,
            accelerator="cpu",
            precision="64-true",
            callbacks=[recorder],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        held_out = Batches(*map(torch.as_tensor, validation), BATCH)
        trainer.fit(ours, Batches(torch.as_tensor(x), torch.as_tensor(y), BATCH, order), held_out)
        ours.eval()
        with torch.no_grad():
            our_probabilities = torch.cat([torch.sigmoid(ours(token_ids)) for token_ids, _ in held_out])

        for figure, curve in curves.items():
            assert np.abs(np.subtract(recorder.history.curves[figure], curve)).max() <= TOLERANCE, figure
        for (path, values), weight in zip(keras_variables(ours.layers), model.weights, strict=True):
            assert np.abs(values.numpy() - np.asarray(weight)).max() <= TOLERANCE, path
        assert np.abs(our_probabilities.numpy() - probabilities).max() <= TOLERANCE
        assert self._states(ours) == self._states_of_keras(model)
        assert random.random() == following

    def _stack(self, keras: Any, listing: Callable[[Any], list[Any]]) -> list[Any]:
        lightning.seed_everything(self.seed, verbose=False)
        if keras is not keras_semantics:
            keras.utils.set_random_seed(self.seed)
        embedding = keras.layers.Embedding(VOCAB, DIM, mask_zero=True)
        return [embedding, *listing(keras), keras.layers.Dense(1, activation="sigmoid")]

    def _states(self, model: torch.nn.Module) -> list[tuple[int, int]]:
        generators = [one.seed_generator for one in model.modules() if hasattr(one, "seed_generator")]
        return sorted(one.get_state() for one in generators)

    def _states_of_keras(self, model: Any) -> list[tuple[int, int]]:
        """Of the generators that drew; Keras has one in every recurrent layer."""
        found = [getattr(one, "seed_generator", None) for one in model._flatten_layers()]
        states = [tuple(map(int, np.asarray(one.state))) for one in found if one is not None]
        return sorted(state for state in states if state[1] > 0)


@pytest.fixture
def train_both(keras, monkeypatch):
    """Train in both libraries in float64 from a seed that is printed."""
    seed = random.SystemRandom().randrange(2**31)
    print("drawn with", seed)
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    torch.set_default_dtype(torch.float64)
    yield TrainBoth(keras, seed)
    torch.set_default_dtype(torch.float32)
