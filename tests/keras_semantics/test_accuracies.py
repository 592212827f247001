"""The accuracies by hand, and against Keras itself."""

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.accuracies import (
    ACCURACIES,
    Accuracy,
    accuracy,
    binary_accuracy,
    metric_from_config,
    metrics_from_config,
)
from lit_sentiment.keras_semantics.losses import Loss

OUTPUTS = torch.tensor([[0.9, 0.8, 0.1], [0.5, 0.4, 0.5], [0.2, 0.6, 0.7], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize("labels", [(4,), (4, 1)])
def test_accuracy_of_one_output_is_of_those_above_a_half(labels):
    outputs = torch.tensor([[0.7], [0.5], [0.2], [1.0]])
    figures = accuracy(outputs, torch.tensor([1, 1, 0, 0]).reshape(labels))
    assert figures.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("labels", [(4,), (4, 1)])
def test_accuracy_of_classes_is_of_the_first_largest_output(labels):
    figures = accuracy(OUTPUTS, torch.tensor([0, 2, 2, 0]).reshape(labels))
    assert figures.tolist() == [1, 0, 1, 1]


def test_accuracy_of_several_sigmoids_compares_the_largest():
    """One would expect a share of the labels."""
    labels = torch.tensor([[1, 1, 0], [1, 1, 1], [0, 1, 1], [0, 0, 1]])
    assert accuracy(OUTPUTS, labels, Loss("binary_crossentropy")).tolist() == [1, 1, 0, 0]
    assert binary_accuracy(OUTPUTS, labels).tolist() == pytest.approx([1, 0, 1, 2 / 3])


def test_threshold_passes_through_float32():
    just_above = torch.tensor([[0.3 + 1e-12]], dtype=torch.float64)
    assert just_above > 0.3
    assert binary_accuracy(just_above, torch.ones(1), threshold=0.3).item() == 0


@pytest.mark.parametrize(
    ("name", "outputs", "labels"),
    [
        ("binary_accuracy", (4, 3), (4,)),
        ("accuracy", (4, 1), (4, 3)),
        ("accuracy", (4, 3), (5,)),
        ("categorical_accuracy", (4, 3), (4,)),
        ("sparse_categorical_accuracy", (4, 3), (4, 3)),
    ],
)
def test_labels_of_another_shape_are_refused(name, outputs, labels):
    with pytest.raises(InputError, match=r"^labels: expected .* outputs of shape .*, found of shape "):
        ACCURACIES[name](torch.rand(outputs), torch.ones(labels))


def keras_3(kind, **settings):
    return {"module": "keras.metrics", "class_name": kind, "config": settings, "registered_name": None}


def keras_2_wrapper(name, function):
    return {"class_name": "MeanMetricWrapper", "config": {"name": name, "dtype": "float32", "fn": function}}


@pytest.mark.parametrize(
    ("value", "metric"),
    [
        *((name, Accuracy("accuracy", name)) for name in ("accuracy", "acc", "Accuracy", "ACC")),
        ("binary_accuracy", Accuracy("binary_accuracy", "binary_accuracy")),
        ("BinaryAccuracy", Accuracy("binary_accuracy", "BinaryAccuracy")),
        ("categorical_accuracy", Accuracy("categorical_accuracy", "categorical_accuracy")),
        (
            {"module": "builtins", "class_name": "function", "config": "sparse_categorical_accuracy"},
            Accuracy("sparse_categorical_accuracy", "sparse_categorical_accuracy"),
        ),
        (
            keras_3("BinaryAccuracy", name="mine", dtype="float32", threshold=0.3),
            Accuracy("binary_accuracy", "mine", 0.3),
        ),
        (keras_3("CategoricalAccuracy"), Accuracy("categorical_accuracy", "categorical_accuracy")),
        (keras_2_wrapper("accuracy", "binary_accuracy"), Accuracy("binary_accuracy", "accuracy")),
        (keras_2_wrapper("acc", "sparse_categorical_accuracy"), Accuracy("sparse_categorical_accuracy", "acc")),
    ],
)
def test_metric_of_a_config_is_read(value, metric):
    assert metric_from_config(value) == metric
    assert metrics_from_config([[value]]) == metrics_from_config({"dense": value}) == [metric]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        *(
            (value, "^expected a metric of accuracy, .*, found ")
            for value in ("auc", None, 3, {"class_name": "accuracy"})
        ),
        (keras_3("AUC", num_thresholds=200), "^expected a metric of .*, found AUC"),
        (keras_3("Accuracy", name="accuracy"), "^expected a metric of .*, found Accuracy"),
        (keras_2_wrapper("mine", "my_metric"), "^expected a metric of .*, found MeanMetricWrapper"),
        ({**keras_3("BinaryAccuracy"), "module": "mine"}, "^expected a metric of "),
        (keras_3("BinaryAccuracy", threshold="high"), "^threshold: expected a number, found"),
        (keras_3("CategoricalAccuracy", threshold=0.3), "^threshold: expected none for categorical_accuracy, found"),
        (keras_3("BinaryAccuracy", k=5), "^expected no setting but .*, found k 5"),
    ],
)
def test_other_metric_is_refused(value, message):
    with pytest.raises(InputError, match=message):
        metric_from_config(value)


def test_no_metrics_are_none():
    assert metrics_from_config(None) == metrics_from_config([]) == metrics_from_config([[]]) == []


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("outputs", "labels"),
    [((24, 1), (24,)), ((24, 1), (24, 1)), ((24, 3), (24,)), ((24, 3), (24, 1)), ((24, 3), (24, 3))],
)
def test_accuracy_equals_live_keras(keras, outputs, labels, dtype):
    keras.config.set_floatx(dtype)
    rng = np.random.default_rng(3)
    classes = 2 if outputs[1] == 1 or labels == (24, 3) else 3
    outputs = rng.integers(5, size=outputs).astype(dtype) / 4  # with ties and exact halves
    labels = rng.integers(classes, size=labels)
    ours = accuracy(torch.from_numpy(outputs), torch.from_numpy(labels))
    compiled = keras.src.trainers.compile_utils.CompileMetrics(["acc"], None)
    compiled.update_state(labels, keras.ops.convert_to_tensor(outputs))
    assert ours.mean().item() == pytest.approx(float(compiled.result()["acc"]), rel=1e-6)


@pytest.mark.keras
def test_metrics_equal_live_keras(keras):
    rng = np.random.default_rng(5)
    outputs = rng.integers(5, size=(24, 3)).astype("float32") / 4
    many, classes = rng.integers(2, size=(24, 3)), rng.integers(3, size=24)
    metrics = {
        keras.metrics.BinaryAccuracy(threshold=0.25): many,
        keras.metrics.CategoricalAccuracy(): many,
        keras.metrics.SparseCategoricalAccuracy(name="mine"): classes,
    }
    for theirs, labels in metrics.items():
        ours = metric_from_config(keras.saving.serialize_keras_object(theirs))
        assert ours.name == theirs.name
        figure = ours(torch.from_numpy(outputs), torch.from_numpy(labels)).mean().item()
        assert figure == pytest.approx(float(theirs(labels, outputs)), rel=1e-6)
