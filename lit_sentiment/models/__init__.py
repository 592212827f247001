"""The three models."""

from lit_sentiment.models.baseline_lstm import BaselineLSTM
from lit_sentiment.models.dropout_lstm import DropoutLSTM
from lit_sentiment.models.l2_lstm import L2LSTM

MODELS = {model.__name__: model for model in (BaselineLSTM, DropoutLSTM, L2LSTM)}
"""By the name that configs and checkpoints use."""
