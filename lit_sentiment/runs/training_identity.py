"""The identity of a training that is about to start, from its model, its data and its trainer."""

import json
from typing import Any

import torch
from lightning import Trainer
from lightning.pytorch.callbacks import EarlyStopping
from torch.optim import Optimizer

from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.keras_semantics.early_stopping import KerasEarlyStopping
from lit_sentiment.keras_semantics.reduce_lr import KerasReduceLROnPlateau
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.plugins import is_users
from lit_sentiment.runs.identity import COMPUTED_ON, RECORDED_OPTIONS, Identity, arrays_sha256
from lit_sentiment.training.stopping import TimeLimit

_THRESHOLDS = ("stopping_threshold", "divergence_threshold")


def training_identity(model: SentimentModel, data: ReviewData, trainer: Trainer, seed: int) -> Identity:
    """Return what decides the curves when `trainer` fits `model` to `data` after `seed_everything(seed)`."""
    optimizer = optimizer_of(model)
    train, validation = data.arrays("train"), data.arrays("validation")
    identity = {
        "model": type(model).__name__,
        **model.hparams,
        "optimizer": type(optimizer).__name__,
        "optimizer_settings": {name: value for name, value in optimizer.defaults.items() if name != "lr"},
        "seed": seed,
        "dtype": str(next(model.parameters()).dtype).removeprefix("torch."),
        "batch_size": data.batch_size,
        "max_epochs": trainer.max_epochs,
        "early_stopping": _what_may_end_it(trainer),
        "train_reviews": len(train.labels),
        "validation_reviews": len(validation.labels),
        "train_sha256": arrays_sha256(train),
        "validation_sha256": arrays_sha256(validation),
    }
    reduced = [one.settings for one in trainer.callbacks if isinstance(one, KerasReduceLROnPlateau)]  # type: ignore[attr-defined]
    identity |= {"reduce_lr": reduced} if reduced else {}
    callbacks = map(type, trainer.callbacks)  # type: ignore[attr-defined]
    users = sorted(f"{one.__module__}.{one.__qualname__}" for one in callbacks if is_users(one.__module__))
    identity |= {"callbacks": users} if users else {}  # what they do to the curves is not known here
    for name, usual in RECORDED_OPTIONS.items():
        value = getattr(trainer, name)
        if not any(value == one and type(value) is type(one) for one in usual):  # one batch is not all, 1.0
            identity[name] = value
    computed_on = _computed_on(trainer)
    identity |= {COMPUTED_ON: computed_on} if computed_on else {}
    return dict(json.loads(json.dumps(identity)))


def optimizer_of(model: SentimentModel) -> Optimizer:
    """Return an optimiser as the model would be trained with, to look at.

    Raises:
        ValueError: It does not take these weights or its settings.
    """
    return model.optimizer([weight for weight in model.parameters() if weight.requires_grad], lr=model.learning_rate)


def _computed_on(trainer: Trainer) -> dict[str, Any]:
    device = trainer.strategy.root_device.type
    used = {"device": device, "threads": torch.get_num_threads() if device == "cpu" else 1}
    used |= {"processes": trainer.world_size}
    return {name: value for name, value in used.items() if value not in ("cpu", 1)}


def _what_may_end_it(trainer: Trainer) -> list[dict[str, Any]]:
    """Return the settings of Keras's early stopping by Keras's names, and of Lightning's own with their class."""
    found: list[dict[str, Any]] = []
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(callback, KerasEarlyStopping):
            found.append(callback.settings)
        elif isinstance(callback, EarlyStopping):
            names = ("monitor", "min_delta", "patience", "mode", "check_finite", *_THRESHOLDS)
            found.append({"class": "EarlyStopping", **{name: getattr(callback, name) for name in names}})
        elif isinstance(callback, TimeLimit):
            found.append({"class": "TimeLimit", "seconds": callback.seconds})
    return found
