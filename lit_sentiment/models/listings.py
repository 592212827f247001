"""The three models, each as the Keras listing that it reproduces.

A `listing` builds its layers from whichever library it is given: from `lit_sentiment.keras_semantics`, or from `keras`
itself. So what we train and what Keras trains beside it are the same lines.
"""

from collections.abc import Sequence
from typing import Any

import lit_sentiment.keras_semantics.layers
import lit_sentiment.keras_semantics.regularizers  # noqa: F401 - the listings find it in keras_semantics
from lit_sentiment import keras_semantics
from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.models.sentiment_model import OptimizerFactory, SentimentModel


class BaselineLSTM(SentimentModel):
    """The first model: nothing against overfitting.

    Args:
        vocab_size: Number of token ids; the data give it.
        embedding_dim: Size of a word's vector.
        units: Size of the LSTM's state.
        learning_rate: Of the optimiser.
        optimizer: See SentimentModel.
        randomness: Whether initial weights are Keras's for the seed, or drawn by torch.
    """

    def __init__(
        self,
        vocab_size: int = 10_000,
        embedding_dim: int = 128,
        units: int = 128,
        learning_rate: float = 1e-3,
        optimizer: OptimizerFactory = KerasAdam,
        randomness: Randomness = "keras",
    ) -> None:
        layers = self.listing(keras_semantics, vocab_size, embedding_dim, units)
        super().__init__(layers, learning_rate, optimizer, randomness)
        self.save_hyperparameters(ignore="optimizer")

    @staticmethod
    def listing(keras: Any, vocab_size: int, embedding_dim: int, units: int) -> list[Any]:
        """Return the layers of the Keras listing."""
        return [
            keras.layers.Embedding(vocab_size, embedding_dim),
            keras.layers.LSTM(units),
            keras.layers.Dense(1, activation="sigmoid"),
        ]

    @staticmethod
    def settings_of(layers: Sequence[Any]) -> dict[str, Any]:
        """Return the settings with which `listing` gives layers of these sizes."""
        embedding, lstm, _ = layers
        return {"vocab_size": embedding.input_dim, "embedding_dim": embedding.output_dim, "units": lstm.units}


class DropoutLSTM(SentimentModel):
    """The second model: two LSTMs, each followed by dropout.

    Args:
        vocab_size: Number of token ids; the data give it.
        embedding_dim: Size of a word's vector.
        units: Sizes of the states of the two LSTMs.
        dropout: Rates of the two dropout layers.
        learning_rate: Of the optimiser.
        optimizer: See SentimentModel.
        randomness: Whether initial weights and dropout masks are Keras's for the seed, or drawn by torch.
    """

    def __init__(
        self,
        vocab_size: int = 10_000,
        embedding_dim: int = 128,
        units: tuple[int, int] = (128, 64),
        dropout: tuple[float, float] = (0.5, 0.3),
        learning_rate: float = 1e-3,
        optimizer: OptimizerFactory = KerasAdam,
        randomness: Randomness = "keras",
    ) -> None:
        layers = self.listing(keras_semantics, vocab_size, embedding_dim, units, dropout)
        super().__init__(layers, learning_rate, optimizer, randomness)
        self.save_hyperparameters(ignore="optimizer")

    @staticmethod
    def listing(
        keras: Any, vocab_size: int, embedding_dim: int, units: Sequence[int], dropout: Sequence[float]
    ) -> list[Any]:
        """Return the layers of the Keras listing."""
        return [
            keras.layers.Embedding(vocab_size, embedding_dim),
            keras.layers.LSTM(units[0], return_sequences=True),
            keras.layers.Dropout(dropout[0]),
            keras.layers.LSTM(units[1]),
            keras.layers.Dropout(dropout[1]),
            keras.layers.Dense(1, activation="sigmoid"),
        ]

    @staticmethod
    def settings_of(layers: Sequence[Any]) -> dict[str, Any]:
        """Return the settings with which `listing` gives layers of these sizes and rates."""
        embedding, first, first_dropout, second, second_dropout, _ = layers
        return {
            "vocab_size": embedding.input_dim,
            "embedding_dim": embedding.output_dim,
            "units": (first.units, second.units),
            "dropout": (first_dropout.rate, second_dropout.rate),
        }


class L2LSTM(SentimentModel):
    """The third model: the baseline with an L2 penalty on the embedding and on the LSTM's input kernel.

    Neither the recurrent kernel nor the bias is penalised: Keras's `kernel_regularizer` does not cover them. The
    listing trains with early stopping; that is a callback, see `configs/l2_early_stopping.yaml`.

    Args:
        vocab_size: Number of token ids; the data give it.
        embedding_dim: Size of a word's vector.
        units: Size of the LSTM's state.
        l2: Keras's factor: the penalty is `l2 * sum(weight ** 2)`.
        learning_rate: Of the optimiser.
        optimizer: See SentimentModel.
        randomness: Whether initial weights are Keras's for the seed, or drawn by torch.
    """

    def __init__(
        self,
        vocab_size: int = 10_000,
        embedding_dim: int = 128,
        units: int = 128,
        l2: float = 0.01,
        learning_rate: float = 1e-3,
        optimizer: OptimizerFactory = KerasAdam,
        randomness: Randomness = "keras",
    ) -> None:
        layers = self.listing(keras_semantics, vocab_size, embedding_dim, units, l2)
        super().__init__(layers, learning_rate, optimizer, randomness)
        self.save_hyperparameters(ignore="optimizer")

    @staticmethod
    def listing(keras: Any, vocab_size: int, embedding_dim: int, units: int, l2: float) -> list[Any]:
        """Return the layers of the Keras listing."""
        return [
            keras.layers.Embedding(vocab_size, embedding_dim, embeddings_regularizer=keras.regularizers.L2(l2)),
            keras.layers.LSTM(units, kernel_regularizer=keras.regularizers.L2(l2)),
            keras.layers.Dense(1, activation="sigmoid"),
        ]

    @staticmethod
    def settings_of(layers: Sequence[Any]) -> dict[str, Any]:
        """Return the settings with which `listing` gives layers of these sizes and factors."""
        embedding, lstm, _ = layers
        penalty = embedding.embeddings_regularizer or lstm.kernel_regularizer
        sizes = BaselineLSTM.settings_of(layers)
        return sizes | {"l2": penalty.l2 if penalty else 0.0}


LISTINGS: dict[str, type[SentimentModel]] = {model.__name__: model for model in (BaselineLSTM, DropoutLSTM, L2LSTM)}
"""By the name that configs and checkpoints use."""
