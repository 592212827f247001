"""The three listings as a Keras user writes them, for the scripts that record what Keras does with them."""

from collections.abc import Mapping
from inspect import signature
from typing import Any

import keras
from keras import layers, regularizers


def baseline_lstm(vocab_size: int, embedding_dim: int, units: int) -> keras.Sequential:
    """The first listing."""
    return keras.Sequential(
        [
            layers.Embedding(vocab_size, embedding_dim),
            layers.LSTM(units),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def dropout_lstm(vocab_size: int, embedding_dim: int, units: list[int], dropout: list[float]) -> keras.Sequential:
    """The second listing."""
    return keras.Sequential(
        [
            layers.Embedding(vocab_size, embedding_dim),
            layers.LSTM(units[0], return_sequences=True),
            layers.Dropout(dropout[0]),
            layers.LSTM(units[1]),
            layers.Dropout(dropout[1]),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def l2_lstm(vocab_size: int, embedding_dim: int, units: int, l2: float) -> keras.Sequential:
    """The third listing."""
    return keras.Sequential(
        [
            layers.Embedding(vocab_size, embedding_dim, embeddings_regularizer=regularizers.l2(l2)),
            layers.LSTM(units, kernel_regularizer=regularizers.l2(l2)),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


LISTINGS = {"BaselineLSTM": baseline_lstm, "DropoutLSTM": dropout_lstm, "L2LSTM": l2_lstm}


def listing_of(name: str, settings: Mapping[str, Any]) -> keras.Sequential:
    """Return the listing of a model of ours, of the sizes and rates among its settings; others are passed over."""
    taken = signature(LISTINGS[name]).parameters
    return LISTINGS[name](**{setting: value for setting, value in settings.items() if setting in taken})
