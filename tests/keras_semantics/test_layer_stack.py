"""What a stack hands from layer to layer: masks, and the mark of logits."""

import pytest
import torch
from torch import nn

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics import layers as ours
from lit_sentiment.keras_semantics.layer_stack import LayerStack, layer_names
from lit_sentiment.keras_semantics.layers import (
    Activation,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Softmax,
)

REVIEWS, LENGTH, VOCAB, DIM = 3, 5, 11, 4

KEPT = {
    "sigmoid": (lambda keras: [keras.Dense(1, activation="sigmoid")], (True, True)),
    "softmax": (lambda keras: [keras.Dense(3, activation="softmax")], (True, True)),
    "Activation": (lambda keras: [keras.Dense(1), keras.Activation("sigmoid")], (True, True)),
    "Softmax": (lambda keras: [keras.Dense(3), keras.Softmax()], (True, True)),
    "linear": (lambda keras: [keras.Dense(1, activation="sigmoid"), keras.Activation("linear")], (True, True)),
    "Dropout(0)": (lambda keras: [keras.Dense(1, activation="sigmoid"), keras.Dropout(0)], (True, True)),
    "Dropout": (lambda keras: [keras.Dense(1, activation="sigmoid"), keras.Dropout(0.5)], (False, True)),
    "GaussianNoise": (lambda keras: [keras.Dense(1, activation="sigmoid"), keras.GaussianNoise(0.5)], (False, True)),
    "Flatten": (lambda keras: [keras.Dense(1, activation="sigmoid"), keras.Flatten()], (False, False)),
    "Dense": (lambda keras: [keras.Dense(2, activation="sigmoid"), keras.Dense(1)], (False, False)),
    "relu": (lambda keras: [keras.Dense(1, activation="relu")], (False, False)),
    "no activation": (lambda keras: [keras.Dense(1)], (False, False)),
    "BatchNormalization": (
        lambda keras: [keras.Dense(1, activation="sigmoid"), keras.BatchNormalization()],
        (False, False),
    ),
    "twice": (lambda keras: [keras.Dense(2, activation="sigmoid"), keras.Activation("softmax")], (True, True)),
}
"""Whether the mark is there at the end of a stack: in training, outside it."""


class MaskedEmbedding(Embedding):
    """The padding is masked."""

    def output_mask(self, inputs, mask):
        return inputs != 0


def token_ids():
    return torch.tensor([[0, 0, 1, 5, 10], [0, 1, 4, 4, 9], [0, 0, 0, 0, 2]])


def stack(*layers, **settings):
    return LayerStack([Embedding(VOCAB, DIM), GlobalAveragePooling1D(), *layers], **settings)


@pytest.mark.parametrize("name", KEPT)
def test_mark_of_logits_is_followed_to_the_end(name):
    ending, kept = KEPT[name]
    layers = stack(*ending(ours))
    for training, expected in zip((True, False), kept, strict=True):
        outputs, logits = layers.train(training)(token_ids())
        assert (logits is not None) == expected
        assert outputs.shape[0] == REVIEWS


@pytest.mark.keras
@pytest.mark.parametrize("name", KEPT)
def test_mark_of_logits_is_where_live_keras_has_it(keras, name):
    ending, kept = KEPT[name]
    pooled = [keras.layers.Embedding(VOCAB, DIM), keras.layers.GlobalAveragePooling1D()]
    model = keras.Sequential([*pooled, *ending(keras.layers)])
    for training, expected in zip((True, False), kept, strict=True):
        assert hasattr(model(token_ids().numpy(), training=training), "_keras_logits") == expected


def test_logits_are_those_behind_the_last_activation():
    layers = stack(Dense(3), Activation("softmax"), Activation("linear"))
    outputs, logits = layers(token_ids())
    torch.testing.assert_close(outputs, logits.softmax(-1))
    assert torch.equal(layers.logits(token_ids()), logits)


@pytest.mark.parametrize("last", [Dense(1), nn.Linear(DIM, 1)])
def test_outputs_of_a_last_layer_without_activation_are_logits(last):
    layers = stack(last)
    outputs, logits = layers(token_ids())
    assert logits is None
    assert torch.equal(layers.logits(token_ids()), outputs)


@pytest.mark.parametrize("name", ["Dropout", "GaussianNoise", "Flatten", "BatchNormalization", "relu"])
def test_logits_that_are_lost_are_refused(name):
    layers = stack(*KEPT[name][0](ours)).train()
    with pytest.raises(
        InputError, match=f"^expected a model that ends in .*{layer_names(layers)[-1]}, loses the logits"
    ):
        layers.logits(token_ids())


def test_mask_goes_on_to_the_layer_that_takes_it():
    masked = LayerStack([MaskedEmbedding(VOCAB, DIM), Dropout(0.5), Dense(2), GlobalAveragePooling1D()]).eval()
    words, _, dense, _ = masked
    expected = torch.stack([dense(words(row[row != 0])).mean(0) for row in token_ids()])
    torch.testing.assert_close(masked(token_ids())[0], expected)


def test_mask_ends_at_a_layer_that_loses_it():
    masked = LayerStack([MaskedEmbedding(VOCAB, DIM), Conv1D(2, 3, padding="same"), GlobalAveragePooling1D()])
    words, convolution, _ = masked
    with pytest.warns(UserWarning, match="Conv1D takes no mask"):
        outputs, _ = masked(token_ids())
    torch.testing.assert_close(outputs, convolution(words(token_ids())).mean(1))


def test_flat_inputs_need_a_known_length():
    layers = LayerStack([Embedding(VOCAB, DIM), Flatten(), Dense(2)], input_shape=(LENGTH,))
    assert layers(token_ids())[0].shape == (REVIEWS, *layers.output_shape) == (REVIEWS, 2)
    with pytest.raises(InputError, match=r"^dense: expected inputs of a known last size, found any: give the model"):
        LayerStack([Embedding(VOCAB, DIM), Flatten(), Dense(2)])


def test_layer_that_cannot_be_built_is_named():
    with pytest.raises(InputError, match=r"^softmax_1: axis: expected an axis of inputs that have 2, found 2"):
        stack(Softmax(), Softmax(axis=2))
