"""The first model: nothing against overfitting."""

from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.layers import LSTM, Dense, Embedding
from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.models.sentiment_model import OptimizerFactory, SentimentModel


class BaselineLSTM(SentimentModel):
    """The unregularised model.

    The Keras listing that it reproduces:

        model = Sequential([
            Embedding(vocab_size, 128),
            LSTM(128),
            Dense(1, activation="sigmoid"),
        ])

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
        layers = [
            Embedding(vocab_size, embedding_dim, randomness=randomness),
            LSTM(embedding_dim, units, randomness=randomness),
            Dense(units, 1, randomness=randomness),
        ]
        super().__init__(layers, learning_rate, optimizer)
        self.save_hyperparameters(ignore="optimizer")
