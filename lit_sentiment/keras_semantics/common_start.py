"""The steps that reviews of a batch begin with alike, mostly padding, read once for all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lit_sentiment.keras_semantics.dropout import Dropout, GaussianNoise, SpatialDropout1D
from lit_sentiment.keras_semantics.layer import Layer
from lit_sentiment.keras_semantics.layers import Embedding
from lit_sentiment.keras_semantics.recurrence import Recurrence
from lit_sentiment.keras_semantics.recurrent import GRU, LSTM, SimpleRNN

BLOCK_COST = 12_000
"""One more block costs as many steps of one review as the units go into this (`scripts/time_common_start.py`)."""
LEAST_GAIN = 1 / 8
"""Of all steps; what promises less is lost in copies."""
MOST_JOINS = 8


@dataclass(frozen=True)
class SharedReading:
    """When each review of a batch begins to be read.

    One is read from its first step on. The others begin like it, and go on from its state where they join.

    Args:
        order: int64 (B,), the reviews in the order in which they join.
        stretches: (start, end, reviews): from a step to the one before another, so many of the first reviews are read.
    """

    order: NDArray[np.int64]
    stretches: Sequence[tuple[int, int, int]]

    def outputs(self, layers: Iterable[Layer], token_ids: Tensor) -> Tensor:
        """Return what the last of these layers, from `shared_readers`, gives for token_ids int (B, T).

        Keras equivalence: every step is computed as by the layers themselves, in a batch of another size; equal but for
        rounding. So are the gradients: those of a review's first steps arrive, added up, at the one that was read.
        """
        joined = token_ids[self.order]
        blocks = [joined[:reviews, start:end] for start, end, reviews in self.stretches]
        for layer in layers:
            if isinstance(layer, Recurrence):
                blocks = layer.joining(blocks)
            elif isinstance(layer, Embedding):  # at once, for every call has a gradient of the size of the weight
                vectors = layer(torch.cat([block.flatten() for block in blocks]))
                parts = vectors.split([block.numel() for block in blocks])
                blocks = [part.view(*block.shape, -1) for part, block in zip(parts, blocks, strict=True)]
            else:
                blocks = [layer(block) for block in blocks]
        outputs = blocks[-1]
        if outputs.dim() > 2:  # of all steps, not the last alone
            outputs = torch.cat([torch.cat([one, one[:1].expand(len(joined) - len(one), -1, -1)]) for one in blocks], 1)
        return outputs[self.order.argsort()]


def shared_reading(token_ids: Tensor, units: int) -> SharedReading | None:
    """Return the reading of token_ids int (B, T) that takes least work, or None where all is to be read.

    So it is where nothing is gained, on a GPU, which would have to wait for the plan, and in a graph for reviews not
    yet known. At least the last step of every review is its own.

    Args:
        token_ids: The batch.
        units: Of the layer that reads, which tell what one more block costs.
    """
    reviews, length = token_ids.shape
    if torch.onnx.is_in_onnx_export() or reviews < 2 or token_ids.device.type != "cpu":
        return None
    ids = token_ids.numpy()
    first = _leading(ids == ids[:, :1]).argmax()  # the review with most padding
    shared = np.minimum(_leading(ids == ids[first]), length - 1)
    shared[first] = -1
    order = shared.argsort(kind="stable")
    saved, joins = _joins([0, *shared[order[1:]].tolist()], BLOCK_COST / units)
    starts, opening = [step for step, _ in joins], [review for _, review in joins]
    stretches = list(zip([0, *starts], [*starts, length], [*opening, reviews], strict=True))
    return SharedReading(order, stretches) if joins and saved >= LEAST_GAIN * token_ids.numel() else None


def _joins(shared: Sequence[int], block: float) -> tuple[float, list[tuple[int, int]]]:
    """Return how many steps of a review can be saved at most, and the steps at which reviews join, with the first each.

    Args:
        shared: The steps that each review shares with the first, in ascending order; of the first 0.
        block: What a join costs, in steps of one review.
    """
    best: dict[int, tuple[float, list[tuple[int, int]]]] = {len(shared): (0.0, [])}  # for this review and all behind
    for review in reversed([0, *range(1, len(shared), -(-len(shared) // MOST_JOINS))]):
        options = []
        for later, (saved, joins) in best.items():
            gain = shared[review] * (later - review) - block
            options.append((saved + gain, [(shared[review], review), *joins]) if gain > 0 else (saved, joins))
        best[review] = max(options, key=lambda option: option[0])
    return best[0]


def shared_readers(layers: Iterable[nn.Module], training: bool) -> list[Any]:
    """Return the first layers, up to a recurrent one, that give reviews which begin alike the same outputs.

    Their output at a step depends on this step and those before it: an embedding without mask, recurrent layers that
    read forwards, and outside training dropout and noise. In training none drops anything, and no optimiser wants the
    gradient of an embedding step by step (see KerasAdam). A class of the user's own may compute anything, and a
    forward hook is to see all steps.
    """
    readers: list[Any] = []
    for layer in layers:
        if not _reads_forwards(layer, training) or layer._forward_hooks or layer._forward_pre_hooks:
            break
        readers.append(layer)
        if isinstance(layer, Recurrence) and not layer.return_sequences:
            break
    while readers and not isinstance(readers[-1], Recurrence):
        readers.pop()
    return readers


def _reads_forwards(layer: Any, training: bool) -> bool:
    if type(layer) is Embedding:
        return not layer.mask_zero and not (training and layer.sparse and layer.weight.requires_grad)
    if type(layer) in (LSTM, GRU, SimpleRNN):
        return not layer.go_backwards and not (training and (layer.dropout or layer.recurrent_dropout))
    return type(layer) in (Dropout, SpatialDropout1D, GaussianNoise) and not training


def _leading(alike: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many of each row are true before the first that is not."""
    return np.logical_and.accumulate(alike, axis=1).sum(axis=1)
