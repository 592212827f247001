"""The four Keras layers of the listings, as torch modules with Keras's weights, initial values and random numbers.

Like in Keras, a layer takes its seeds from Python's `random` when it is constructed, in the order of construction
(after `lightning.seed_everything(s)` the same ones as after `keras.utils.set_random_seed(s)`), and draws in the dtype
of its weights: construct a model that is to train in float64 under `torch.set_default_dtype(torch.float64)` or
Lightning's `trainer.init_module()`.
"""

import torch
from torch import Tensor, nn

from lit_sentiment.errors import InputError, require_positive
from lit_sentiment.keras_semantics.initializers import embedding_uniform, glorot_uniform, orthogonal
from lit_sentiment.keras_semantics.regularizers import L2
from lit_sentiment.keras_semantics.seed_generator import Randomness, new_generator


class Embedding(nn.Embedding):
    """`keras.layers.Embedding(input_dim, output_dim)`: token_ids int (B, T) to vectors (B, T, output_dim).

    The row of the padding is a row like all others and trained. Without a regulariser its gradient is sparse, an entry
    per occurrence, as Keras's on TensorFlow is (see KerasAdam); with one it is dense.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_regularizer: L2 | None = None,
        randomness: Randomness = "keras",
    ) -> None:
        require_positive("--model.embedding_dim", output_dim)
        self.initial = new_generator(randomness)
        super().__init__(input_dim, output_dim, sparse=embeddings_regularizer is None)
        self.regularizers = {} if embeddings_regularizer is None else {"weight": embeddings_regularizer}

    def reset_parameters(self) -> None:
        """Set the initial weights that belong to the seed."""
        shape = (self.num_embeddings, self.embedding_dim)
        _assign(self.weight, embedding_uniform(shape, self.initial, self.weight.dtype))


class LSTM(nn.LSTM):
    """`keras.layers.LSTM(units)`: vectors (B, T, input_dim) to the last state (B, units), or to all (B, T, units).

    Keras and torch agree on the order of the gates (input, forget, cell, output), so the weights are transposes of
    each other. Keras has one bias where torch has two: `bias_hh_l0` stays zero and is not trained, for two trained
    biases would take twice the step. There is no mask: the state runs over the padding.
    """

    weight_ih_l0: nn.Parameter
    weight_hh_l0: nn.Parameter
    bias_ih_l0: nn.Parameter
    bias_hh_l0: nn.Parameter

    def __init__(
        self,
        input_dim: int,
        units: int,
        return_sequences: bool = False,
        kernel_regularizer: L2 | None = None,
        randomness: Randomness = "keras",
    ) -> None:
        require_positive("--model.units", units)
        self.initial_kernel = new_generator(randomness)
        self.initial_recurrent_kernel = new_generator(randomness)
        new_generator(randomness)  # Keras's cell takes a third seed, for a dropout of its own that is not used here
        super().__init__(input_dim, units, batch_first=True)
        self.bias_hh_l0.requires_grad_(False)
        self.return_sequences = return_sequences
        self.regularizers = {} if kernel_regularizer is None else {"weight_ih_l0": kernel_regularizer}

    def reset_parameters(self) -> None:
        """Set the initial weights that belong to the seed; the forget part of the bias is one, the rest zero."""
        dtype, gates = self.weight_ih_l0.dtype, 4 * self.hidden_size
        _assign(self.weight_ih_l0, glorot_uniform((self.input_size, gates), self.initial_kernel, dtype).T)
        _assign(self.weight_hh_l0, orthogonal((self.hidden_size, gates), self.initial_recurrent_kernel, dtype).T)
        nn.init.zeros_(self.bias_hh_l0)
        nn.init.zeros_(self.bias_ih_l0)
        nn.init.ones_(self.bias_ih_l0[self.hidden_size : 2 * self.hidden_size])

    def forward(self, inputs: Tensor) -> Tensor:  # type: ignore[override]
        """Return the last state, or with `return_sequences` the state at every step."""
        outputs, (state, _) = super().forward(inputs)
        return outputs if self.return_sequences else state[-1]


class Dropout(nn.Module):
    """`keras.layers.Dropout(rate)`: in training, sets a part of the elements to zero and scales up the others.

    Like Keras's it takes no seed where the rate is 0. The mask belongs to the seed and to how often the layer was
    called in training before; that count is part of the state of the module. Validation and prediction do not advance
    it.
    """

    def __init__(self, rate: float, randomness: Randomness = "keras") -> None:
        super().__init__()
        if not 0 <= rate < 1:
            raise InputError(f"--model.dropout: expected rates of 0 or more and below 1, found {rate}")
        self.rate = rate
        self.seed_generator = new_generator(randomness) if rate > 0 else None

    def forward(self, inputs: Tensor) -> Tensor:
        """Return a tensor of the same shape and dtype."""
        if not self.training or self.seed_generator is None:
            return inputs
        kept = self.seed_generator.uniform(tuple(inputs.shape), inputs.dtype, inputs.device) >= self.rate
        return torch.where(kept, inputs * (1 / (1 - self.rate)), 0)

    def get_extra_state(self) -> object:
        """Return the state of the generator, for checkpoints."""
        return None if self.seed_generator is None else self.seed_generator.get_state()

    def set_extra_state(self, state: object) -> None:
        """Take up the state of the generator."""
        if self.seed_generator is not None:
            self.seed_generator.set_state(state)

    def extra_repr(self) -> str:
        """Show the rate."""
        return f"{self.rate}"


class Dense(nn.Linear):
    """`keras.layers.Dense(units)`: (B, input_dim) to (B, units). The sigmoid of the listings is left to the loss."""

    def __init__(self, input_dim: int, units: int, randomness: Randomness = "keras") -> None:
        self.initial = new_generator(randomness)
        super().__init__(input_dim, units)

    def reset_parameters(self) -> None:
        """Set the initial weights that belong to the seed; the bias is zero."""
        _assign(self.weight, glorot_uniform((self.in_features, self.out_features), self.initial, self.weight.dtype).T)
        nn.init.zeros_(self.bias)


def _assign(weight: Tensor, values: Tensor) -> None:
    with torch.no_grad():
        weight.copy_(values)
