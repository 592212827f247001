"""The third model: weight decay against overfitting."""

from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.layers import LSTM, Dense, Embedding
from lit_sentiment.keras_semantics.regularizers import L2
from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.models.sentiment_model import OptimizerFactory, SentimentModel


class L2LSTM(SentimentModel):
    """The baseline with an L2 penalty on the embedding and on the LSTM's input kernel.

    Neither the recurrent kernel nor the bias is penalised: Keras's `kernel_regularizer` does not cover them. The
    listing trains with early stopping; that is a callback, see `configs/l2_early_stopping.yaml`.

    The Keras listing that it reproduces:

        model = Sequential([
            Embedding(vocab_size, 128, embeddings_regularizer=l2(0.01)),
            LSTM(128, kernel_regularizer=l2(0.01)),
            Dense(1, activation="sigmoid"),
        ])

    Args:
        vocab_size: Number of token ids; the data give it.
        embedding_dim: Size of a word's vector.
        units: Size of the LSTM's state.
        l2: Keras's factor: the penalty is `l2 * sum(weight ** 2)`, which is a weight decay of twice that.
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
        layers = [
            Embedding(vocab_size, embedding_dim, embeddings_regularizer=L2(l2), randomness=randomness),
            LSTM(embedding_dim, units, kernel_regularizer=L2(l2), randomness=randomness),
            Dense(units, 1, randomness=randomness),
        ]
        super().__init__(layers, learning_rate, optimizer)
        self.save_hyperparameters(ignore="optimizer")
