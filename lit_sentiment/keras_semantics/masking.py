"""The masks of recurrent layers: padding that is left out, and random masks that drop a part."""

import torch
from torch import Tensor, nn

from lit_sentiment.keras_semantics.batch_part import computed_rows, whole_batch
from lit_sentiment.keras_semantics.seed_generator import Generator


class UnmaskedSteps:
    """Where the steps are that a mask leaves of each sequence, and how outputs come back to all steps.

    In Keras a masked step keeps every state, and its output is the output before it (zeros before the first). A step
    that changes nothing may as well not be there: the steps that count are moved to the front, the recurrence runs
    over those alone, and each step of the sequence takes the output of the last step that counted. Padding in front,
    behind and in between are then one case.

    Source: `keras/src/backend/tensorflow/rnn.py`, Keras 3.15.

    Keras equivalence: as exact as the recurrence is.

    Args:
        mask: bool (B, T), false at the steps to leave out.
    """

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask
        self.counts = mask.sum(1)
        longest = max(int(self.counts.max()), 1)  # a batch of nothing but padding still runs over one step
        # A stable sort keeps the steps that count in their order.
        self.order = torch.argsort(mask.int(), dim=1, descending=True, stable=True)[:, :longest]

    def compacted(self, sequences: Tensor) -> Tensor:
        """Return (B, longest count, D) of sequences (B, T, D): the steps that count, and behind them any others."""
        return sequences.gather(1, self.order[..., None].expand(-1, -1, sequences.shape[-1]))

    def spread(self, outputs: Tensor) -> Tensor:
        """Return the outputs (B, T, H) at all steps for outputs (B, longest count, H) at those that count."""
        return _at(outputs, self.mask.cumsum(1) - 1)

    def last(self, outputs: Tensor) -> Tensor:
        """Return the outputs (B, H) at the last step that counts, zeros where there is none."""
        return _at(outputs, self.counts[:, None] - 1)[:, 0]


class RandomMasks(nn.Module):
    """The dropout masks of a layer; how many were drawn is part of the state of the module.

    Source: `keras/src/layers/rnn/dropout_rnn_cell.py`, Keras 3.15.

    Keras equivalence: bit-equal.

    Args:
        seed_generator: Where they come from.
    """

    def __init__(self, seed_generator: Generator) -> None:
        super().__init__()
        self.seed_generator = seed_generator

    def draw(self, count: int, rate: float, like: Tensor) -> Tensor | None:
        """Return masks (count, B, N) for a tensor (B, N): 0, or what scales up the rest; None where the rate is 0.

        Like Keras's, a rate of 1 draws nothing.
        """
        if rate == 0:
            return None
        if rate == 1:
            return like.new_zeros(count, *like.shape)
        shape = whole_batch(like.shape)
        draws = [self.seed_generator.uniform(shape, like.dtype, like.device) for _ in range(count)]
        noise = torch.stack([computed_rows(draw, like.dim()) for draw in draws])
        return (noise >= rate).to(like.dtype) * (1 / (1 - rate))

    def get_extra_state(self) -> object:
        """Return the state of the generator, for checkpoints."""
        return self.seed_generator.get_state()

    def set_extra_state(self, state: object) -> None:
        """Take up the state of the generator."""
        self.seed_generator.set_state(state)


def _at(outputs: Tensor, steps: Tensor) -> Tensor:
    """Return outputs (B, K, H) at steps int64 (B, K), where -1 is the state before the first: zeros."""
    index = steps.clamp(min=0)[..., None].expand(-1, -1, outputs.shape[-1])
    return torch.where((steps >= 0)[..., None], outputs.gather(1, index), 0)
