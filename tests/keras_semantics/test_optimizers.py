"""All of Keras's optimisers against transcriptions of their files in NumPy, and against Keras itself."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.adam import KerasAdamW
from lit_sentiment.keras_semantics.optimizers import OPTIMIZERS, KerasRMSprop, optimizer_from_config
from lit_sentiment.keras_semantics.schedules import ExponentialDecay

STEPS = 30
ROWS, COLUMNS, ENTRIES = 7, 3, 11
"""More entries than rows, so that every step has rows that occur more than once; some rows are often left out."""
TOLERANCES = {"float32": 2e-6, "float64": 1e-14}
"""Thirty steps of rounding on weights below 4; measured against the transcriptions: 1.2e-6 and 1.8e-15."""
CLEARLY = 100
FALLING = {"learning_rate": ExponentialDecay(0.01, 7, 0.5).get_config()}

CASES = {
    "Adam": ("Adam", {}),
    "Adam, amsgrad": ("Adam", {"amsgrad": True, "beta_2": 0.6}),
    "AdamW": ("AdamW", {"weight_decay": 0.3}),
    "RMSprop": ("RMSprop", {"rho": 0.8}),
    "RMSprop, momentum": ("RMSprop", {"momentum": 0.7}),
    "RMSprop, centered": ("RMSprop", {"centered": True, "momentum": 0.3, "epsilon": 1e-4}),
    "SGD": ("SGD", {}),
    "SGD, momentum": ("SGD", {"momentum": 0.7, **FALLING}),
    "SGD, nesterov": ("SGD", {"momentum": 0.7, "nesterov": True}),
    "Nadam": ("Nadam", {}),
    "Adagrad": ("Adagrad", {"initial_accumulator_value": 0.1}),
    "clipnorm": ("Adagrad", {"clipnorm": 0.5}),
    "global_clipnorm": ("Adagrad", {"global_clipnorm": 0.5}),
    "clipvalue": ("Adagrad", {"clipvalue": 0.3}),
    "schedule": ("Nadam", {**FALLING, "weight_decay": 0.1}),
}

WRONG_RULES = [
    ("Adam, amsgrad", "the last v"),
    ("AdamW", "decay after the step"),
    ("AdamW", "decay as a gradient"),
    ("RMSprop", "epsilon outside the root"),
    ("RMSprop, centered", "not centered"),
    ("SGD, momentum", "learning rate outside the momentum"),
    ("SGD, nesterov", "not ahead"),
    ("Nadam", "no schedule of the momentum"),
    ("Nadam", "exact betas"),
    ("Adagrad", "epsilon outside the root"),
    ("Adagrad", "exact start"),
    ("schedule", "steps counted from 1"),
    *((name, "square of the sum") for name in ("Adam", "RMSprop", "Nadam", "Adagrad", "clipvalue")),
    ("clipnorm", "merged before"),
    ("clipvalue", "merged before"),
    ("global_clipnorm", "sum of the squares"),
]
ONLY_SPARSE = ("square of the sum", "merged before", "sum of the squares")


def by_the_files(kind, settings, weight, gradients, wrong=""):
    """`update_step` of `keras/src/optimizers/<kind>.py` and `_clip_gradients` of base_optimizer.py, line by line.

    A gradient is values and rows, or values and None.
    """
    number = weight.dtype.type
    defaults = {"beta_1": 0.9, "beta_2": 0.999, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7}
    s = {"learning_rate": 0.01 if kind == "SGD" else 0.001, **defaults, **settings}
    narrow = (lambda value: number(value)) if wrong == "exact betas" else (lambda value: number(np.float32(value)))
    w, m, v, hat, a = (weight.copy(), *(np.zeros_like(weight) for _ in range(4)))
    start = s.get("initial_accumulator_value", 0.1)
    accumulator = np.full_like(weight, start if wrong == "exact start" else np.float32(start))
    u_product = number(1)

    def dense(values, rows):
        if rows is None:
            return values
        total = np.zeros_like(weight)
        np.add.at(total, rows, values)
        return total

    def quotient(values, square):
        outside = wrong == "epsilon outside the root"
        root = np.sqrt(square) + s["epsilon"] if outside else np.sqrt(square + s["epsilon"])
        return values / root

    for t, (values, rows) in enumerate(gradients, start=1):
        if wrong == "merged before":
            values, rows = dense(values, rows), None
        if "clipnorm" in s:
            values = values * s["clipnorm"] / max(np.sqrt((values**2).sum()), s["clipnorm"])
        elif "global_clipnorm" in s:
            norm = np.sqrt((values**2).sum())
            if wrong != "sum of the squares":
                values, rows = dense(values, rows), None
            values = values * (s["global_clipnorm"] * min(1 / norm, 1 / s["global_clipnorm"]))
        elif "clipvalue" in s:
            values = values.clip(-s["clipvalue"], s["clipvalue"])
        if wrong == "square of the sum":
            values, rows = dense(values, rows), None
        lr = s["learning_rate"]
        if isinstance(lr, dict):
            count = np.float32(t if wrong == "steps counted from 1" else t - 1)
            lr = np.float32(0.01) * np.float32(0.5) ** (count * (np.float32(1) / np.float32(7)))
        lr, decay = number(lr), number(np.float32(s.get("weight_decay", 0)))
        if decay and wrong == "decay as a gradient":
            values = values + decay * (w if rows is None else w[rows])
        elif decay and wrong != "decay after the step":
            w -= w * decay * lr
        g, square = dense(values, rows), dense(values**2, rows)
        match kind:
            case "Adam" | "AdamW":
                alpha = lr * np.sqrt(1 - narrow(s["beta_2"]) ** number(t)) / (1 - narrow(s["beta_1"]) ** number(t))
                m += (g - m) * (1 - s["beta_1"])
                v += (square - v) * (1 - s["beta_2"])
                hat = np.maximum(hat, v) if s.get("amsgrad") and wrong != "the last v" else v
                w -= m * alpha / (np.sqrt(hat) + s["epsilon"])
            case "Nadam":
                part = 0.0 if wrong == "no schedule of the momentum" else 0.5
                u_product = u_product * number(s["beta_1"]) * (1 - number(part) * number(0.96) ** number(t))
                beta_1, beta_2, slow = narrow(s["beta_1"]), narrow(s["beta_2"]), narrow(0.96)
                u_t = beta_1 * (1 - number(part) * slow ** number(t))
                u_t_1 = beta_1 * (1 - number(part) * slow ** number(t + 1))
                m += (g - m) * (1 - beta_1)
                v += (square - v) * (1 - beta_2)
                m_hat = u_t_1 * m / (1 - u_product * u_t_1) + (1 - u_t) * g / (1 - u_product)
                w -= m_hat * lr / (np.sqrt(v / (1 - beta_2 ** number(t))) + s["epsilon"])
            case "RMSprop":
                v = s["rho"] * v + (1 - s["rho"]) * square
                a = s["rho"] * a + (1 - s["rho"]) * g
                centered = s.get("centered") and wrong != "not centered"
                m = s["momentum"] * m + quotient(lr * g, v - a**2 if centered else v)
                w -= m
            case "SGD":
                kept = narrow(s["momentum"])
                outside = wrong == "learning rate outside the momentum"
                m = m * kept - (g if outside else g * lr)
                ahead = s.get("nesterov") and wrong != "not ahead"
                w += m * kept - g * lr if ahead else m * lr if outside else m
            case "Adagrad":
                accumulator += square
                w -= quotient(lr * g, accumulator)
        if wrong == "decay after the step":
            w -= w * decay * lr
    return w


def problem(dtype, sparse, seed=3, scale=lambda rng: 10.0 ** rng.integers(-5, 1)):
    rng = np.random.default_rng(seed)
    weight, gradients = rng.normal(size=(ROWS, COLUMNS)).astype(dtype), []
    for _ in range(STEPS):
        size = scale(rng)
        rows = rng.choice(rng.choice(ROWS, size=4, replace=False), size=ENTRIES) if sparse else None
        values = rng.normal(size=(ENTRIES if sparse else ROWS, COLUMNS)) * size
        gradients.append((values.astype(dtype), rows))
    return weight, gradients


def as_torch(values, rows):
    if rows is None:
        return torch.tensor(values)
    return torch.sparse_coo_tensor(
        torch.tensor(rows)[None], torch.tensor(values), (ROWS, COLUMNS), check_invariants=True
    )


def ours(kind, settings, weight, gradients):
    parameter = torch.nn.Parameter(torch.tensor(weight))
    optimizer = OPTIMIZERS[kind].from_config(settings)([parameter])
    for gradient in gradients:
        parameter.grad = as_torch(*gradient)
        optimizer.step()
    return parameter.detach().numpy()


def distance(one, other):
    return np.abs(one - other).max()


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", CASES)
def test_weights_follow_the_keras_file(name, dtype, sparse):
    weight, gradients = problem(dtype, sparse)
    result = ours(*CASES[name], weight, gradients)
    assert result.dtype == dtype
    assert distance(result, by_the_files(*CASES[name], weight, gradients)) <= TOLERANCES[dtype]


@pytest.mark.parametrize(("name", "wrong"), WRONG_RULES)
def test_another_rule_misses_the_weights(name, wrong):
    weight, gradients = problem("float64", sparse=wrong in ONLY_SPARSE)
    twin = by_the_files(*CASES[name], weight, gradients, wrong=wrong)
    assert distance(ours(*CASES[name], weight, gradients), twin) > CLEARLY * TOLERANCES["float64"]


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_torch_s_own_of_the_name_misses_the_weights(kind):
    """All but SGD, which is the same without a momentum and needs a learning rate that moves."""
    weight, gradients = problem("float64", sparse=False)
    name, settings = ("SGD, momentum", {"momentum": 0.7}) if kind == "SGD" else (kind, {})
    parameter = torch.nn.Parameter(torch.tensor(weight))
    theirs = getattr(torch.optim, kind.replace("Nad", "NAd"))([parameter], lr=0.001, **settings)
    schedule = ExponentialDecay(0.01, 7, 0.5)
    for step, gradient in enumerate(gradients):
        if kind == "SGD":
            theirs.param_groups[0]["lr"] = schedule(step)
        parameter.grad = as_torch(*gradient)
        theirs.step()
    result = ours(*CASES[name], weight, gradients)
    assert distance(result, parameter.detach().numpy()) > CLEARLY * TOLERANCES["float64"]


def test_negative_variance_of_centered_rmsprop_is_refused_where_keras_goes_on_with_nan():
    """Two equal entries of a row: the mean of the squares is 2, the square of the mean 4."""
    settings = {"centered": True, "rho": 0.1}
    weight = np.ones((ROWS, COLUMNS))
    agreeing = [(np.ones((3, COLUMNS)), np.array([2, 2, 5]))] * 3
    with np.errstate(invalid="ignore"):
        theirs = by_the_files("RMSprop", settings, weight, agreeing)
    assert np.isnan(theirs[2]).all()
    assert not np.isnan(np.delete(theirs, 2, axis=0)).any()
    with pytest.raises(InputError, match=r"centered: expected a variance of 0 or more, found a negative one"):
        ours("RMSprop", settings, weight, agreeing)


@pytest.mark.parametrize(
    ("config", "kind", "settings"),
    [
        ("adam", "Adam", {}),
        ("RMSprop", "RMSprop", {}),
        ("sgd", "SGD", {"lr": 0.01}),
        (
            {"class_name": "Custom>Adam", "config": {"learning_rate": 0.5, "beta_1": 0.8}},
            "Adam",
            {"betas": (0.8, 0.999)},
        ),
        ({"class_name": "adamw", "config": {"weight_decay": 0.1}}, "AdamW", {"weight_decay": 0.1}),
        ({"class_name": "SGD", "config": {"lr": 0.25, "decay": 0.0, "momentum": 0.5}}, "SGD", {"lr": 0.25}),
        ({"class_name": "Nadam", "config": {"epsilon": 0.5, "jit_compile": True}}, "Nadam", {"eps": 0.5}),
        ({"class_name": "Adagrad", "config": {"use_ema": False, "ema_momentum": 0.9}}, "Adagrad", {"eps": 1e-7}),
        ({"class_name": "RMSprop", "config": {"rho": 0.5, "weight_decay": None}}, "RMSprop", {"rho": 0.5}),
    ],
    ids=str,
)
def test_config_of_any_keras_gives_the_optimiser(config, kind, settings):
    optimizer = optimizer_from_config(config)([torch.nn.Parameter(torch.zeros(2))])
    assert type(optimizer) is OPTIMIZERS[kind]
    assert {name: optimizer.param_groups[0][name] for name in settings} == settings


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("adamax", "optimizer: expected one of Adam, AdamW, RMSprop, SGD, Nadam, Adagrad, found adamax"),
        ({"class_name": "Lion", "config": {}}, "expected one of Adam, .* found Lion"),
        (None, "expected one of Adam, .* found None"),
        (("Adam", {"use_ema": True}), "Adam, use_ema: expected it to be off, .* found True"),
        (("Adam", {"gradient_accumulation_steps": 2}), "gradient_accumulation_steps: expected it to be off"),
        (("Adam", {"loss_scale_factor": 2.0}), "loss_scale_factor: expected it to be off"),
        (("SGD", {"decay": 1e-4}), "SGD, decay: expected it to be off"),
        (("Adam", {"is_legacy_optimizer": True}), "is_legacy_optimizer: expected it to be off"),
        (("Nadam", {"schedule_decay": 0.004}), "expected settings of Keras's Nadam, found schedule_decay"),
        (("Adam", {"beta1": 0.9}), "expected settings of Keras's Adam, found beta1; did you mean beta_1"),
        (("SGD", {"momentun": 0.9}), "found momentun; did you mean momentum"),
        (("SGD", {"beta_1": 0.9}), "expected settings of Keras's SGD, found beta_1"),
        (("Adam", {"betas": (0.9, 0.9)}), "expected settings of Keras's Adam, found betas"),
        (("Adam", {"learning_rate": -1.0}), "Adam: expected lr of 0 or more, found -1.0"),
        (("Adam", {"learning_rate": "fast"}), "expected lr of 0 or more, found 'fast'"),
        (("Adam", {"beta_2": 1.0}), "expected betas of 0 or more and below 1, found 1.0"),
        (("SGD", {"momentum": 1.5}), "expected momentum of 0 or more and at most 1, found 1.5"),
        (("AdamW", {"weight_decay": None}), "expected weight_decay of 0 or more, found None"),
        (("Adam", {"clipnorm": 1.0, "clipvalue": 1.0}), "expected one of clipnorm, .* found clipnorm and clipvalue"),
        (("Adam", {"amsgrad": "yes"}), "expected amsgrad of true or false, found 'yes'"),
        (("Adam", {"learning_rate": {"class_name": "CosineDecayRestarts", "config": {}}}), "one of ExponentialDecay"),
    ],
    ids=str,
)
def test_what_is_not_offered_is_refused_by_name(config, message):
    if isinstance(config, tuple):
        config = {"class_name": config[0], "config": config[1]}
    with pytest.raises(InputError, match=message):
        optimizer_from_config(config)


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("settings", [{}, {"learning_rate": 0.5, "clipvalue": 0.25}, FALLING])
def test_config_makes_the_same_optimiser_again(kind, settings):
    first = OPTIMIZERS[kind].from_config(settings)([torch.nn.Parameter(torch.zeros(2))])
    again = OPTIMIZERS[kind].from_config(first.get_config())([torch.nn.Parameter(torch.zeros(2))])
    assert again.get_config() == first.get_config()
    assert again.defaults == first.defaults


@pytest.mark.keras
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", CASES)
def test_weights_and_config_equal_live_keras(keras, name, dtype, sparse):
    tensorflow = pytest.importorskip("tensorflow")
    kind, settings = CASES[name]
    seed = int(np.random.default_rng().integers(10**9))
    weight, gradients = problem(dtype, sparse, seed)
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    theirs = keras.Variable(weight, dtype=dtype)
    their_optimizer = keras.optimizers.get({"class_name": kind, "config": deepcopy(settings)})  # Keras changes it
    their_optimizer.build([theirs])

    @tensorflow.function  # as in `fit`
    def step(values, rows):
        size = tensorflow.constant([ROWS, COLUMNS], dtype="int64")
        gradient = values if rows is None else tensorflow.IndexedSlices(values, rows, size)
        their_optimizer.apply([gradient], [theirs])

    for values, rows in gradients:
        step(tensorflow.constant(values), None if rows is None else tensorflow.constant(rows))
    assert distance(ours(kind, settings, weight, gradients), theirs.numpy()) <= TOLERANCES[dtype], f"{seed=}"

    optimizer = OPTIMIZERS[kind].from_config(their_optimizer.get_config())([torch.nn.Parameter(torch.zeros(2))])
    own, others = optimizer.get_config(), their_optimizer.get_config()
    assert {**own, "name": None} == {**{key: others[key] for key in own}, "name": None}
    assert {
        "use_ema",
        "ema_momentum",
        "ema_overwrite_frequency",
        "loss_scale_factor",
        "gradient_accumulation_steps",
    } == (others.keys() - own.keys())


def test_adamw_decays_by_default():
    weight, gradients = problem("float64", sparse=False)
    assert KerasAdamW([torch.nn.Parameter(torch.zeros(2))]).defaults["weight_decay"] == 0.004
    assert distance(ours("AdamW", {}, weight, gradients), ours("Adam", {}, weight, gradients)) > 1e-5


def test_momentum_of_rmsprop_is_kept_only_if_there_is_one():
    parameter = torch.nn.Parameter(torch.zeros(2))
    parameter.grad = torch.ones(2)
    kept = []
    for momentum in (0.0, 0.5):
        optimizer = KerasRMSprop([parameter], momentum=momentum)
        optimizer.step()
        kept.append(set(optimizer.state[parameter]))
    assert kept == [{"step", "velocity"}, {"step", "velocity", "momentum"}]
