"""Models of other layers than the listings', in and out of Keras's files, against live Keras."""

import numpy as np
import pytest
import torch

from lit_sentiment.keras_files.keras_file import read_keras_file, write_keras_file
from lit_sentiment.keras_semantics.layers import Embedding
from lit_sentiment.models import KerasSequential

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]

VOCAB, LENGTH, TOLERANCE = 17, 9, 1e-5


def masked_softmax(layers):
    wrapped = layers.GRU(3, dropout=0.2, recurrent_dropout=0.1, kernel_initializer="he_normal")
    return [layers.Bidirectional(wrapped, merge_mode="ave"), layers.Dense(3, activation="softmax")]


def convolution(layers):
    inner = [layers.SpatialDropout1D(0.3), layers.Conv1D(5, 3, activation="relu"), layers.BatchNormalization()]
    return [*inner, layers.GlobalMaxPooling1D(), layers.Dense(1), layers.Activation("sigmoid")]


def flat(layers):
    return [layers.SimpleRNN(4, return_sequences=True), layers.Flatten(), layers.Dense(2, activation="sigmoid")]


MODELS = {"masked_softmax": (masked_softmax, True), "convolution": (convolution, False), "flat": (flat, False)}
OPTIMIZERS = {"masked_softmax": "rmsprop", "convolution": "sgd", "flat": "nadam"}


@pytest.fixture(params=MODELS)
def theirs(request, keras):
    listing, mask_zero = MODELS[request.param]
    keras.utils.set_random_seed(3)

    def theirs(form):
        layers = [keras.layers.Embedding(VOCAB, 4, mask_zero=mask_zero), *listing(keras.layers)]
        outputs = inputs = keras.Input((LENGTH,), dtype="int32")
        for layer in layers:
            outputs = layer(outputs)
        model = keras.Model(inputs, outputs) if form == "functional" else keras.Sequential([inputs, *layers])
        loss = "sparse_categorical_crossentropy" if model.output_shape[-1] > 1 else "binary_crossentropy"
        model.compile(OPTIMIZERS[request.param], loss)
        model.fit(token_ids(), np.array([0, 1, 1, 0]), verbose=0)
        return model

    return theirs


def token_ids():
    return (np.arange(4 * LENGTH).reshape(4, LENGTH) * 7 % VOCAB).astype("int32")


def predicted(model):
    return model.eval().probabilities(model(torch.from_numpy(token_ids()))).detach().numpy().reshape(4, -1)


@pytest.mark.parametrize("form", ["sequential.keras", "sequential.h5", "functional.keras", "functional.json"])
def test_model_of_keras_predicts_what_keras_does(tmp_path, theirs, form):
    model, weights = theirs(form.partition(".")[0]), None
    if form.endswith(".json"):
        weights = tmp_path / "model.weights.h5"
        (tmp_path / form).write_text(model.to_json())
        model.save_weights(weights)
    else:
        model.save(tmp_path / form)
    ours = read_keras_file(tmp_path / form, weights=weights)
    expected = model.predict(token_ids(), verbose=0)
    assert type(ours) is KerasSequential
    np.testing.assert_allclose(predicted(ours), expected, rtol=0, atol=TOLERANCE)
    (embedding,) = [layer for layer in ours.layers if isinstance(layer, Embedding)]
    embedding.weight.data[3] += 0.1
    assert abs(predicted(ours) - expected).max() > TOLERANCE


def test_keras_loads_what_is_written_with_its_optimizer(tmp_path, keras, theirs):
    model = theirs("sequential")
    model.save(tmp_path / "theirs.keras")
    write_keras_file(read_keras_file(tmp_path / "theirs.keras"), tmp_path / "ours.keras")
    again = keras.saving.load_model(tmp_path / "ours.keras")
    np.testing.assert_allclose(
        again.predict(token_ids(), verbose=0), model.predict(token_ids(), verbose=0), rtol=0, atol=TOLERANCE
    )
    assert type(again.optimizer) is type(model.optimizer)
    assert again.loss == model.loss
    again.fit(token_ids(), np.array([0, 1, 1, 0]), verbose=0)
