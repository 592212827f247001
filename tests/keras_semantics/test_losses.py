"""The losses against closed forms, and against Keras itself where they are delicate."""

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.losses import LOSSES, Loss, loss_config, loss_from_config

EPSILON = 1e-7
CLASSES = 3
LOGITS = torch.tensor([[0.3, -1.2, 2.1], [0.0, 0.0, 0.0], [4.0, -3.0, 0.5], [-0.7, 0.2, 0.9]], dtype=torch.float64)
ONE_HOT = torch.eye(CLASSES, dtype=torch.float64)[[2, 0, 1, 2]]
CLASS = torch.tensor([2, 0, 1, 2])
# Sums of a few terms, in another order.
TOLERANCE = {"float32": 1e-6, "float64": 2e-15}


def test_binary_crossentropy_is_the_mean_over_outputs():
    p = torch.sigmoid(LOGITS)
    expected = -(ONE_HOT * p.log() + (1 - ONE_HOT) * (1 - p).log()).mean(-1)
    torch.testing.assert_close(LOSSES["binary_crossentropy"](p, LOGITS, ONE_HOT), expected, rtol=1e-13, atol=0)
    torch.testing.assert_close(LOSSES["binary_crossentropy"](p, None, ONE_HOT), expected, rtol=1e-13, atol=0)


@pytest.mark.parametrize("logits", [LOGITS, None], ids=["marked", "unmarked"])
def test_categorical_crossentropies_are_the_logarithm_of_the_softmax(logits):
    p = torch.softmax(LOGITS, -1)
    expected = -(ONE_HOT * p.log()).sum(-1)
    for name, labels in (
        ("categorical", ONE_HOT),
        ("sparse_categorical", CLASS),
        ("sparse_categorical", CLASS[:, None]),
    ):
        loss = LOSSES[f"{name}_crossentropy"](p, logits, labels)
        torch.testing.assert_close(loss, expected, rtol=1e-13, atol=0)


def test_mean_squared_error_is_of_the_outputs():
    loss = LOSSES["mean_squared_error"](LOGITS, LOGITS + 1, ONE_HOT)
    torch.testing.assert_close(loss, (LOGITS - ONE_HOT).square().mean(-1), rtol=1e-15, atol=0)


@pytest.mark.parametrize("label", [0.0, 1.0, 0.25])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradient_at_logits_of_zero_is_a_half_less_the_label(label, dtype):
    logits = torch.zeros(1, 1, dtype=dtype, requires_grad=True)
    LOSSES["binary_crossentropy"](torch.sigmoid(logits), logits, torch.tensor([label])).sum().backward()
    assert logits.grad.item() == 0.5 - label


def test_gradient_at_zero_of_the_formula_from_relu_and_abs_is_not_that():
    x = torch.zeros(1, requires_grad=True)
    (x.relu() - x * 1 + (-x.abs()).exp().log1p()).sum().backward()
    assert x.grad.item() == -1


def test_small_binary_loss_keeps_its_digits():
    """torch's own function gives 0: it subtracts two numbers near 20."""
    logits, labels = torch.tensor([[-20.0]]), torch.tensor([[0.0]])
    ours = LOSSES["binary_crossentropy"](torch.sigmoid(logits), logits, labels).item()
    assert ours == pytest.approx(np.log1p(np.exp(-20.0)), rel=1e-6)
    torchs = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels).item()
    assert torchs != pytest.approx(ours, rel=1e-2)


@pytest.mark.parametrize("probability", [0.0, 1e-8, 1.0, 1 - 1e-9])
def test_unmarked_probabilities_are_cut_and_have_no_gradient_outside(probability):
    p = torch.tensor([[probability]], dtype=torch.float64, requires_grad=True)
    wrong_label = torch.tensor([float(probability < 0.5)])
    loss = LOSSES["binary_crossentropy"](p, None, wrong_label)
    loss.sum().backward()
    assert loss.item() == pytest.approx(-np.log(EPSILON), rel=1e-8)
    assert p.grad.item() == 0


def test_unmarked_categorical_divides_by_the_sum_of_the_row():
    p = torch.tensor([[0.2, 0.4, 0.2], [0.0, 0.0, 0.0]], dtype=torch.float64)
    loss = LOSSES["categorical_crossentropy"](p, None, ONE_HOT[1:3])
    assert loss[0].item() == pytest.approx(np.log(4), rel=1e-14)
    assert loss[1].isnan()


def test_unmarked_sparse_categorical_goes_through_a_softmax_again():
    p = torch.tensor([[0.2, 0.4, 0.2], [0.0, 0.0, 0.0]], dtype=torch.float64)
    loss = LOSSES["sparse_categorical_crossentropy"](p, None, CLASS[1:3])
    assert loss.tolist() == pytest.approx([np.log(4), np.log(3)], rel=1e-14)


def test_gradient_of_categorical_is_softmax_less_target_for_targets_of_any_sum():
    target = torch.tensor([[1.0, 0, 1], [0, 0, 0], [0, 1, 0], [0.5, 0, 0]], dtype=torch.float64)
    logits = LOGITS.clone().requires_grad_()
    LOSSES["categorical_crossentropy"](torch.sigmoid(logits), logits, target).sum().backward()
    torch.testing.assert_close(logits.grad, torch.softmax(LOGITS, -1) - target, rtol=0, atol=1e-15)
    formula = LOGITS.clone().requires_grad_()
    (-(target * torch.log_softmax(formula, -1)).sum()).backward()
    assert (formula.grad - logits.grad).abs().max() > 0.1


@pytest.mark.parametrize("name", ["binary_crossentropy", "categorical_crossentropy"])
def test_label_smoothing_mixes_labels_with_an_even_share(name):
    share = {"binary_crossentropy": 1 / 2, "categorical_crossentropy": 1 / CLASSES}[name]
    outputs = torch.sigmoid(LOGITS)
    smoothed = Loss(name, label_smoothing=0.2)(outputs, LOGITS, ONE_HOT)
    expected = Loss(name)(outputs, LOGITS, 0.8 * ONE_HOT + 0.2 * share)
    torch.testing.assert_close(smoothed, expected, rtol=1e-14, atol=0)
    assert (smoothed - Loss(name)(outputs, LOGITS, ONE_HOT)).abs().max() > 0.01


@pytest.mark.parametrize("name", ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_from_logits_takes_the_outputs_for_logits_unless_they_are_marked(name):
    labels = CLASS if name.startswith("sparse") else ONE_HOT
    plain, from_logits = Loss(name), Loss(name, from_logits=True)
    values = LOGITS.sigmoid()
    assert torch.equal(from_logits(LOGITS, None, labels), plain(torch.sigmoid(LOGITS), LOGITS, labels))
    assert torch.equal(from_logits(LOGITS + 1, LOGITS, labels), plain(LOGITS + 1, LOGITS, labels))
    assert (from_logits(values, None, labels) - plain(values, None, labels)).abs().max() > 0.01


@pytest.mark.parametrize(
    ("outputs", "labels", "chosen"),
    [((4, 1), (4,), "binary"), ((4, 3), (4,), "sparse_categorical"), ((4, 3), (4, 3), "categorical")],
)
def test_crossentropy_is_chosen_by_the_shapes(outputs, labels, chosen):
    logits = torch.randn(outputs)
    labels = torch.ones(labels)
    expected = LOSSES[f"{chosen}_crossentropy"](torch.sigmoid(logits), logits, labels)
    assert torch.equal(LOSSES["crossentropy"](torch.sigmoid(logits), logits, labels), expected)


@pytest.mark.parametrize(
    ("name", "outputs", "labels"),
    [
        ("binary_crossentropy", (4, 3), (4,)),
        ("binary_crossentropy", (4, 1), (5,)),
        ("binary_crossentropy", (4,), (4,)),
        ("binary_crossentropy", (4, 5, 1), (4, 5, 1)),
        ("categorical_crossentropy", (4, 3), (4,)),
        ("categorical_crossentropy", (3, 3), (3,)),
        ("categorical_crossentropy", (4, 3), (4, 2)),
        ("sparse_categorical_crossentropy", (4, 3), (4, 3)),
        ("sparse_categorical_crossentropy", (4, 3), (5,)),
        ("mean_squared_error", (4, 4), (4,)),
        ("mean_squared_error", (4, 3), (4, 1)),
    ],
)
def test_labels_of_another_shape_are_refused(name, outputs, labels):
    with pytest.raises(InputError, match=r"^labels: expected .* outputs of shape .*, found of shape "):
        LOSSES[name](torch.rand(outputs), None, torch.ones(labels))


@pytest.mark.parametrize("label", [-1, 3])
def test_class_without_an_output_is_refused(label):
    with pytest.raises(InputError, match=rf"^labels: expected classes from 0 to 2 for 3 outputs, found {label}$"):
        LOSSES["sparse_categorical_crossentropy"](LOGITS, LOGITS, torch.tensor([0, 1, label, 2]))


def function(name):
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def keras_3(kind, **settings):
    return {"module": "keras.losses", "class_name": kind, "config": settings, "registered_name": None}


def keras_2(kind, **settings):
    return {"class_name": kind, "config": {"reduction": "auto", "name": "mine", **settings}}


@pytest.mark.parametrize(
    ("value", "loss"),
    [
        ("binary_crossentropy", Loss("binary_crossentropy")),
        *((name, Loss("binary_crossentropy")) for name in ("bce", "BCE", "BinaryCrossentropy")),
        *((name, Loss("mean_squared_error")) for name in ("mse", "MSE", "MeanSquaredError")),
        *((name, Loss("crossentropy")) for name in ("crossentropy", "CE")),
        (["mse"], Loss("mean_squared_error")),
        ({"dense_1": "mse"}, Loss("mean_squared_error")),
        (function("categorical_crossentropy"), Loss("categorical_crossentropy")),
        (
            keras_3("BinaryCrossentropy", name="x", reduction="mean", from_logits=False, label_smoothing=0.1, axis=-1),
            Loss("binary_crossentropy", label_smoothing=0.1),
        ),
        (
            keras_3("SparseCategoricalCrossentropy", from_logits=True, ignore_class=None),
            Loss("sparse_categorical_crossentropy", from_logits=True),
        ),
        (keras_2("CategoricalCrossentropy", from_logits=True), Loss("categorical_crossentropy", from_logits=True)),
        (keras_2("BinaryCrossentropy", fn="binary_crossentropy", label_smoothing=0), Loss("binary_crossentropy")),
        (keras_2("MeanSquaredError", fn=function("mean_squared_error")), Loss("mean_squared_error")),
    ],
)
def test_loss_of_a_config_is_read(value, loss):
    assert loss_from_config(value) == loss
    assert loss_from_config(loss_config(loss)) == loss


@pytest.mark.parametrize(
    ("value", "message"),
    [
        *((value, "^expected a loss of binary_crossentropy, .*, found ") for value in ("hinge", None, [], {}, 3)),
        *(
            (value, "^expected a loss of ")
            for value in (["mse", "mse"], {"a": "mse", "b": "mse"}, {"class_name": "mse"})
        ),
        (keras_3("Huber", delta=1.0), r"^expected a loss of .*, found Huber\(delta=1.0\)"),
        ({**keras_3("BinaryCrossentropy"), "module": "mine"}, "^expected a loss of "),
        ({**keras_3("BinaryCrossentropy"), "registered_name": "mine>BinaryCrossentropy"}, "^expected a loss of "),
        (keras_3("BinaryCrossentropy", reduction="sum"), "expected reduction to be sum_over_batch_size, found sum"),
        (keras_3("BinaryCrossentropy", reduction=None), "expected reduction to be sum_over_batch_size, found None"),
        (keras_3("CategoricalCrossentropy", axis=1), "^categorical_crossentropy: expected axis to be -1, found 1"),
        (keras_3("SparseCategoricalCrossentropy", ignore_class=0), "expected ignore_class to be None, found 0"),
        (keras_2("BinaryCrossentropy", fn="hinge"), "expected fn to be binary_crossentropy, found hinge"),
        (keras_3("BinaryCrossentropy", alpha=1), "expected no setting but .*, found alpha 1"),
        (keras_3("BinaryCrossentropy", label_smoothing=1.5), "^label_smoothing: expected a number from 0 to 1, found"),
        (keras_3("BinaryCrossentropy", from_logits="no"), "^from_logits: expected true or false, found"),
        (keras_3("SparseCategoricalCrossentropy", label_smoothing=0.1), "^label_smoothing: expected none for sparse"),
        (keras_3("MeanSquaredError", from_logits=True), "^from_logits: expected none for mean_squared_error"),
    ],
)
def test_other_loss_or_setting_is_refused(value, message):
    with pytest.raises(InputError, match=message):
        loss_from_config(value)


LABELS = {
    "binary": lambda rows, rng: (rng.random((rows, CLASSES)) > 0.5).astype("int64"),
    "categorical": lambda rows, rng: np.eye(CLASSES)[rng.integers(CLASSES, size=rows)],
    "multi-hot": lambda rows, rng: (rng.random((rows, CLASSES)) > 0.5).astype("int64"),
    "sparse": lambda rows, rng: rng.integers(CLASSES, size=rows),
    "soft": lambda rows, rng: rng.random((rows, CLASSES)),
}
CASES = [
    ("BinaryCrossentropy", "binary"),
    ("BinaryCrossentropy", "soft"),
    ("CategoricalCrossentropy", "categorical"),
    ("CategoricalCrossentropy", "multi-hot"),
    ("CategoricalCrossentropy", "soft"),
    ("SparseCategoricalCrossentropy", "sparse"),
    ("MeanSquaredError", "soft"),
]
MOST_NEGATIVE = -1e30


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("head", ["sigmoid", "softmax", "sigmoid, mark lost", "softmax, mark lost", "none"])
@pytest.mark.parametrize(("kind", "labelled"), CASES)
@pytest.mark.parametrize("settings", [{}, {"label_smoothing": 0.15}, {"from_logits": True}], ids=str)
def test_loss_and_gradient_equal_live_keras(keras, live_gradient, kind, labelled, head, dtype, settings):
    activation, _, lost = head.partition(", ")
    if kind == "MeanSquaredError" and settings:
        pytest.skip("it has no settings")
    if kind.startswith("Sparse") and "label_smoothing" in settings:
        pytest.skip("it has no label_smoothing")
    if "from_logits" in settings and head in ("sigmoid", "softmax"):
        pytest.skip("Keras warns")
    rng = np.random.default_rng(11)
    edges = [[0, 0, 0], [0, 1, -1], [40, -40, 0], [300, -300, 3], [MOST_NEGATIVE, 0, 2]]
    # Without the mark, probabilities near 1 have lost the digits of their distance to 1.
    logits = np.concatenate([edges, rng.normal(size=(14, CLASSES)) * (1 if lost else 5)]).astype(dtype)
    if head == "none" and "from_logits" not in settings:  # taken for probabilities, some of them outside [0, 1]
        logits = np.concatenate([[[0, 0, 0], [0, 0, 1], [1, 1, 1], [1.5, 0, -0.2]], rng.random((9, CLASSES))]).astype(
            dtype
        )
    labels = LABELS[labelled](len(logits), rng)

    def theirs(x):
        outputs = x if activation == "none" else keras.activations.get(activation)(x)
        outputs = keras.ops.reshape(outputs, outputs.shape) if lost else outputs
        return getattr(keras.losses, kind)(reduction="none", **settings)(labels, outputs)

    x = torch.from_numpy(logits).requires_grad_()
    outputs = {"sigmoid": torch.sigmoid, "softmax": lambda x: torch.softmax(x, -1), "none": lambda x: x}[activation](x)
    marked = x if activation != "none" and not lost else None
    loss = loss_from_config(keras_3(kind, **settings))(outputs, marked, torch.from_numpy(labels))
    loss.sum().backward()
    value, gradient = live_gradient(theirs, logits)
    assert value.dtype == dtype
    np.testing.assert_allclose(loss.detach().numpy(), value, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    np.testing.assert_allclose(x.grad.numpy(), gradient, rtol=10 * TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.keras
def test_configs_of_live_keras_are_read(keras):
    given = {
        "bce": Loss("binary_crossentropy"),
        keras.losses.binary_crossentropy: Loss("binary_crossentropy"),
        keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1): Loss("binary_crossentropy", True, 0.1),
        keras.losses.SparseCategoricalCrossentropy(): Loss("sparse_categorical_crossentropy"),
        keras.losses.MeanSquaredError(): Loss("mean_squared_error"),
    }
    for theirs, ours in given.items():
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", theirs)
        assert loss_from_config(model.get_compile_config()["loss"]) == ours
        assert keras.losses.get(loss_config(ours)) is not None
