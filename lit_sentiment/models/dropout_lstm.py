"""The second model: dropout against overfitting."""

from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.layers import LSTM, Dense, Dropout, Embedding
from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.models.sentiment_model import OptimizerFactory, SentimentModel


class DropoutLSTM(SentimentModel):
    """Two LSTMs, each followed by dropout.

    The Keras listing that it reproduces:

        model = Sequential([
            Embedding(vocab_size, 128),
            LSTM(128, return_sequences=True),
            Dropout(0.5),
            LSTM(64),
            Dropout(0.3),
            Dense(1, activation="sigmoid"),
        ])

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
        layers = [
            Embedding(vocab_size, embedding_dim, randomness=randomness),
            LSTM(embedding_dim, units[0], return_sequences=True, randomness=randomness),
            Dropout(dropout[0], randomness=randomness),
            LSTM(units[0], units[1], randomness=randomness),
            Dropout(dropout[1], randomness=randomness),
            Dense(units[1], 1, randomness=randomness),
        ]
        super().__init__(layers, learning_rate, optimizer)
        self.save_hyperparameters(ignore="optimizer")
