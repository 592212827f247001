"""The three models against Keras itself, at sizes, lengths and seeds drawn anew each time."""

import random
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from lit_sentiment.keras_semantics.early_stopping import KerasEarlyStopping
from lit_sentiment.models import LISTINGS

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("all_starts_shared")]

RECORDER = Path(__file__).parents[2] / "scripts" / "record_keras_curves.py"
EPOCHS = 3
MOST_STEPS = 60

CURVE_TOLERANCE = {"float64": 1e-10, "float32": 5e-6}
"""Sixty steps of rounding, and room for trainings that let it grow; measured over 48 draws: 3e-16 and 2e-7."""
WEIGHT_TOLERANCE = {"float64": 1e-10, "float32": 2e-5}
"""The same for weights, which Adam moves by 1e-3 a step whatever the size of their gradient; measured: 8e-16, 4e-7."""
FORWARD_TOLERANCE = {"float64": 1e-14, "float32": 2e-6}
"""Sums of up to a hundred products, over up to seventeen steps of the LSTM; measured: 1.2e-16 and 4.2e-7."""


@pytest.fixture(scope="module")
def listings():
    """The Keras listings, and how they are compiled."""
    pytest.importorskip("keras")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(RECORDER.parent)
        recorder = runpy.run_path(str(RECORDER))
    keras = recorder["keras"]
    yield recorder
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


@pytest.fixture
def draw():
    """Draw sizes of a model, its arrays and a training, all from one printed seed."""

    def draw(name):
        seed = random.SystemRandom().randrange(2**31)
        print("drawn with", seed)
        rng = np.random.default_rng(seed)
        units = [int(size) for size in rng.choice(np.arange(2, 25), 3, replace=False)]
        settings = {"vocab_size": int(rng.integers(10, 200)), "embedding_dim": units[0], "units": units[1]}
        if name == "DropoutLSTM":
            settings |= {"units": units[1:], "dropout": [round(float(rate), 2) for rate in rng.uniform(0.05, 0.8, 2)]}
        if name == "L2LSTM":
            settings["l2"] = round(float(10 ** rng.uniform(-4, -1)), 6)
        batch_size = int(rng.integers(5, 33))
        train = int(rng.integers(batch_size + 1, MOST_STEPS // EPOCHS * batch_size))
        validation, length = int(rng.integers(3, 80)), int(rng.integers(2, 18))
        x = rng.integers(0, settings["vocab_size"], (train + validation, length)).astype("int32")
        x[np.arange(length) < rng.integers(0, length, (len(x), 1))] = 0
        y = (rng.normal(size=settings["vocab_size"])[x].sum(1) > 0).astype("int32")
        training = {"batch_size": batch_size, "seed": int(rng.integers(2**32))}
        return settings, (x[:train], y[:train]), (x[train:], y[train:]), training

    return draw


def in_kerass_layout(model, of=torch.Tensor.detach):
    """Of the embedding; kernel, recurrent kernel and bias of each LSTM; kernel and bias of the dense layer."""
    embedding, *lstms, dense = [layer for layer in model.layers if list(layer.parameters())]
    matrices = [of(embedding.weight)]
    for lstm in lstms:
        matrices += [of(lstm.weight_ih_l0).T, of(lstm.weight_hh_l0).T, of(lstm.bias_ih_l0)]
    return [*matrices, of(dense.weight).T, of(dense.bias)]


def copy_weights(theirs, ours):
    for weight, values in zip(in_kerass_layout(ours), theirs.get_weights(), strict=True):
        weight.copy_(torch.from_numpy(values))


def gap(ours, theirs):
    return max(np.abs(np.asarray(our) - np.asarray(their)).max() for our, their in zip(ours, theirs, strict=True))


@pytest.fixture
def built(listings):
    """One model in both libraries, with Keras's weights."""

    def built(name, settings, seed, dtype, x):
        theirs = listings["compiled"](name, settings, seed, dtype)
        theirs.build(x.shape)
        torch.set_default_dtype(getattr(torch, dtype))
        try:
            ours = LISTINGS[name](**settings)
        finally:
            torch.set_default_dtype(torch.float32)
        copy_weights(theirs, ours)
        return theirs, ours

    return built


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LISTINGS)
def test_same_weights_give_the_same_probabilities_and_gradients(listings, draw, built, name, dtype):
    tensorflow = listings["tf"]
    settings, (x, y), _, training = draw(name)
    settings["dropout"] = [0.0, 0.0]
    if name != "DropoutLSTM":
        del settings["dropout"]
    theirs, ours = built(name, settings, training["seed"], dtype, x)

    with tensorflow.GradientTape() as tape:
        probabilities = theirs(x, training=True)
        their_loss = theirs.compute_loss(x, y[:, None], probabilities)
    their_gradients = [tensorflow.convert_to_tensor(g) for g in tape.gradient(their_loss, theirs.trainable_variables)]

    logits = ours(torch.from_numpy(x))
    data_loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(y).to(logits.dtype))
    penalty = ours.penalty()
    loss = data_loss if penalty is None else data_loss + penalty
    loss.backward()
    our_gradients = in_kerass_layout(ours, of=lambda weight: weight.grad.to_dense())

    tolerance = FORWARD_TOLERANCE[dtype]
    assert gap([torch.sigmoid(logits).detach()], [probabilities.numpy()[:, 0]]) <= tolerance
    assert abs(loss.item() - float(their_loss)) <= tolerance
    assert gap(our_gradients, their_gradients) <= tolerance
    assert gap([torch.sigmoid(logits).detach().flip(0)], [probabilities.numpy()[:, 0]]) > 10 * tolerance


@pytest.mark.parametrize("attempt", [1, 2])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LISTINGS)
def test_whole_training_is_that_of_keras(listings, draw, train, name, dtype, attempt):
    settings, (x, y), validation, training = draw(name)
    model = listings["compiled"](name, settings, training["seed"], dtype)
    theirs = model.fit(
        x, y, validation_data=validation, epochs=EPOCHS, batch_size=training["batch_size"], verbose=0
    ).history
    our_model, ours = train(name, settings, x, y, validation, epochs=EPOCHS, dtype=dtype, **training)
    for figure, curve in theirs.items():
        # In float32 a probability may lie so near to one half that it is counted on the other side.
        flip = 1 / len(validation[1]) if "accuracy" in figure and dtype == "float32" else 0
        assert gap([ours[figure]], [curve]) <= CURVE_TOLERANCE[dtype] + flip, figure
    assert gap(in_kerass_layout(our_model), model.get_weights()) <= WEIGHT_TOLERANCE[dtype]


def test_another_seed_is_another_training(listings, draw, train):
    settings, (x, y), validation, training = draw("BaselineLSTM")
    model = listings["compiled"]("BaselineLSTM", settings, training["seed"], "float64")
    theirs = model.fit(
        x, y, validation_data=validation, epochs=EPOCHS, batch_size=training["batch_size"], verbose=0
    ).history
    training["seed"] = (training["seed"] + 1) % 2**32
    _, ours = train("BaselineLSTM", settings, x, y, validation, epochs=EPOCHS, dtype="float64", **training)
    assert gap([ours["val_loss"]], [theirs["val_loss"]]) > 1000 * CURVE_TOLERANCE["float64"]


def test_early_stopping_ends_with_the_weights_of_keras(listings, draw, train, ingredients):
    """The third listing as it is meant: stopped early, best weights restored."""
    keras = listings["keras"]
    settings, (x, y), validation, training = draw("L2LSTM")
    model = listings["compiled"]("L2LSTM", settings, training["seed"], "float64")
    stopper = keras.callbacks.EarlyStopping("val_accuracy", patience=1, restore_best_weights=True, mode="max")
    theirs = model.fit(
        x,
        y,
        validation_data=validation,
        epochs=EPOCHS,
        batch_size=training["batch_size"],
        callbacks=[stopper],
        verbose=0,
    ).history
    our_stopper = KerasEarlyStopping("val_accuracy", patience=1, restore_best_weights=True, mode="max")
    our_model, ours = train(
        "L2LSTM",
        settings,
        x,
        y,
        validation,
        epochs=EPOCHS,
        dtype="float64",
        ingredients=ingredients(callbacks=[our_stopper]),
        **training,
    )
    assert len(ours["loss"]) == len(theirs["loss"])
    assert our_stopper.best_epoch == stopper.best_epoch
    assert gap(in_kerass_layout(our_model), model.get_weights()) <= WEIGHT_TOLERANCE["float64"]
