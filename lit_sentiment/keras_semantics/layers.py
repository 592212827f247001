"""Keras's layers, as torch modules with Keras's weights, initial values and random numbers."""

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from lit_sentiment.errors import SettingError
from lit_sentiment.keras_semantics.bidirectional import Bidirectional
from lit_sentiment.keras_semantics.initializers import embedding_uniform, glorot_uniform
from lit_sentiment.keras_semantics.layer import Layer, Shape, Variable, assign, require_size
from lit_sentiment.keras_semantics.recurrent import GRU, LSTM, SimpleRNN
from lit_sentiment.keras_semantics.regularizers import L2
from lit_sentiment.keras_semantics.seed_generator import Generator


class Embedding(Layer, nn.Embedding):
    """`keras.layers.Embedding(input_dim, output_dim)`: token_ids int (B, T) to vectors (B, T, output_dim).

    The row of the padding is a row like all others and trained; with `mask_zero` the layers behind, if they know masks,
    leave out the steps of token 0. Without a regulariser its gradient is sparse, an entry per occurrence, as Keras's on
    TensorFlow is (see KerasAdam); with one it is dense.
    """

    seeds = 1
    variables = (Variable("embeddings", "weight", "vars/0"),)

    def __init__(
        self, input_dim: int, output_dim: int, embeddings_regularizer: L2 | None = None, mask_zero: bool = False
    ) -> None:
        super().__init__()
        require_size("input_dim", input_dim)
        require_size("output_dim", output_dim)
        self.input_dim, self.output_dim = input_dim, output_dim
        self.embeddings_regularizer, self.mask_zero = embeddings_regularizer, mask_zero

    @staticmethod
    def sizes_of(shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
        """Return both sizes."""
        return dict(zip(("input_dim", "output_dim"), shapes[0], strict=True))

    def output_mask(self, inputs: Tensor, mask: Tensor | None) -> Tensor | None:
        """Return which tokens are not 0, with `mask_zero`."""
        return inputs != 0 if self.mask_zero else None

    def forward(self, token_ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the vectors."""
        return nn.Embedding.forward(self, token_ids)

    def _build(self, input_shape: Shape) -> Shape:
        nn.Embedding.__init__(self, self.input_dim, self.output_dim, sparse=self.embeddings_regularizer is None)
        return (*input_shape, self.output_dim)

    def reset_parameters(self) -> None:
        """Set the initial weights that belong to the seed."""
        shape = (self.input_dim, self.output_dim)
        assign(self.weight, lambda: embedding_uniform(shape, self.generators[0], self.weight.dtype))


class Dropout(Layer):
    """`keras.layers.Dropout(rate)`: in training, sets a part of the elements to zero and scales up the others.

    Like Keras's it takes no seed where the rate is 0. The mask belongs to the seed and to how often the layer was
    called in training before; that count is part of the state of the module. Validation and prediction do not advance
    it.
    """

    def __init__(self, rate: float) -> None:
        if not isinstance(rate, int | float) or not 0 <= rate < 1:
            raise SettingError("rate", "0 or more and below 1", rate)
        self.rate = rate
        super().__init__()

    @property
    def seeds(self) -> int:  # type: ignore[override]
        """One, but none where nothing is dropped."""
        return 1 if self.rate > 0 else 0

    @property
    def seed_generator(self) -> Generator | None:
        """Where the masks come from."""
        return self.generators[0] if self.generators else None

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
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


class Dense(Layer, nn.Linear):
    """`keras.layers.Dense(units, activation)`: (B, D) to (B, units); the activation is `sigmoid` or none.

    As Keras's cross-entropy does, a model takes the `logits` from before the sigmoid of its last layer.
    """

    seeds = 1
    variables = (Variable("kernel", "weight", "vars/0", transposed=True), Variable("bias", "bias", "vars/1"))
    always: ClassVar[dict[str, Any]] = {"use_bias": True}

    def __init__(self, units: int, activation: Any = None) -> None:
        super().__init__()
        require_size("units", units)
        if activation not in (None, "linear", "sigmoid"):
            raise SettingError("activation", "sigmoid or linear", activation)
        self.units, self.activation = units, None if activation == "linear" else activation

    @staticmethod
    def sizes_of(shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
        """Return the units, which are the outputs of the kernel."""
        return {"units": shapes[0][-1]}

    def _build(self, input_shape: Shape) -> Shape:
        nn.Linear.__init__(self, input_shape[-1], self.units)  # type: ignore[arg-type]
        return (*input_shape[:-1], self.units)

    def reset_parameters(self) -> None:
        """Set the initial weights that belong to the seed; the bias is zero."""
        shape = (self.in_features, self.out_features)
        assign(self.weight, lambda: glorot_uniform(shape, self.generators[0], self.weight.dtype).T)
        nn.init.zeros_(self.bias)

    def logits(self, inputs: Tensor) -> Tensor:
        """Return the outputs before the activation."""
        return nn.Linear.forward(self, inputs)

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the outputs."""
        return self.logits(inputs) if self.activation is None else torch.sigmoid(self.logits(inputs))


LAYERS = {layer.__name__: layer for layer in (Embedding, LSTM, GRU, SimpleRNN, Bidirectional, Dropout, Dense)}
"""By the name that Keras's configs use."""
