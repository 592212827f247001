"""KerasAdam against a transcription of its formulas in NumPy, and against Keras itself."""

import copy
from itertools import pairwise

import numpy as np
import pytest
import torch

from lit_sentiment.keras_semantics.adam import KerasAdam

STEPS = 25
ROWS, COLUMNS, ENTRIES = 7, 3, 11
"""More entries than rows, so that every step has rows that occur more than once; some rows are often left out."""
LR, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7

TOLERANCE = 1e-14
"""Twenty-five steps of float64 rounding on weights below 3; measured: below 8e-16."""
CLEARLY = 100
LIVE_TOLERANCE = {"float32": 1e-8, "float64": 1e-14}
"""Sixty steps on weights that stay below 0.06, so that their rounding hides little; measured: 5.6e-9 and 6.9e-18."""
FLOAT32_STEPS = [-0.000999990152195096, -0.0019999779760837555, -0.002999972552061081, -0.003999961540102959]
"""A weight of 0 after each step of Keras 3.15.1 on TensorFlow 2.21, gradient 1."""


def initial(rng):
    return rng.normal(size=(ROWS, COLUMNS))


def dense_gradients(rng, steps=STEPS):
    return [rng.normal(size=(ROWS, COLUMNS)) * 10.0 ** rng.integers(-8, 1) for _ in range(steps)]


def sparse_gradients(rng, steps=STEPS):
    """Pairs of rows and entries; rows come from a part of the table, so that some of it does not occur."""
    present = [rng.choice(ROWS, size=4, replace=False) for _ in range(steps)]
    return [(rng.choice(rows, size=ENTRIES), rng.normal(size=(ENTRIES, COLUMNS))) for rows in present]


def as_torch(gradient):
    if isinstance(gradient, tuple):
        rows, entries = gradient
        size = (ROWS, COLUMNS)
        return torch.sparse_coo_tensor(torch.tensor(rows)[None], torch.tensor(entries), size, check_invariants=True)
    return torch.tensor(gradient)


def stepped(optimizer_class, weight, gradients, change=lambda gradient: gradient, **settings):
    parameter = torch.nn.Parameter(torch.tensor(weight))
    optimizer = optimizer_class([parameter], **{"lr": LR, **settings})
    for gradient in gradients:
        parameter.grad = change(as_torch(gradient))
        optimizer.step()
    return parameter.detach().numpy()


def by_the_formulas(weight, gradients, corrected_in=np.float32):
    """`keras/src/optimizers/adam.py`, line by line."""
    weight, m, v = weight.copy(), np.zeros_like(weight), np.zeros_like(weight)
    for t, gradient in enumerate(gradients, start=1):
        beta_1_power, beta_2_power = float(corrected_in(BETA_1)) ** t, float(corrected_in(BETA_2)) ** t
        alpha = LR * np.sqrt(1 - beta_2_power) / (1 - beta_1_power)
        if isinstance(gradient, tuple):
            rows, entries = gradient
            total, total_of_squares = np.zeros_like(weight), np.zeros_like(weight)
            for row, entry in zip(rows, entries, strict=True):
                total[row] += entry
                total_of_squares[row] += entry**2
        else:
            total, total_of_squares = gradient, gradient**2
        m += (total - m) * (1 - BETA_1)
        v += (total_of_squares - v) * (1 - BETA_2)
        weight -= m * alpha / (np.sqrt(v) + EPSILON)
    return weight


def distance(ours, theirs):
    return np.abs(ours - theirs).max()


@pytest.fixture(params=[dense_gradients, sparse_gradients], ids=["dense", "sparse"])
def problem(request):
    rng = np.random.default_rng(3)
    return initial(rng), request.param(rng)


@pytest.fixture
def dense_problem():
    rng = np.random.default_rng(5)
    return initial(rng), dense_gradients(rng)


def test_sparse_problem_has_rows_that_repeat_and_rows_that_are_absent():
    for rows, _ in sparse_gradients(np.random.default_rng(3)):
        present, counts = np.unique(rows, return_counts=True)
        assert len(present) < ROWS
        assert counts.max() > 1


def test_weights_follow_the_formulas(problem):
    weight, gradients = problem
    assert distance(stepped(KerasAdam, weight, gradients), by_the_formulas(weight, gradients)) <= TOLERANCE


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [(torch.optim.Adam, {}), (torch.optim.Adam, {"eps": EPSILON}), (KerasAdam, {"eps": 1e-8})],
    ids=["torch's Adam", "torch's Adam with Keras's epsilon", "torch's epsilon"],
)
def test_another_adam_misses_the_formulas(problem, optimizer, settings):
    weight, gradients = problem

    def densify(gradient):
        return gradient.to_dense() if optimizer is torch.optim.Adam else gradient

    ours = stepped(optimizer, weight, gradients, change=densify, **settings)
    assert distance(ours, by_the_formulas(weight, gradients)) > CLEARLY * TOLERANCE


@pytest.mark.parametrize("merge", [torch.Tensor.coalesce, torch.Tensor.to_dense], ids=["coalesced", "dense"])
def test_merged_entries_miss_the_formulas(merge):
    """The square of a sum is not the sum of the squares: the steps of rows that repeat come out other."""
    rng = np.random.default_rng(3)
    weight, gradients = initial(rng), sparse_gradients(rng)
    assert distance(stepped(KerasAdam, weight, gradients, change=merge), by_the_formulas(weight, gradients)) > LR / 10


def test_betas_of_float64_miss_the_formulas(problem):
    weight, gradients = problem
    exact = by_the_formulas(weight, gradients, corrected_in=np.float64)
    assert distance(stepped(KerasAdam, weight, gradients), exact) > CLEARLY * TOLERANCE


def test_float32_steps_are_rounded_as_in_keras():
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = KerasAdam([weight])
    steps = []
    for _ in FLOAT32_STEPS:
        weight.grad = torch.ones(1)
        optimizer.step()
        steps.append(weight.item())
    assert steps == FLOAT32_STEPS
    in_float64 = by_the_formulas(np.zeros(1), [np.ones(1)] * len(steps))[0]
    assert abs(in_float64 - steps[-1]) > 1e-9  # the digits that the float32 correction loses


def test_rows_that_do_not_occur_move_on():
    """It is no lazy Adam: their momentum is used up."""
    rng = np.random.default_rng(3)
    first, second = (np.array([0, 0, 1]), np.ones((3, COLUMNS))), (np.array([2]), np.ones((1, COLUMNS)))
    weight = initial(rng)
    after_one, after_two = stepped(KerasAdam, weight, [first]), stepped(KerasAdam, weight, [first, second])
    assert (np.abs(after_two - after_one)[:2] > LR / 10).all()
    assert (after_two[3:] == weight[3:]).all()


def test_weight_decay_is_keras_s(problem):
    """Before each step every weight loses a part of itself; it is not a gradient."""
    weight, gradients = problem
    decay, kept = 0.3, weight.copy()
    ours = stepped(KerasAdam, weight, gradients, weight_decay=decay)
    steps = [by_the_formulas(weight, gradients[:count]) for count in range(len(gradients) + 1)]
    for before, after in pairwise(steps):
        kept = kept - kept * float(np.float32(decay)) * LR + (after - before)
    assert distance(ours, kept) <= TOLERANCE
    assert distance(ours, steps[-1]) > CLEARLY * TOLERANCE


def test_weight_decay_belongs_to_its_group(dense_problem):
    weight, gradients = dense_problem
    free, decayed = (torch.nn.Parameter(torch.tensor(weight)) for _ in range(2))
    optimizer = KerasAdam([{"params": [free]}, {"params": [decayed], "weight_decay": 0.1}], lr=LR)
    for gradient in gradients:
        free.grad, decayed.grad = as_torch(gradient), as_torch(gradient)
        optimizer.step()
    assert distance(free.detach().numpy(), stepped(KerasAdam, weight, gradients)) == 0
    assert distance(decayed.detach().numpy(), stepped(KerasAdam, weight, gradients, weight_decay=0.1)) == 0
    assert (free != decayed).all()


@pytest.mark.parametrize(
    "wrong",
    [{"lr": -1e-3}, {"eps": -1e-7}, {"weight_decay": -0.1}, {"betas": (1.0, 0.999)}, {"betas": (0.9, -0.1)}],
    ids=str,
)
def test_settings_out_of_range_are_refused(wrong):
    parameter = torch.nn.Parameter(torch.zeros(2))
    KerasAdam([parameter], lr=0.0, eps=0.0, betas=(0.0, 0.0))
    with pytest.raises(ValueError, match=r"expected .* found"):
        KerasAdam([parameter], **wrong)


def test_parameters_without_gradient_stay(dense_problem):
    weight, gradients = dense_problem
    moved, still = (torch.nn.Parameter(torch.tensor(weight)) for _ in range(2))
    optimizer = KerasAdam([moved, still], lr=LR)
    moved.grad = as_torch(gradients[0])
    optimizer.step()
    assert (still.detach().numpy() == weight).all()
    assert still not in optimizer.state
    assert (moved.detach().numpy() != weight).all()


def test_gradient_is_left_as_it_was(problem):
    """Lightning and the user may look at it after the step."""
    weight, gradients = problem
    parameter = torch.nn.Parameter(torch.tensor(weight))
    parameter.grad = as_torch(gradients[0])
    before = copy.deepcopy(parameter.grad)
    KerasAdam([parameter], lr=LR, weight_decay=0.1).step()
    assert torch.equal(parameter.grad.to_dense(), before.to_dense())
    assert parameter.grad.is_sparse == before.is_sparse


def test_closure_gives_the_loss_and_the_gradient(dense_problem):
    weight, gradients = dense_problem
    parameter = torch.nn.Parameter(torch.tensor(weight))
    optimizer = KerasAdam([parameter], lr=LR)

    def closure():
        optimizer.zero_grad()
        loss = (parameter * torch.tensor(gradients[0])).sum()
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    assert loss.item() == pytest.approx((weight * gradients[0]).sum())
    assert distance(parameter.detach().numpy(), stepped(KerasAdam, weight, gradients[:1])) == 0


@pytest.mark.parametrize("carry", ["state_dict", "deepcopy", "neither"])
def test_state_goes_on_where_it_was(problem, carry, tmp_path):
    weight, gradients = problem
    parameter = torch.nn.Parameter(torch.tensor(weight))
    optimizer = KerasAdam([parameter], lr=LR)
    for step, gradient in enumerate(gradients):
        if step == STEPS // 2:
            if carry == "deepcopy":
                parameter, optimizer = copy.deepcopy((parameter, optimizer))
            else:
                torch.save(optimizer.state_dict(), tmp_path / "state")
                parameter = torch.nn.Parameter(parameter.detach().clone())
                optimizer = KerasAdam([parameter], lr=0.5)
                if carry == "state_dict":
                    optimizer.load_state_dict(torch.load(tmp_path / "state", weights_only=True))
                else:
                    optimizer.param_groups[0]["lr"] = LR
        parameter.grad = as_torch(gradient)
        optimizer.step()
    uninterrupted = distance(parameter.detach().numpy(), stepped(KerasAdam, weight, gradients))
    assert uninterrupted > LR if carry == "neither" else uninterrupted == 0


@pytest.mark.keras
@pytest.mark.parametrize("gradients_of", [dense_gradients, sparse_gradients])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("weight_decay", [None, 0.3])
def test_sixty_steps_equal_live_keras(keras, weight_decay, dtype, gradients_of):
    tensorflow = pytest.importorskip("tensorflow")
    seed = int(np.random.default_rng().integers(10**9))
    rng = np.random.default_rng(seed)
    weight, gradients = (1e-6 * initial(rng)).astype(dtype), gradients_of(rng, 60)
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    theirs = keras.Variable(weight, dtype=dtype)
    their_optimizer = keras.optimizers.Adam(weight_decay=weight_decay)
    ours, merged = (torch.nn.Parameter(torch.tensor(weight)) for _ in range(2))
    our_optimizer, merged_optimizer = (KerasAdam([one], weight_decay=weight_decay or 0.0) for one in (ours, merged))
    for gradient in gradients:
        if isinstance(gradient, tuple):
            rows, entries = gradient
            slices = tensorflow.IndexedSlices(entries.astype(dtype), rows, (ROWS, COLUMNS))
        else:
            slices = keras.ops.convert_to_tensor(gradient, dtype)
        their_optimizer.apply([slices], [theirs])
        ours.grad = as_torch(gradient).to(ours.dtype)
        merged.grad = ours.grad.to_dense()
        our_optimizer.step()
        merged_optimizer.step()
    assert distance(ours.detach().numpy(), theirs.numpy()) <= LIVE_TOLERANCE[dtype], f"{seed=}"
    if gradients_of is sparse_gradients:
        assert distance(merged.detach().numpy(), theirs.numpy()) > LR, f"{seed=}"
