"""The models."""

from lit_sentiment.models.keras_sequential import KerasSequential as KerasSequential
from lit_sentiment.models.listings import L2LSTM as L2LSTM
from lit_sentiment.models.listings import LISTINGS as LISTINGS
from lit_sentiment.models.listings import BaselineLSTM as BaselineLSTM
from lit_sentiment.models.listings import DropoutLSTM as DropoutLSTM
from lit_sentiment.models.sentiment_model import SentimentModel

MODELS: dict[str, type[SentimentModel]] = {**LISTINGS, KerasSequential.__name__: KerasSequential}
"""By the name that configs and checkpoints use."""
