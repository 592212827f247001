"""The three models."""

from lit_sentiment.models.listings import L2LSTM as L2LSTM
from lit_sentiment.models.listings import MODELS as MODELS
from lit_sentiment.models.listings import BaselineLSTM as BaselineLSTM
from lit_sentiment.models.listings import DropoutLSTM as DropoutLSTM
