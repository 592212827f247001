"""The order of the samples against `model.fit` itself (scripts/record_keras_randomness.py)."""

import hashlib
import json
import random
from pathlib import Path

import pytest

from lit_sentiment.keras_semantics.shuffle import keras_permutation

CASES = json.loads((Path(__file__).parent / "fixtures" / "permutations.json").read_text())["permutations"]
SHORT = [case for case in CASES if "order" in case]
LONG = [case for case in CASES if "sha256" in case]

# 1, 2 or 11 samples are too few to tell two seeds apart surely.
DISTINGUISHING_SIZE = 40


@pytest.mark.parametrize("case", SHORT)
def test_order_is_that_of_fit(case):
    assert keras_permutation(case["size"], case["seed"]).tolist() == case["order"]


@pytest.mark.parametrize("case", LONG)
def test_long_order_is_that_of_fit(case):
    order = keras_permutation(case["size"], case["seed"])
    assert hashlib.sha256(order.numpy().tobytes()).hexdigest() == case["sha256"]


@pytest.mark.parametrize("case", [case for case in SHORT if case["size"] == DISTINGUISHING_SIZE])
def test_order_of_another_seed_is_not_that_of_fit(case):
    assert keras_permutation(case["size"], case["seed"] + 1).tolist() != case["order"]


def test_order_holds_every_sample_once():
    assert keras_permutation(25_000, 7).sort().values.tolist() == list(range(25_000))


def test_no_samples_have_an_empty_order():
    assert keras_permutation(0, 7).tolist() == []


@pytest.mark.keras
def test_order_equals_live_tensorflow(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    keras = pytest.importorskip("keras")
    for _ in range(10):
        size, seed = random.randint(1, 3000), random.randint(0, 2**32 - 1)
        state = random.getstate()
        keras.utils.set_random_seed(seed)
        random.setstate(state)
        adapter = keras.src.trainers.data_adapters.array_data_adapter.ArrayDataAdapter(
            keras.ops.arange(size).numpy(), batch_size=random.randint(1, 50), shuffle=True
        )
        dataset = adapter.get_tf_dataset()
        for epoch in range(2):
            order = [sample for batch in dataset for sample in batch.numpy().tolist()]
            assert keras_permutation(size, seed).tolist() == order, f"{size=}, {seed=}, {epoch=}"
