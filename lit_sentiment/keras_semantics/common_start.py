"""The steps that all reviews of a batch begin with, mostly padding, read once for all of them."""

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from lit_sentiment.keras_semantics.dropout import Dropout, GaussianNoise, SpatialDropout1D
from lit_sentiment.keras_semantics.layer import Layer
from lit_sentiment.keras_semantics.layers import Embedding
from lit_sentiment.keras_semantics.recurrence import Recurrence
from lit_sentiment.keras_semantics.recurrent import GRU, LSTM, SimpleRNN


def common_steps(token_ids: Tensor) -> int:
    """Return how many steps token_ids int (B, T) have in common at their start, at most T - 1.

    It is 0 where nothing is gained: for a single review, for less than an eighth of the steps, which a second call of
    the layers outweighs, on a GPU, which would have to wait for the count, and in a graph for reviews not yet known.
    """
    if torch.onnx.is_in_onnx_export() or len(token_ids) < 2 or token_ids.device.type != "cpu":
        return 0
    alike = (token_ids[:, :-1] == token_ids[:1, :-1]).all(0)
    common = int(alike.int().cumprod(0).sum())
    return common if 8 * common >= token_ids.shape[1] else 0


def forward_readers(layers: Iterable[nn.Module]) -> list[Layer]:
    """Return the layers up to the recurrent one that gives its last output alone, if each reads forwards.

    That is, if outside training its output at a step depends on this step and those before it: an embedding without
    mask, dropout and noise, and recurrent layers. Otherwise none: of a Conv1D, a Bidirectional, a class of the user's
    own, which may compute anything, or a layer with a forward hook, which is to see all steps.
    """
    readers = []
    for layer in layers:
        recurrent = type(layer) in (LSTM, GRU, SimpleRNN) and not cast(Recurrence, layer).go_backwards
        embedding = type(layer) is Embedding and not layer.mask_zero
        if not (recurrent or embedding or type(layer) in (Dropout, SpatialDropout1D, GaussianNoise)):
            break
        if layer._forward_hooks or layer._forward_pre_hooks:
            break
        readers.append(cast(Layer, layer))
        if recurrent and not cast(Recurrence, layer).return_sequences:
            return readers
    return []


def last_output(readers: Iterable[Layer], token_ids: Tensor, common: int) -> Tensor:
    """Return the outputs (B, units) of the last of these layers, outside training.

    Keras equivalence: every step is computed as by the layers themselves, in a batch of another size; equal but for
    rounding.

    Args:
        readers: From `forward_readers`.
        token_ids: int (B, T).
        common: How many steps all reviews begin with alike, from 1 to T - 1.
    """
    start, rest = token_ids[:1, :common], token_ids[:, common:]
    for layer in readers:
        if isinstance(layer, Recurrence):
            start, rest = layer.after_start(start, rest)
        else:
            start, rest = layer(start), layer(rest)
    return rest
