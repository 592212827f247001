"""A training of ours that writes and says nothing, for the scripts that set ours beside Keras."""

import logging

import torch
from lightning import Callback, LightningDataModule, Trainer

from lit_sentiment import HistoryRecorder
from lit_sentiment.curves.history import History
from lit_sentiment.models.sentiment_model import SentimentModel


def train_quietly(model: SentimentModel, data: LightningDataModule, epochs: int) -> History:
    """Train a model in its own dtype on one CPU thread, and return its history."""
    recorder = HistoryRecorder()
    quiet_trainer(model, epochs, recorder).fit(model, data)
    return recorder.history


def quiet_trainer(model: SentimentModel, epochs: int, *callbacks: Callback) -> Trainer:
    """Return a trainer on one CPU thread for a model in its own dtype."""
    for logger in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(logger).setLevel(logging.WARNING)
    torch.set_num_threads(1)
    return Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        precision="64-true" if next(model.parameters()).dtype == torch.float64 else "32-true",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=list(callbacks),
    )
