"""A training that Keras began and saved, gone on with here and in Keras."""

import random

import numpy as np
import pytest
import torch

from lit_sentiment.data.review_data import EncodedReviews
from lit_sentiment.keras_semantics.layer_stack import keras_variables
from lit_sentiment.models import KerasSequential
from lit_sentiment.reference.keras_run import KerasRun

pytestmark = [
    pytest.mark.keras,
    pytest.mark.usefixtures("all_starts_shared"),
    pytest.mark.filterwarnings("ignore"),
]

VOCAB, LENGTH, REVIEWS, VALIDATION, BATCH = 23, 9, 70, 29, 16
TOLERANCE = 1e-12
"""Of curves and weights after five steps in float64; measured: 2e-16."""
MISS = 1e-5
"""What another state is off at least."""

OPTIMIZERS = {
    "Adam": {},
    "Adam amsgrad": {"amsgrad": True, "learning_rate": 0.004},
    "AdamW": {"weight_decay": 0.02},
    "RMSprop": {},
    "RMSprop momentum": {"momentum": 0.4, "centered": True},
    "SGD": {"learning_rate": ("ExponentialDecay", 0.2, 3, 0.6)},
    "SGD momentum": {"momentum": 0.7, "nesterov": True},
    "Nadam": {"clipnorm": 0.5},
    "Adagrad": {"learning_rate": 0.03},
    "Adam scheduled": {"learning_rate": ("ExponentialDecay", 0.01, 3, 0.6)},
}


@pytest.fixture
def reviews():
    seed = random.SystemRandom().randrange(2**31)
    print("drawn with", seed)
    rng = np.random.default_rng(seed)
    x = rng.integers(1, VOCAB, (REVIEWS + VALIDATION, LENGTH)).astype("int32")
    y = (rng.normal(size=VOCAB)[x].sum(1) > 0).astype("int32")
    return seed, (x[:REVIEWS], y[:REVIEWS]), (x[REVIEWS:], y[REVIEWS:])


@pytest.fixture
def trained(keras, reviews, tmp_path):
    """Let Keras train an epoch, save the model, load it and train another; return the file, weights and curves."""

    def trained(optimizer):
        seed, train, validation = reviews
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")
        keras.utils.set_random_seed(seed)
        kind, settings = optimizer.split()[0], dict(OPTIMIZERS[optimizer])
        match settings.get("learning_rate"):
            case (schedule, *arguments):
                settings["learning_rate"] = getattr(keras.optimizers.schedules, schedule)(*arguments)
        layers = keras.layers
        model = keras.Sequential(
            [
                keras.Input((LENGTH,), dtype="int32"),
                layers.Embedding(VOCAB, 5, embeddings_regularizer="l2" if settings.get("centered") else None),
                layers.BatchNormalization(),
                layers.Bidirectional(layers.LSTM(4, return_sequences=True, dropout=0.2)),
                layers.Dense(8, trainable=False),
                layers.GRU(3),
                layers.Dropout(0.3),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        model.compile(getattr(keras.optimizers, kind)(**settings), "binary_crossentropy", metrics=["accuracy"])
        model.fit(*train, batch_size=BATCH, verbose=0)
        model.save(tmp_path / "model.keras")
        keras.utils.set_random_seed(seed + 1)
        again = keras.saving.load_model(tmp_path / "model.keras")
        curves = again.fit(*train, validation_data=validation, batch_size=BATCH, verbose=0).history
        return tmp_path / "model.keras", again, curves

    return trained


@pytest.fixture
def gap(train, reviews, ingredients):
    """Train an epoch here, from a file, and return the largest difference to what Keras trained."""

    def gap(file, theirs, their_curves, weights="continue", mend=lambda model: None):
        seed, (x, y), validation = reviews

        def model_class(**_):
            return KerasSequential(str(file), VOCAB, LENGTH, weights=weights, built="from_config")

        with_mend = ingredients(model_class=model_class, mend_model=mend)
        ours, curves = train(None, {}, x, y, validation, BATCH, 1, seed + 1, "float64", with_mend)
        pairs = zip([values.numpy() for _, values in keras_variables(ours.layers)], theirs.get_weights(), strict=True)
        gaps = [np.abs(our - their).max() for our, their in pairs]
        gaps += [np.abs(np.subtract(curves[name], values)).max() for name, values in their_curves.items()]
        print(f"largest difference, {weights}: {max(gaps):.1e}")
        return max(gaps)

    return gap


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_goes_on_as_in_keras(trained, gap, optimizer):
    theirs = trained(optimizer)
    assert gap(*theirs) <= TOLERANCE
    assert gap(*theirs, weights="keep") > MISS, "the optimiser begins anew"


def test_training_with_one_step_more_or_another_moment_is_not_kerass(trained, gap):
    theirs = trained("Adam")

    def one_step_more(model):
        model.optimizer_state[0] = model.optimizer_state[0] + 1

    def another_moment(model):
        model.optimizer_state[-2] = 2 * model.optimizer_state[-2]

    for mend in (one_step_more, another_moment):
        assert gap(*theirs, mend=mend) > MISS


def test_reference_begins_with_the_state_too(keras, trained, reviews, monkeypatch):
    """`reference` lets Keras go on from ours, and gets the curves of `load_model`, at another learning rate too."""
    monkeypatch.setattr("lit_sentiment.reference.keras_run.import_keras", lambda: keras)
    file, _, expected = trained("Nadam")
    seed, *data = reviews
    torch.set_default_dtype(torch.float64)
    try:
        model = KerasSequential(str(file), VOCAB, LENGTH, weights="continue")
        slower = KerasSequential(str(file), VOCAB, LENGTH, weights="continue", learning_rate=1e-5)
    finally:
        torch.set_default_dtype(torch.float32)
    training = {"seed": seed + 1, "dtype": "float64", "batch_size": BATCH, "max_epochs": 1, "early_stopping": []}
    curves = [
        KerasRun({**model.hparams, **training}, model, *(EncodedReviews(*part) for part in data)).curves()
        for model.optimizer_state in (model.optimizer_state, None)
    ]
    gaps = [max(abs(found[name][0] - expected[name][0]) for name in found) for found in curves]
    assert gaps[0] <= TOLERANCE
    assert gaps[1] > MISS
    other = KerasRun({**model.hparams, **training}, slower, *(EncodedReviews(*part) for part in data)).curves()
    assert abs(other["val_loss"][0] - expected["val_loss"][0]) > MISS
