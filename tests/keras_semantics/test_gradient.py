"""A gradient with an entry per occurrence of a row, against loops over its entries."""

import numpy as np
import pytest
import torch

from lit_sentiment.keras_semantics.gradient import Gradient, root

ROWS, COLUMNS, ENTRIES = 7, 3, 11


@pytest.fixture(params=["dense", "sparse"])
def entries(request):
    rng = np.random.default_rng(3)
    rows = rng.choice(ROWS - 2, size=ENTRIES) if request.param == "sparse" else None
    return rows, rng.normal(size=(ROWS if rows is None else ENTRIES, COLUMNS)).astype("float32")


def as_gradient(rows, values):
    if rows is None:
        return Gradient.of(torch.tensor(values))
    size = (ROWS, COLUMNS)
    indices = torch.tensor(rows)[None]
    return Gradient.of(torch.sparse_coo_tensor(indices, torch.tensor(values), size, check_invariants=True))


def summed(rows, values):
    """Add the entries up one after the other, rounding each time."""
    if rows is None:
        return values
    total = np.zeros((ROWS, COLUMNS), "float32")
    for row, value in zip(rows, values, strict=True):
        total[row] += value
    return total


def test_merged_entries_are_the_sums_in_order(entries):
    rows, values = entries
    tensor = torch.zeros(ROWS, COLUMNS)
    gradient = as_gradient(rows, values).merged()
    gradient.add_to(tensor)
    assert torch.equal(tensor, torch.tensor(summed(rows, values)))
    if rows is not None:
        assert len(gradient.rows) == len(set(gradient.rows.tolist())) < ENTRIES


def test_square_is_that_of_each_entry(entries):
    rows, values = entries
    tensor = torch.zeros(ROWS, COLUMNS)
    as_gradient(rows, values).squared().add_to(tensor)
    assert torch.equal(tensor, torch.tensor(summed(rows, values**2)))
    if rows is not None:
        assert not torch.allclose(tensor, torch.tensor(summed(rows, values) ** 2))


def test_entries_meet_their_rows_of_a_tensor(entries):
    rows, values = entries
    denominator = np.arange(1, ROWS * COLUMNS + 1, dtype="float32").reshape(ROWS, COLUMNS)
    gradient, tensor = as_gradient(rows, values), torch.zeros(ROWS, COLUMNS)
    gradient.map(lambda values: values / gradient.at_rows(torch.tensor(denominator))).add_to(tensor, -1)
    expected = summed(rows, values / (denominator if rows is None else denominator[rows]))
    assert torch.equal(tensor, -torch.tensor(expected))


def test_average_moves_in_every_row_with_two_roundings(entries):
    rows, values = entries
    average = np.random.default_rng(5).normal(size=(ROWS, COLUMNS)).astype("float32")
    moved = torch.tensor(average)
    as_gradient(rows, values).move(moved, 0.1)
    expected = average + (summed(rows, values) - average) * np.float32(0.1)
    assert torch.equal(moved, torch.tensor(expected))
    assert (moved.numpy() != average).all()
    once = torch.tensor(average).lerp_(torch.tensor(summed(rows, values)), 0.1)
    assert not torch.equal(moved, once)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_root_is_rounded_as_numpy_s(dtype):
    squares = torch.rand(1001, dtype=dtype, generator=torch.Generator().manual_seed(3))
    squares[:7] = 0
    result = root(squares)
    assert result.dtype == dtype
    exact = np.sqrt(squares.to(torch.float64).numpy())
    assert torch.equal(result, torch.tensor(exact).to(dtype))
    assert torch.equal(root(squares[9]), result[9])


def squares_of_every_size(dtype):
    """Numbers of all exponents above the subnormal ones, and zeros and infinity."""
    sizes, rng = np.finfo(dtype), np.random.default_rng(3)
    exponents = rng.uniform(np.log2(sizes.tiny), np.log2(sizes.max), 10_001)
    return np.concatenate([2.0**exponents, rng.random(10_001), [0, -0.0, np.inf, sizes.tiny, sizes.max]]).astype(dtype)


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_root_is_tensorflow_s_and_torch_s_is_not(keras, dtype):
    tensorflow = pytest.importorskip("tensorflow")
    squares = squares_of_every_size(dtype)
    theirs = tensorflow.function(tensorflow.sqrt)(tensorflow.constant(squares)).numpy()
    assert (theirs == tensorflow.sqrt(squares).numpy()).all()
    assert (root(torch.tensor(squares)).numpy() == theirs).all()
    assert (torch.tensor(squares).sqrt().numpy() != theirs).mean() > 0.001


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_tensorflow_takes_subnormal_numbers_for_zero_which_epsilon_hides(keras, dtype):
    tensorflow = pytest.importorskip("tensorflow")
    tiny = np.finfo(dtype).tiny
    subnormal = (tiny * np.linspace(0.001, 0.999, 1001)).astype(dtype)
    assert (tensorflow.sqrt(subnormal).numpy() == 0).all()
    roots = root(torch.tensor(subnormal))
    assert (roots > 0).all()
    assert (roots < {"float32": 1.1e-19, "float64": 1.5e-154}[dtype]).all()
    assert (roots + 1e-7 == torch.tensor(1e-7, dtype=roots.dtype)).all()
