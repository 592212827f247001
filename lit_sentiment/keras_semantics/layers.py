"""The Keras layers, as torch modules with Keras's weights, initial values and random numbers."""

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from lit_sentiment.keras_semantics.convolution import Conv1D
from lit_sentiment.keras_semantics.dense import Activation, Dense, Flatten, Softmax
from lit_sentiment.keras_semantics.dropout import Dropout, GaussianNoise, SpatialDropout1D
from lit_sentiment.keras_semantics.initializers import embedding_uniform, glorot_uniform, orthogonal
from lit_sentiment.keras_semantics.layer import Layer, Shape, Variable, assign, require_size
from lit_sentiment.keras_semantics.normalization import BatchNormalization, LayerNormalization
from lit_sentiment.keras_semantics.pooling import (
    AveragePooling1D,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    MaxPooling1D,
)
from lit_sentiment.keras_semantics.regularizers import L2


class Embedding(Layer, nn.Embedding):
    """`keras.layers.Embedding(input_dim, output_dim)`: token_ids int (B, T) to vectors (B, T, output_dim).

    The row of the padding is a row like all others and trained. Without a regulariser its gradient is sparse, an entry
    per occurrence, as Keras's on TensorFlow is (see KerasAdam); with one it is dense.
    """

    seeds = 1
    variables = (Variable("embeddings", "weight", "vars/0"),)

    def __init__(self, input_dim: int, output_dim: int, embeddings_regularizer: L2 | None = None) -> None:
        super().__init__()
        require_size("input_dim", input_dim)
        require_size("output_dim", output_dim)
        self.input_dim, self.output_dim = input_dim, output_dim
        self.embeddings_regularizer = embeddings_regularizer

    @staticmethod
    def sizes_of(shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
        """Return both sizes."""
        return dict(zip(("input_dim", "output_dim"), shapes[0], strict=True))

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


class LSTM(Layer, nn.LSTM):
    """`keras.layers.LSTM(units)`: vectors (B, T, D) to the last state (B, units), or to all (B, T, units).

    Keras and torch agree on the order of the gates (input, forget, cell, output), so the weights are transposes of
    each other. Keras has one bias where torch has two: `bias_hh_l0` stays zero and is not trained, for two trained
    biases would take twice the step. There is no mask: the state runs over the padding. The third seed is one that
    Keras takes for a dropout inside the cell.
    """

    seeds = 3
    variables = (
        Variable("kernel", "weight_ih_l0", "cell/vars/0", transposed=True),
        Variable("recurrent_kernel", "weight_hh_l0", "cell/vars/1", transposed=True),
        Variable("bias", "bias_ih_l0", "cell/vars/2"),
    )
    always: ClassVar[dict[str, Any]] = {"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True}

    weight_ih_l0: nn.Parameter
    weight_hh_l0: nn.Parameter
    bias_ih_l0: nn.Parameter
    bias_hh_l0: nn.Parameter

    def __init__(self, units: int, return_sequences: bool = False, kernel_regularizer: L2 | None = None) -> None:
        super().__init__()
        require_size("units", units)
        self.units, self.return_sequences = units, return_sequences
        self.kernel_regularizer = kernel_regularizer

    @staticmethod
    def sizes_of(shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
        """Return the units, which are the inputs of the recurrent kernel."""
        return {"units": shapes[1][0]}

    def _build(self, input_shape: Shape) -> Shape:
        nn.LSTM.__init__(self, input_shape[-1], self.units, batch_first=True)
        self.bias_hh_l0.requires_grad_(False)
        return (*input_shape[:-1], self.units) if self.return_sequences else (self.units,)

    def reset_parameters(self) -> None:
        """Set the initial weights that belong to the seed; the forget part of the bias is one, the rest zero."""
        dtype, gates, (kernel, recurrent_kernel, _) = self.weight_ih_l0.dtype, 4 * self.units, self.generators
        assign(self.weight_ih_l0, lambda: glorot_uniform((self.input_size, gates), kernel, dtype).T)
        assign(self.weight_hh_l0, lambda: orthogonal((self.units, gates), recurrent_kernel, dtype).T)
        nn.init.zeros_(self.bias_hh_l0)
        nn.init.zeros_(self.bias_ih_l0)
        nn.init.ones_(self.bias_ih_l0[self.units : 2 * self.units])

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:  # type: ignore[override]
        """Return the last state, or with `return_sequences` the state at every step."""
        outputs, (state, _) = nn.LSTM.forward(self, inputs)
        return outputs if self.return_sequences else state[-1]


LAYERS = {
    layer.__name__: layer
    for layer in (
        *(Embedding, LSTM, Dropout, Dense, Activation, Softmax, Flatten, SpatialDropout1D, GaussianNoise),
        *(Conv1D, MaxPooling1D, AveragePooling1D, GlobalMaxPooling1D, GlobalAveragePooling1D),
        *(BatchNormalization, LayerNormalization),
    )
}
"""By the name that Keras's configs use."""
