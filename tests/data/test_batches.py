import pytest
import torch

from lit_sentiment.data.batches import Batches

N, T = 7, 3
TOKEN_IDS = torch.arange(N * T, dtype=torch.int32).reshape(N, T)
LABELS = torch.tensor([0, 1, 1, 0, 1, 0, 0], dtype=torch.int32)


@pytest.mark.parametrize(("batch_size", "sizes"), [(1, [1] * 7), (3, [3, 3, 1]), (4, [4, 3]), (7, [7]), (9, [7])])
def test_last_batch_holds_what_is_left(batch_size: int, sizes: list[int]) -> None:
    batches = Batches(TOKEN_IDS, LABELS, batch_size)
    assert [len(labels) for _, labels in batches] == sizes
    assert len(batches) == len(sizes)


def test_batches_have_the_shapes_and_types_of_the_arrays() -> None:
    token_ids, labels = next(iter(Batches(TOKEN_IDS, LABELS, 4)))
    assert (token_ids.shape, token_ids.dtype) == ((4, T), torch.int32)
    assert (labels.shape, labels.dtype) == ((4,), torch.int32)


def test_reviews_come_as_they_are_without_an_order() -> None:
    token_ids, labels = map(torch.cat, zip(*Batches(TOKEN_IDS, LABELS, 3), strict=True))
    assert torch.equal(token_ids, TOKEN_IDS)
    assert torch.equal(labels, LABELS)


def test_reviews_come_in_the_given_order_with_their_labels() -> None:
    order = torch.tensor([6, 0, 5, 1, 4, 2, 3])
    token_ids, labels = map(torch.cat, zip(*Batches(TOKEN_IDS, LABELS, 3, lambda: order), strict=True))
    assert torch.equal(token_ids, TOKEN_IDS[order])
    assert torch.equal(labels, LABELS[order])
    assert not torch.equal(labels, LABELS)


def test_order_is_asked_for_once_an_epoch() -> None:
    orders = [torch.arange(N), torch.arange(N).flip(0)]
    asked = iter(orders)
    batches = Batches(TOKEN_IDS, LABELS, 2, lambda: next(asked))
    for order in orders:
        assert torch.equal(torch.cat([token_ids for token_ids, _ in batches]), TOKEN_IDS[order])
    assert next(asked, None) is None
