import pytest
import torch
from lightning import seed_everything
from torch import Tensor

from lit_sentiment.data.epoch_order import epoch_order, global_seed
from lit_sentiment.keras_semantics.shuffle import keras_permutation

SIZE = 29


def epochs(randomness: str, count: int = 3) -> list[Tensor]:
    order = epoch_order(SIZE, randomness)  # type: ignore[arg-type]
    return [order() for _ in range(count)]


def all_equal(orders: list[Tensor]) -> bool:
    return all(torch.equal(order, orders[0]) for order in orders)


def test_global_seed_is_the_one_given_to_lightning() -> None:
    assert global_seed() is None
    seed_everything(0, verbose=False)
    assert global_seed() == 0
    seed_everything(17, verbose=False)
    assert global_seed() == 17


@pytest.mark.parametrize("randomness", ["keras", "torch"])
@pytest.mark.parametrize("seed", [None, 0, 5])
def test_each_order_holds_every_review_once(randomness: str, seed: int | None) -> None:
    if seed is not None:
        seed_everything(seed, verbose=False)
    for order in epochs(randomness):
        assert order.dtype == torch.int64
        assert torch.equal(order.sort().values, torch.arange(SIZE))


@pytest.mark.parametrize("seed", [0, 5])
def test_keras_order_for_a_global_seed_is_the_same_in_every_epoch(seed: int) -> None:
    seed_everything(seed, verbose=False)
    orders = epochs("keras")
    assert all_equal([*orders, keras_permutation(SIZE, seed)])
    assert not torch.equal(orders[0], keras_permutation(SIZE, seed + 1))


def test_keras_order_without_a_global_seed_changes() -> None:
    assert not all_equal(epochs("keras"))


def test_torch_order_changes_with_a_global_seed_too() -> None:
    seed_everything(5, verbose=False)
    assert not all_equal(epochs("torch"))


def test_torch_order_follows_from_torchs_seed() -> None:
    torch.manual_seed(3)
    first = epochs("torch")
    torch.manual_seed(3)
    assert all_equal([torch.stack(first), torch.stack(epochs("torch"))])


def test_keras_order_takes_nothing_from_torch() -> None:
    seed_everything(5, verbose=False)
    state = torch.get_rng_state()
    epochs("keras")
    assert torch.equal(torch.get_rng_state(), state)
