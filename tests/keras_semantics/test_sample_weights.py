"""Class and sample weights by hand, and against `fit` of Keras itself."""

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.losses import Loss
from lit_sentiment.keras_semantics.sample_weights import require_class_weight, weighted, weights_of_classes

CLASS_WEIGHT = {0: 0.5, 2: 3.0}
EXPECTED = [3.0, 0.5, 1.0, 0.5]


@pytest.mark.parametrize(
    "labels",
    [
        torch.tensor([2, 0, 1, 0]),
        torch.tensor([[2], [0], [1], [0]]),
        torch.tensor([1.6, 0.4, 1.4, 0.5]),  # a half is rounded to the even number
        torch.eye(3)[[2, 0, 1, 0]],
    ],
    ids=["(B,)", "(B, 1)", "rounded", "one-hot"],
)
def test_class_has_its_weight_and_others_have_one(labels):
    assert weights_of_classes(labels, CLASS_WEIGHT, torch.float64).tolist() == EXPECTED


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_weighted_loss_is_the_sum_over_the_number_of_samples(shape):
    losses, weights = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor(EXPECTED, dtype=torch.float64)
    loss = weighted(losses, weights.reshape(shape))
    assert loss.dtype == losses.dtype
    assert loss.mean().item() == (3 + 1 + 3 + 2) / 4
    assert loss.mean().item() != (3 + 1 + 3 + 2) / sum(EXPECTED)


@pytest.mark.parametrize("shape", [(3,), (4, 2), (1, 4), ()])
def test_weights_of_another_shape_are_refused(shape):
    with pytest.raises(InputError, match=r"^sample_weight: expected 4 weights, found shape"):
        weighted(torch.ones(4), torch.ones(shape))


@pytest.mark.parametrize(
    ("class_weight", "sample_weight"),
    [({"0": 1.0}, None), ({0: "1"}, None), ({0.5: 1.0}, None), ({0: 1.0}, torch.ones(4))],
)
def test_class_weight_that_is_not_one_is_refused(class_weight, sample_weight):
    with pytest.raises(InputError, match=r"^class_weight: expected .*, found "):
        require_class_weight(class_weight, sample_weight)


@pytest.mark.keras
@pytest.mark.parametrize("kind", ["class_weight", "sample_weight"])
def test_weighted_loss_equals_fit_of_live_keras(keras, kind):
    keras.config.set_floatx("float64")
    rng = np.random.default_rng(2)
    inputs, labels = rng.normal(size=(11, 3)), rng.integers(3, size=11)
    weights = rng.random(11) * 2
    head = keras.layers.Dense(3, activation="softmax", kernel_initializer="identity", dtype="float64")
    model = keras.Sequential([head])  # its logits are the inputs, until the first step
    model.compile("sgd", "sparse_categorical_crossentropy")
    given = {"class_weight": CLASS_WEIGHT} if kind == "class_weight" else {"sample_weight": weights}
    history = model.fit(inputs, labels, batch_size=11, verbose=0, **given).history["loss"]
    logits, labels = torch.from_numpy(inputs), torch.from_numpy(labels)
    losses = Loss("sparse_categorical_crossentropy")(torch.softmax(logits, -1), logits, labels)
    used = (
        weights_of_classes(labels, CLASS_WEIGHT, losses.dtype) if kind == "class_weight" else torch.from_numpy(weights)
    )
    assert weighted(losses, used).mean().item() == pytest.approx(history[0], rel=1e-14)
