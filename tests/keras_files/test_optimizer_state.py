"""The state of an optimiser, out of a `.keras` file and into one."""

import io
import json

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_files.h5_file import h5_bytes, open_h5
from lit_sentiment.keras_files.keras_file import write_keras_file
from lit_sentiment.keras_files.optimizer_state import optimizer_state, read_optimizer_state, set_optimizer_state
from lit_sentiment.keras_semantics.optimizers import OPTIMIZERS
from lit_sentiment.models import KerasSequential

VOCAB, LENGTH = 11, 6
LAYERS = [
    {"Embedding": {"output_dim": 5}},
    {"LSTM": {"units": 3, "return_sequences": True}},
    {"Dense": {"units": 4, "trainable": False}},
    {"GRU": {"units": 2}},
    {"Dense": {"units": 1, "activation": "sigmoid"}},
]
SETTINGS = {
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "RMSprop": {"momentum": 0.5, "centered": True},
    "SGD": {"momentum": 0.5},
    "Nadam": {},
    "Adagrad": {},
}


def made(kind="Adam", layers=LAYERS, **settings):
    optimizer = {"class_name": kind, "config": {**SETTINGS.get(kind, {}), **settings}}
    return KerasSequential({"layers": layers, "compile": {"optimizer": optimizer}}, VOCAB, LENGTH)


def stepped(model, optimizer, steps):
    generator = torch.Generator().manual_seed(steps)
    for _ in range(steps):
        token_ids = torch.randint(VOCAB, (7, LENGTH), generator=generator)
        labels = torch.randint(2, (7,), generator=generator)
        optimizer.zero_grad()
        model.figures(token_ids, labels)[0].backward()
        optimizer.step()
    return optimizer


def through_a_file(state):
    return io.BytesIO(h5_bytes([], {f"optimizer/vars/{number}": one for number, one in enumerate(state)}))


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_training_goes_on_from_a_file_as_if_it_had_not_stopped(kind):
    model = made(kind)
    optimizer = stepped(model, model.configure_optimizers(), 3)
    state = optimizer_state(optimizer, model.layers)
    again = made(kind)
    again.load_state_dict(model.state_dict())
    resumed, fresh = again.configure_optimizers(), made(kind)
    fresh.load_state_dict(model.state_dict())
    with open_h5(through_a_file(state)) as h5:
        set_optimizer_state(resumed, again.layers, read_optimizer_state(h5, resumed, again.layers))
    assert resumed.iterations == 3
    for one, theirs in ((model, optimizer), (again, resumed), (fresh, fresh.configure_optimizers())):
        stepped(one, theirs, 2)
    weights = [torch.cat([weight.flatten() for weight in one.parameters()]) for one in (model, again, fresh)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    for one, other in zip(
        optimizer_state(optimizer, model.layers), optimizer_state(resumed, again.layers), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_steps_are_kept_by_an_optimizer_that_keeps_nothing_else():
    schedule = {"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 2}}
    schedule["config"]["decay_rate"] = 0.5
    model = made("SGD", momentum=0.0, learning_rate=schedule)
    optimizer = model.configure_optimizers()
    assert [one.tolist() for one in optimizer_state(optimizer, model.layers)] == [0]
    set_optimizer_state(optimizer, model.layers, [np.array(4)])
    stepped(model, optimizer, 1)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.025)
    assert optimizer.iterations == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state[:-1], "expected the 20 variables of a trained AdamW, found 19"),
        (lambda state: [*state, state[-1]], "expected the 20 variables of a trained AdamW, found 21"),
        (lambda state: [], "expected the state of the optimiser, as a .keras file of a compiled model has it, found n"),
        (lambda state: [np.array(3.0), *state[1:]], "optimizer/vars/0: expected int64, found float64"),
        (lambda state: [np.array(-1), *state[1:]], "optimizer/vars/0: expected a count, found another"),
        (lambda state: [np.array([3, 3]), *state[1:]], "optimizer/vars/0: expected a count, found another"),
        (lambda state: [*state[:2], state[4], *state[3:]], r"vars/2: expected the shape \(11, 5\) in float32, found"),
        (lambda state: [*state[:-1], state[-1].astype("float64")], "vars/19: expected the shape .* in float64"),
    ],
)
def test_state_of_another_optimizer_is_refused(change, message):
    model = made("AdamW")
    optimizer = model.configure_optimizers()
    state = change(optimizer_state(optimizer, model.layers))
    with open_h5(through_a_file(state)) as h5, pytest.raises(InputError, match=message):
        read_optimizer_state(h5, optimizer, model.layers)


def test_model_that_continues_is_another_training_than_one_that_keeps_the_weights(tmp_path):
    file = str(tmp_path / "model.keras")
    write_keras_file(made("RMSprop"), tmp_path / "model.keras")
    going_on, kept = (KerasSequential(file, VOCAB, LENGTH, weights=how) for how in ("continue", "keep"))
    assert going_on.hparams["built"] == "from_config"
    assert going_on.configure_optimizers().iterations == 0
    assert KerasSequential(**going_on.hparams).optimizer_state is None
    assert going_on.hparams["architecture"].pop("optimizer_sha256")
    assert going_on.hparams["architecture"] == kept.hparams["architecture"]


@pytest.mark.parametrize(
    ("name", "settings", "error", "message"),
    [
        ("model.weights.h5", {}, InputError, "weights alone, which do not tell them"),
        ("model.json", {}, SettingError, "^weights: expected draw or a file, for the architecture holds none, found "),
        (
            "model.keras",
            {"compile": "ignore"},
            SettingError,
            "^weights: expected draw, keep or a file, as no optimizer",
        ),
    ],
)
def test_file_without_a_state_is_refused(tmp_path, name, settings, error, message):
    if name.endswith("json"):
        (tmp_path / name).write_text(json.dumps({"layers": LAYERS, "compile": {"optimizer": "adam"}}))
    else:
        write_keras_file(made(), tmp_path / name)
    with pytest.raises(error, match=message):
        KerasSequential(str(tmp_path / name), VOCAB, LENGTH, weights="continue", **settings)
