"""Seeds, uniforms, normals and masks against what Keras drew (scripts/record_keras_randomness.py)."""

import copy
import hashlib
import json
import random
from pathlib import Path

import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics import stateless_random
from lit_sentiment.keras_semantics.seed_generator import SeedGenerator, TorchGenerator

FIXTURES = Path(__file__).parent / "fixtures"
DRAWS = json.loads((FIXTURES / "draws.json").read_text())["draws"]
MASKS = json.loads((FIXTURES / "masks.json").read_text())["masks"]
SMALL_MASKS = [case for case in MASKS if "kept" in case]
LARGE_MASKS = [case for case in MASKS if "sha256" in case]

# One rounding of the largest normals, below 8: the C library's logarithms and sines round differently from torch's.
NORMAL_TOLERANCE = {torch.float32: 4.8e-7, torch.float64: 8.9e-16}


def generator_at(seed, counter=0):
    generator = SeedGenerator(seed)
    generator.counter = counter
    return generator


def bits(kept):
    return "".join("01"[bit] for bit in kept.flatten().tolist())


def test_default_seed_is_the_next_of_pythons_random():
    random.seed(7)
    expected = [random.randint(1, 10**9) for _ in range(3)]
    random.seed(7)
    assert [SeedGenerator().seed for _ in range(3)] == expected


def test_given_seed_takes_none_of_pythons_random():
    before = random.getstate()
    SeedGenerator(7)
    assert random.getstate() == before


def test_next_seed_counts_the_draws():
    generator = SeedGenerator(7)
    assert [generator.next_seed() for _ in range(3)] == [(7, 0), (7, 1), (7, 2)]


@pytest.mark.parametrize("case", [case for case in DRAWS if case["draw"] == "uniform"])
def test_uniform_is_kerass_to_the_bit(case):
    expected = torch.tensor(case["values"], dtype=getattr(torch, case["dtype"]))
    assert torch.equal(generator_at(*case["seed"]).uniform(expected.shape, expected.dtype), expected)


@pytest.mark.parametrize("case", [case for case in DRAWS if case["draw"] == "normal"])
def test_normal_is_kerass_within_a_rounding(case):
    expected = torch.tensor(case["values"], dtype=getattr(torch, case["dtype"]))
    drawn = generator_at(*case["seed"]).normal(expected.shape, expected.dtype)
    torch.testing.assert_close(drawn, expected, rtol=0, atol=NORMAL_TOLERANCE[expected.dtype])


@pytest.mark.parametrize("case", DRAWS)
def test_next_seed_draws_other_numbers_than_keras(case):
    expected = torch.tensor(case["values"], dtype=getattr(torch, case["dtype"]))
    generator = generator_at(case["seed"][0], case["seed"][1] + 1)
    drawn = getattr(generator, case["draw"])(expected.shape, expected.dtype)
    assert (drawn - expected).abs().max() > 0.1


@pytest.mark.parametrize("case", SMALL_MASKS)
def test_masks_of_successive_calls_are_kerass(case):
    generator = SeedGenerator(case["seed"])
    dtype = getattr(torch, case["dtype"])
    assert [bits(generator.uniform(case["shape"], dtype) >= case["rate"]) for _ in case["kept"]] == case["kept"]


@pytest.mark.parametrize("case", LARGE_MASKS)
def test_large_mask_is_kerass(case):
    kept = SeedGenerator(case["seed"]).uniform(case["shape"], getattr(torch, case["dtype"])) >= case["rate"]
    assert hashlib.sha256(kept.numpy().tobytes()).hexdigest() == case["sha256"]


@pytest.mark.parametrize(("seed_offset", "counter"), [(1, 0), (0, 1)], ids=["seed off by one", "count starts at one"])
@pytest.mark.parametrize("case", SMALL_MASKS)
def test_mask_of_another_seed_differs_from_kerass(case, seed_offset, counter):
    generator = generator_at(case["seed"] + seed_offset, counter)
    assert bits(generator.uniform(case["shape"], getattr(torch, case["dtype"])) >= case["rate"]) != case["kept"][0]


def test_dtypes_are_different_draws():
    single, double = (SeedGenerator(7).uniform((3, 5), dtype) for dtype in (torch.float32, torch.float64))
    assert (single - double).abs().max() > 0.1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_uniform_does_not_depend_on_how_the_shape_ends(dtype):
    """The last block of a stream may be used in part."""
    draws = [stateless_random.uniform((7, 0), (size,), dtype) for size in range(12)]
    assert all(torch.equal(draw, draws[-1][: len(draw)]) for draw in draws)


def test_scalar_has_no_axes():
    assert SeedGenerator(7).normal((), torch.float32).shape == ()


def test_other_precisions_are_refused():
    with pytest.raises(InputError, match=r"float32 and float64, found torch\.bfloat16.*`randomness` torch"):
        SeedGenerator(7).uniform((3,), torch.bfloat16)


def test_state_resumes_the_draws():
    generator = SeedGenerator(7)
    generator.uniform((3,), torch.float32)
    resumed = SeedGenerator(8)
    resumed.set_state(copy.deepcopy(generator.get_state()))
    assert resumed.get_state() == (7, 1)
    assert torch.equal(resumed.uniform((3,), torch.float32), generator.uniform((3,), torch.float32))


def test_state_of_the_other_kind_is_refused():
    with pytest.raises(InputError, match="`randomness` torch"):
        SeedGenerator(7).set_state(TorchGenerator().get_state())
    with pytest.raises(InputError, match="`randomness` keras"):
        TorchGenerator().set_state(SeedGenerator(7).get_state())
    TorchGenerator().set_state(None)


def test_torch_generator_draws_what_torch_draws():
    generator = TorchGenerator()
    torch.manual_seed(7)
    expected = torch.rand(2, 3), torch.randn(3, 5, dtype=torch.float64)
    torch.manual_seed(7)
    assert torch.equal(generator.uniform((2, 3), torch.float32), expected[0])
    assert torch.equal(generator.normal((3, 5), torch.float64), expected[1])


def test_seed_comes_from_pythons_random():
    random.seed(7)
    seed = random.randint(1, 10**9)
    random.seed(7)
    assert SeedGenerator().get_state() == (seed, 0)
    assert TorchGenerator().get_state() is None


@pytest.mark.keras
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_draws_equal_live_keras(keras, dtype):
    name = str(dtype).removeprefix("torch.")
    for _ in range(20):
        seed, shape = random.randint(0, 2**32), [random.randint(1, 40) for _ in range(random.randint(0, 3))]
        ours, theirs = SeedGenerator(seed), keras.random.SeedGenerator(seed)
        for call in range(3):
            place = f"seed {seed}, shape {shape}, call {call}"
            their_uniform = torch.tensor(keras.random.uniform(shape, seed=theirs, dtype=name).numpy())
            their_normal = torch.tensor(keras.random.normal(shape, seed=theirs, dtype=name).numpy())
            assert torch.equal(ours.uniform(shape, dtype), their_uniform), place
            distance = (ours.normal(shape, dtype) - their_normal).abs().max()
            assert distance <= NORMAL_TOLERANCE[dtype], place


@pytest.mark.keras
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_masks_equal_live_keras(keras, dtype):
    name = str(dtype).removeprefix("torch.")
    for rate in (0.1, 0.2, 0.25, 0.3, 0.5, 0.7, random.random()):
        shape = [random.randint(1, 40) for _ in range(3)]
        random.seed(case_seed := random.randint(0, 2**32))
        layer = keras.layers.Dropout(rate, dtype=name)
        random.seed(case_seed)
        generator = SeedGenerator()
        for call in range(3):
            kept = torch.from_numpy(layer(keras.ops.ones(shape, name), training=True).numpy()) > 0
            assert torch.equal(generator.uniform(shape, dtype) >= rate, kept), (
                f"{case_seed=}, {rate=}, {shape=}, {call=}"
            )
        assert layer.seed_generator.state.numpy().tolist() == list(generator.get_state())
