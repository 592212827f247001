"""Keras's layers, as torch modules with Keras's weights, initial values and random numbers."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from lit_sentiment.keras_semantics.bidirectional import Bidirectional
from lit_sentiment.keras_semantics.convolution import Conv1D
from lit_sentiment.keras_semantics.dense import Activation, Dense, Flatten, Softmax
from lit_sentiment.keras_semantics.dropout import Dropout, GaussianNoise, SpatialDropout1D
from lit_sentiment.keras_semantics.layer import Layer, Shape, Variable, require_size
from lit_sentiment.keras_semantics.normalization import BatchNormalization, LayerNormalization
from lit_sentiment.keras_semantics.pooling import (
    AveragePooling1D,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    MaxPooling1D,
)
from lit_sentiment.keras_semantics.recurrent import GRU, LSTM, SimpleRNN


class Embedding(Layer, nn.Embedding):
    """`keras.layers.Embedding(input_dim, output_dim)`: token_ids int (B, T) to vectors (B, T, output_dim).

    The row of the padding is a row like all others and trained; with `mask_zero` the layers behind, if they know masks,
    leave out the steps of token 0. Without a regulariser its gradient is sparse, an entry per occurrence, as Keras's on
    TensorFlow is (see KerasAdam); with one it is dense.
    """

    variables = (Variable("embeddings", "weight", "vars/0"),)

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        mask_zero: bool = False,
        trainable: bool = True,
    ) -> None:
        super().__init__(trainable)
        require_size("input_dim", input_dim)
        require_size("output_dim", output_dim)
        self.input_dim, self.output_dim = input_dim, output_dim
        self._set_initializers(embeddings_initializer=embeddings_initializer)
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


LAYERS = {
    layer.__name__: layer
    for layer in (
        *(Embedding, LSTM, GRU, SimpleRNN, Bidirectional, Dropout, SpatialDropout1D, GaussianNoise),
        *(Dense, Activation, Softmax, Flatten, Conv1D, BatchNormalization, LayerNormalization),
        *(MaxPooling1D, AveragePooling1D, GlobalMaxPooling1D, GlobalAveragePooling1D),
    )
}
"""By the name that Keras's configs use."""
