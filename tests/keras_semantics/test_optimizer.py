"""What all of Keras's optimisers share: steps, groups, clipping, schedules and state."""

import copy

import numpy as np
import pytest
import torch

from lit_sentiment.keras_semantics.adam import KerasAdam, KerasNadam
from lit_sentiment.keras_semantics.optimizers import OPTIMIZERS, KerasSGD
from lit_sentiment.keras_semantics.schedules import ExponentialDecay, PiecewiseConstantDecay

HALVING = PiecewiseConstantDecay([0, 1], [0.5, 0.25, 0.125])
STEPS = 6


def weights(*sizes):
    return [torch.nn.Parameter(torch.linspace(-1, 1, size, dtype=torch.float64)) for size in sizes]


def give_gradients(parameters, step):
    for shift, parameter in enumerate(parameters):
        parameter.grad = torch.cos(torch.arange(len(parameter), dtype=torch.float64) + step + 2 * shift)


def test_defaults_of_adam_are_those_in_recorded_identities():
    assert list(KerasAdam(weights(2)).defaults) == ["lr", "betas", "eps", "weight_decay"]
    more = KerasAdam(weights(2), amsgrad=True, clipvalue=0.5).defaults
    assert list(more) == ["lr", "betas", "eps", "weight_decay", "amsgrad", "clipvalue"]


def test_state_of_adam_has_the_names_of_older_checkpoints():
    (parameter,) = weights(3)
    optimizer = KerasAdam([parameter])
    give_gradients([parameter], 0)
    optimizer.step()
    assert list(optimizer.state_dict()["state"][0]) == ["step", "momentum", "velocity"]
    old = optimizer.state_dict()
    for name in ("amsgrad", "clipnorm", "global_clipnorm", "clipvalue"):
        del old["param_groups"][0][name]
    optimizer.load_state_dict(old)
    optimizer.step()
    assert optimizer.iterations == 2


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_steps_count_for_all_parameters_together(kind):
    """As `iterations` of Keras: a parameter whose gradients begin later is moved as at that step."""
    early, late = weights(3, 3)
    optimizer = OPTIMIZERS[kind]([early, late], lr=HALVING)
    lone = OPTIMIZERS[kind](weights(3), lr=HALVING)
    for step in range(3):
        give_gradients([early, late], step)
        if step < 2:
            late.grad = None
        optimizer.step()
    assert optimizer.iterations == optimizer.state[late]["step"] == 3
    give_gradients(lone.param_groups[0]["params"], 2)
    lone.param_groups[0]["params"][0].grad = late.grad
    lone.step()
    assert (late != lone.param_groups[0]["params"][0]).all()


def test_product_of_nadam_grows_at_steps_that_leave_a_parameter_out():
    always, sometimes = weights(3, 2)
    optimizer = KerasNadam([always, sometimes])
    for step in range(5):
        give_gradients([always, sometimes], step)
        if step in (0, 2, 3):
            sometimes.grad = None
        optimizer.step()
    assert optimizer.state[sometimes]["u_product"] == optimizer.state[always]["u_product"]


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_schedule_sets_the_learning_rate_of_each_step(kind):
    parameters = weights(3)
    optimizer = OPTIMIZERS[kind](parameters, lr=HALVING)
    rates = [optimizer.param_groups[0]["lr"]]
    for step in range(3):
        give_gradients(parameters, step)
        optimizer.step()
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == [0.5, 0.5, 0.25, 0.125]


@pytest.mark.parametrize("carry", ["state_dict", "deepcopy", "neither"])
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_state_goes_on_where_it_was(kind, carry, tmp_path):
    """The step of the schedule and the product of Nadam included, through a file without classes."""
    schedule = ExponentialDecay(0.25, 2, 0.5)
    parameters, straight = weights(3, 4), weights(3, 4)
    optimizer, uninterrupted = (OPTIMIZERS[kind](one, lr=schedule) for one in (parameters, straight))
    for step in range(STEPS):
        if step == STEPS // 2:
            if carry == "deepcopy":
                parameters, optimizer = copy.deepcopy((parameters, optimizer))
            else:
                torch.save(optimizer.state_dict(), tmp_path / "state")
                parameters = [torch.nn.Parameter(one.detach().clone()) for one in parameters]
                optimizer = OPTIMIZERS[kind](parameters, lr=schedule)
                if carry == "state_dict":
                    optimizer.load_state_dict(torch.load(tmp_path / "state", weights_only=True))
        for taken, by in ((parameters, optimizer), (straight, uninterrupted)):
            give_gradients(taken, step)
            by.step()
    same = all(torch.equal(one, other) for one, other in zip(parameters, straight, strict=True))
    assert same == (carry != "neither")


def test_global_clipnorm_is_over_all_groups():
    parameters = weights(3, 2)
    optimizer = KerasSGD([{"params": [one]} for one in parameters], lr=1.0, global_clipnorm=0.5)
    before = [one.detach().clone() for one in parameters]
    give_gradients(parameters, 0)
    optimizer.step()
    moves = torch.cat([old - new.detach() for old, new in zip(before, parameters, strict=True)])
    gradients = torch.cat([one.grad for one in parameters])
    assert moves.norm().item() == pytest.approx(0.5, rel=1e-12)
    assert torch.allclose(moves, gradients * 0.5 / gradients.norm(), rtol=1e-12)


@pytest.mark.parametrize("clipping", ["clipnorm", "global_clipnorm", "clipvalue"])
@pytest.mark.parametrize("limit", [100.0, 0, None])
def test_gradients_within_the_limit_and_a_limit_of_0_clip_nothing(clipping, limit):
    """0 is none in Keras too."""
    clipped, free = weights(4, 4)
    give_gradients([clipped], 0)
    free.grad = clipped.grad.clone()
    KerasSGD([clipped], lr=1.0, **{clipping: limit}).step()
    KerasSGD([free], lr=1.0).step()
    assert torch.allclose(clipped, free, rtol=1e-15, atol=0)


def test_infinite_gradient_makes_all_weights_nan_under_global_clipnorm():
    """As in Keras, which says so in a comment; with a number instead, the fault would go unseen."""
    parameters = weights(3, 2)
    give_gradients(parameters, 0)
    parameters[0].grad[1] = np.inf
    KerasSGD(parameters, global_clipnorm=0.5).step()
    assert all(one.isnan().all() for one in parameters)


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize(
    ("settings", "group", "message"),
    [
        ({"lr": float("nan")}, {}, "expected lr of 0 or more, found nan"),
        ({"lr": "0.1"}, {}, "expected lr of 0 or more, found '0.1'"),
        ({"clipnorm": -1.0}, {}, "expected clipnorm of 0 or more, found -1.0"),
        ({"weight_decay": -0.1}, {}, "expected weight_decay of 0 or more"),
        ({"clipnorm": 1.0, "global_clipnorm": 1.0}, {}, "found clipnorm and global_clipnorm"),
        ({"clipnorm": 1.0}, {"clipvalue": 1.0}, "found clipnorm and clipvalue"),
        ({}, {"weight_decay": -0.1}, "expected weight_decay of 0 or more"),
        ({"lr": HALVING}, {"lr": 0.1}, "expected no lr for a group beside a schedule, found 0.1"),
        ({}, {"lr": HALVING}, "expected lr of 0 or more, found PiecewiseConstantDecay"),
    ],
)
def test_setting_out_of_range_is_refused_whoever_gives_it(kind, settings, group, message):
    with pytest.raises(ValueError, match=message):
        OPTIMIZERS[kind]([{"params": weights(2), **group}], **settings)


def test_unknown_setting_is_refused():
    with pytest.raises(TypeError, match="clip_norm"):
        KerasAdam(weights(2), clip_norm=1.0)
