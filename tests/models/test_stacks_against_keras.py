"""Whole trainings of stacks of every layer, from the seed alone, against live Keras."""

import random

import lightning
import numpy as np
import pytest

from lit_sentiment import keras_semantics
from lit_sentiment.keras_semantics import normalization
from lit_sentiment.keras_semantics.convolution import Conv1D
from lit_sentiment.keras_semantics.dropout import Dropout, SpatialDropout1D
from lit_sentiment.keras_semantics.early_stopping import KerasEarlyStopping
from lit_sentiment.keras_semantics.initializers import GlorotUniform
from lit_sentiment.keras_semantics.layer import Layer
from lit_sentiment.keras_semantics.layer_stack import keras_variables
from lit_sentiment.keras_semantics.layers import Embedding, GlobalMaxPooling1D
from lit_sentiment.keras_semantics.normalization import Normalization
from lit_sentiment.keras_semantics.windows import Windows
from lit_sentiment.models.sentiment_model import SentimentModel

pytestmark = [
    pytest.mark.keras,
    pytest.mark.usefixtures("all_starts_shared"),
    pytest.mark.filterwarnings("ignore:.*mask"),
]

EPOCHS, VOCAB, DIM, LENGTH, REVIEWS, VALIDATION, BATCH = 3, 23, 5, 9, 150, 41, 16

TOLERANCE = {"float64": 1e-9, "float32": 1e-4}
"""Of curves and weights after 30 steps; `pytest -m keras -rP` prints the differences."""


def convolution(keras, padding="same", **settings):
    settings = {"activation": "relu", "padding": padding, **settings}
    return [
        keras.layers.Conv1D(6, 3, **settings),
        keras.layers.MaxPooling1D(2),
        keras.layers.Conv1D(4, 2, padding="causal", dilation_rate=2, kernel_regularizer=keras.regularizers.L2(0.01)),
        keras.layers.GlobalMaxPooling1D(),
    ]


def flat(keras):
    penalty = keras.regularizers.L2(0.02)
    return [
        keras.layers.SpatialDropout1D(0.3),
        keras.layers.AveragePooling1D(2, padding="same"),
        keras.layers.Flatten(),
        keras.layers.Dense(7, activation="relu", kernel_regularizer=penalty, bias_regularizer=penalty),
        keras.layers.Dropout(0.4),
    ]


def noisy(keras):
    return [
        keras.layers.Dropout(0.3, noise_shape=(None, 1, None), seed=5),
        keras.layers.GaussianNoise(0.2),
        keras.layers.Dense(6, activation="tanh", use_bias=False),
        keras.layers.Softmax(),
        keras.layers.GlobalAveragePooling1D(),
    ]


def normalized(keras):
    penalty = keras.regularizers.L2(0.03)
    return [
        keras.layers.Conv1D(6, 2, strides=2, use_bias=False),
        keras.layers.BatchNormalization(momentum=0.8, gamma_regularizer=penalty, beta_regularizer=penalty),
        keras.layers.Activation("relu"),
        # A shift here would have no effect on what the next BatchNormalization gives, and so a gradient of rounding.
        keras.layers.LayerNormalization(center=False),
        keras.layers.GlobalMaxPooling1D(),
        keras.layers.BatchNormalization(),
    ]


def pooled(keras):
    return [keras.layers.LayerNormalization(), keras.layers.GlobalMaxPooling1D()]


def masked(keras):
    return [
        keras.layers.Dropout(0.2),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(6, activation="relu"),
        keras.layers.GlobalAveragePooling1D(),
    ]


def mask_lost(keras):
    return [keras.layers.Conv1D(4, 2, padding="same"), keras.layers.GlobalAveragePooling1D()]


def frozen(keras):
    penalty = keras.regularizers.L2(0.05)
    return [
        keras.layers.Dense(6, activation="relu", kernel_regularizer=penalty, trainable=False),
        keras.layers.Conv1D(4, 2, bias_regularizer=penalty, trainable=False),
        keras.layers.BatchNormalization(trainable=False),
        keras.layers.GlobalAveragePooling1D(keepdims=True),
        keras.layers.Flatten(),
    ]


STACKS = {stack.__name__: stack for stack in (convolution, flat, noisy, normalized, pooled, frozen, masked, mask_lost)}


class MaskedEmbedding(Embedding):
    """The padding is masked."""

    def output_mask(self, inputs, mask):
        return inputs != 0


def embedding(keras, stack):
    if "mask" not in stack:
        return keras.layers.Embedding(VOCAB, DIM)
    if keras is keras_semantics:
        return MaskedEmbedding(VOCAB, DIM)
    return keras.layers.Embedding(VOCAB, DIM, mask_zero=True)


def listing(keras, stack):
    """The layers of a model; one ends in an activation of its own, behind which nothing is lost."""
    layers = [embedding(keras, stack), *STACKS[stack](keras)]
    if stack == "noisy":
        return [*layers, keras.layers.Dense(1), keras.layers.Activation("sigmoid"), keras.layers.Activation("linear")]
    return [*layers, keras.layers.Dense(1, activation="sigmoid")]


@pytest.fixture
def draw():
    """Draw texts and a seed."""
    drawn = random.SystemRandom().randrange(2**31)
    print("drawn with", drawn)
    rng = np.random.default_rng(drawn)
    x = rng.integers(0, VOCAB, (REVIEWS + VALIDATION, LENGTH)).astype("int32")
    y = (rng.normal(size=VOCAB)[x].sum(1) > 0).astype("int32")
    return (x[:REVIEWS], y[:REVIEWS]), (x[REVIEWS:], y[REVIEWS:]), int(rng.integers(2**32))


@pytest.fixture
def gap(keras, train, draw, beyond_keras, largest_difference, ingredients):
    """Train a stack in both libraries, and return the largest difference of curves and weights."""

    def gap(stack, dtype="float64", callbacks=lambda keras: ([], []), wrong=False):
        (x, y), validation, seed = draw
        their_callbacks, our_callbacks = callbacks(keras)
        their_curves, their_weights = trained_by_keras(stack, dtype, their_callbacks)

        def model_class(**_):
            return SentimentModel(listing(keras_semantics, stack), input_shape=(LENGTH,))

        using = ingredients(model_class=model_class, callbacks=our_callbacks)
        ours, our_curves = train(None, {}, x, y, validation, BATCH, EPOCHS, seed, dtype, using)
        our_weights = [values.numpy() for _, values in keras_variables(ours.layers)]
        gap = largest_difference(dtype, our_curves, our_weights, their_curves, their_weights)
        print(f"{stack} in {dtype}: {gap:.1e}")
        if wrong:
            return gap

        def distance_when_moved(move):
            moved = trained_by_keras(stack, dtype, callbacks(keras)[0], move)
            return largest_difference(dtype, *moved, their_curves, their_weights)

        return beyond_keras(gap, TOLERANCE[dtype], distance_when_moved)

    def trained_by_keras(stack, dtype, callbacks, move=list):
        (x, y), validation, seed = draw
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)
        keras.utils.set_random_seed(seed)
        model = keras.Sequential([keras.Input((LENGTH,), dtype="int32"), *listing(keras, stack)])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        model.set_weights(move(model.get_weights()))
        settings = {"epochs": EPOCHS, "batch_size": BATCH, "verbose": 0, "callbacks": callbacks}
        return model.fit(x, y, validation_data=validation, **settings).history, model.get_weights()

    return gap


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("stack", STACKS)
def test_whole_training_is_that_of_keras(gap, stack, dtype):
    assert gap(stack, dtype) <= TOLERANCE[dtype]


def test_best_weights_come_back_with_the_moving_figures(gap):
    """The greatest loss counts as the best, so that it is not the last one's."""

    def callbacks(keras):
        settings = {"patience": 1, "restore_best_weights": True, "mode": "max"}
        return (
            [keras.callbacks.EarlyStopping("val_loss", **settings)],
            [KerasEarlyStopping("val_loss", **settings)],
        )

    assert gap("normalized", callbacks=callbacks) <= TOLERANCE["float64"]


def odd_step_in_front(self, length, added=Windows.added):
    return added(self, length)[::-1]


def penalties_of_all(self):
    settings = {one.parameter: getattr(self, one.regularizer, None) for one in self.variables}
    return {parameter: regularizer for parameter, regularizer in settings.items() if regularizer}


def biased_moments(inputs, mask):
    vectors = inputs.flatten(0, -2)
    return vectors.mean(0), vectors.var(0, correction=0)


def unbiased_moments(inputs, mask):
    vectors = inputs.flatten(0, -2)
    return vectors.mean(0), vectors.var(0)


RULES = {
    "ties to the first": ("pooled", GlobalMaxPooling1D, "forward", lambda self, x, mask=None: x.max(1).values),
    "odd step in front": ("convolution", Windows, "added", odd_step_in_front),
    "no activation": ("convolution", Conv1D, "forward", lambda self, x, mask=None: self.logits(x)),
    "noise at every step": ("flat", SpatialDropout1D, "__init__", lambda self, rate: Dropout.__init__(self, rate)),
    "own seed ignored": (
        "noisy",
        Dropout,
        "__init__",
        lambda self, rate, noise_shape=None, seed=None, made=Dropout.__init__: made(self, rate, noise_shape),
    ),
    "unbiased variance": ("normalized", normalization, "_moments", unbiased_moments),
    "moments without the mask": ("masked", normalization, "_moments", biased_moments),
    "epsilon of torch": (
        "normalized",
        Normalization,
        "__init__",
        lambda self, axis=-1, epsilon=0, *others, made=Normalization.__init__, **more: made(
            self, axis, 1e-5, *others, **more
        ),
    ),
    "mask kept": ("mask_lost", Conv1D, "passes_mask", True),
    "penalty of frozen layers": ("frozen", Layer, "regularizers", property(penalties_of_all)),
    "frozen layers trained": ("frozen", Layer, "requires_grad_", lambda self, trained: self),
    "kernel drawn in torch's order": (
        "flat",
        GlorotUniform,
        "__call__",
        lambda self, shape, *given, drawn=GlorotUniform.__call__: drawn(self, shape[::-1], *given).T,
    ),
}
"""Name, stack, and what is replaced by what."""


@pytest.mark.parametrize("rule", RULES)
def test_training_by_another_rule_is_not_kerass(gap, monkeypatch, rule):
    stack, owner, name, replacement = RULES[rule]
    monkeypatch.setattr(owner, name, replacement)
    assert gap(stack, wrong=True) > 1e-6


def test_training_from_another_seed_is_not_kerass(gap, monkeypatch):
    seed_everything = lightning.seed_everything
    monkeypatch.setattr(lightning, "seed_everything", lambda seed, **settings: seed_everything(seed ^ 1, **settings))
    assert gap("flat", wrong=True) > 1e-3
