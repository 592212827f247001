import pytest
import torch
from lightning import seed_everything

from lit_sentiment.data.batches import Batches, epoch_order, global_seed
from lit_sentiment.keras_semantics.shuffle import keras_permutation

N, T = 7, 3
TOKEN_IDS = torch.arange(N * T, dtype=torch.int32).reshape(N, T)
LABELS = torch.tensor([0, 1, 1, 0, 1, 0, 0], dtype=torch.int32)


@pytest.mark.parametrize(("batch_size", "sizes"), [(1, [1] * 7), (3, [3, 3, 1]), (4, [4, 3]), (7, [7]), (9, [7])])
def test_last_batch_holds_what_is_left(batch_size, sizes):
    batches = Batches(TOKEN_IDS, LABELS, batch_size)
    assert [len(labels) for _, labels in batches] == sizes
    assert len(batches) == len(sizes)


def test_batches_have_the_shapes_and_types_of_the_arrays():
    token_ids, labels = next(iter(Batches(TOKEN_IDS, LABELS, 4)))
    assert (token_ids.shape, token_ids.dtype) == ((4, T), torch.int32)
    assert (labels.shape, labels.dtype) == ((4,), torch.int32)


def test_reviews_come_as_they_are_without_an_order():
    token_ids, labels = map(torch.cat, zip(*Batches(TOKEN_IDS, LABELS, 3), strict=True))
    assert torch.equal(token_ids, TOKEN_IDS)
    assert torch.equal(labels, LABELS)


def test_reviews_come_in_the_given_order_with_their_labels():
    order = torch.tensor([6, 0, 5, 1, 4, 2, 3])
    token_ids, labels = map(torch.cat, zip(*Batches(TOKEN_IDS, LABELS, 3, lambda: order), strict=True))
    assert torch.equal(token_ids, TOKEN_IDS[order])
    assert torch.equal(labels, LABELS[order])
    assert not torch.equal(labels, LABELS)


def test_order_is_asked_for_once_an_epoch():
    orders = [torch.arange(N), torch.arange(N).flip(0)]
    asked = iter(orders)
    batches = Batches(TOKEN_IDS, LABELS, 2, lambda: next(asked))
    for order in orders:
        assert torch.equal(torch.cat([token_ids for token_ids, _ in batches]), TOKEN_IDS[order])
    assert next(asked, None) is None


@pytest.mark.parametrize("given", range(4))
def test_epoch_goes_on_with_the_batches_that_were_to_come(given):
    """And the epoch after it is a whole one, in an order of its own."""
    orders = [torch.tensor([6, 0, 5, 1, 4, 2, 3]), torch.arange(N)]
    first = Batches(TOKEN_IDS, LABELS, 2, lambda: orders[0])
    for _ in zip(range(given), first, strict=False):
        pass
    state = first.state_dict()
    resumed = Batches(TOKEN_IDS, LABELS, 2, lambda: orders[1])
    if given:
        resumed.load_state_dict(state)
        assert torch.equal(torch.cat([labels for _, labels in resumed]), LABELS[orders[0]][2 * given :])
    assert torch.equal(torch.cat([labels for _, labels in resumed]), LABELS)


def test_between_epochs_there_is_nothing_to_keep():
    batches = Batches(TOKEN_IDS, LABELS, 2)
    assert batches.state_dict() == {}
    assert len(list(batches)) == 4
    assert batches.state_dict() == {}


SIZE = 29


def epochs(randomness, count=3):
    order = epoch_order(SIZE, randomness)  # type: ignore[arg-type]
    return [order() for _ in range(count)]


def all_equal(orders):
    return all(torch.equal(order, orders[0]) for order in orders)


def test_global_seed_is_the_one_given_to_lightning():
    assert global_seed() is None
    seed_everything(0, verbose=False)
    assert global_seed() == 0
    seed_everything(17, verbose=False)
    assert global_seed() == 17


@pytest.mark.parametrize("randomness", ["keras", "torch"])
@pytest.mark.parametrize("seed", [None, 0, 5])
def test_each_order_holds_every_review_once(randomness, seed):
    if seed is not None:
        seed_everything(seed, verbose=False)
    for order in epochs(randomness):
        assert order.dtype == torch.int64
        assert torch.equal(order.sort().values, torch.arange(SIZE))


@pytest.mark.parametrize("seed", [0, 5])
def test_keras_order_for_a_global_seed_is_the_same_in_every_epoch(seed):
    seed_everything(seed, verbose=False)
    orders = epochs("keras")
    assert all_equal([*orders, keras_permutation(SIZE, seed)])
    assert not torch.equal(orders[0], keras_permutation(SIZE, seed + 1))


def test_keras_order_without_a_global_seed_changes():
    assert not all_equal(epochs("keras"))


def test_torch_order_changes_with_a_global_seed_too():
    seed_everything(5, verbose=False)
    assert not all_equal(epochs("torch"))


def test_torch_order_follows_from_torchs_seed():
    torch.manual_seed(3)
    first = epochs("torch")
    torch.manual_seed(3)
    assert all_equal([torch.stack(first), torch.stack(epochs("torch"))])


def test_keras_order_takes_nothing_from_torch():
    seed_everything(5, verbose=False)
    state = torch.get_rng_state()
    epochs("keras")
    assert torch.equal(torch.get_rng_state(), state)
