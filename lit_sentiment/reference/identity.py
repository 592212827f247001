"""What decides the curves of a training: two trainings that agree in it, ours or Keras's, have the same curves."""

import hashlib
import json
from typing import Any

import numpy as np
from lightning import Trainer

from lit_sentiment.data.review_data import EncodedReviews, ReviewData
from lit_sentiment.keras_semantics.early_stopping import KerasEarlyStopping
from lit_sentiment.models.sentiment_model import SentimentModel

Identity = dict[str, Any]
"""Plain values by name, as they come out of JSON."""


def training_identity(model: SentimentModel, data: ReviewData, trainer: Trainer, seed: int) -> Identity:
    """Return what decides the curves when `trainer` fits `model` to `data` after `seed_everything(seed)`."""
    optimizer = model.configure_optimizers()
    train, validation = data.arrays("train"), data.arrays("validation")
    early_stopping = [callback for callback in trainer.callbacks if isinstance(callback, KerasEarlyStopping)]  # type: ignore[attr-defined]
    identity = {
        "model": type(model).__name__,
        **model.hparams,
        "optimizer": type(optimizer).__name__,
        "optimizer_settings": {name: value for name, value in optimizer.defaults.items() if name != "lr"},
        "seed": seed,
        "dtype": str(next(model.parameters()).dtype).removeprefix("torch."),
        "batch_size": data.batch_size,
        "max_epochs": trainer.max_epochs,
        "early_stopping": [stopper.settings for stopper in early_stopping],
        "train_reviews": len(train.labels),
        "validation_reviews": len(validation.labels),
        "train_sha256": arrays_sha256(train),
        "validation_sha256": arrays_sha256(validation),
    }
    return dict(json.loads(json.dumps(identity)))


def arrays_sha256(arrays: EncodedReviews) -> str:
    """Return a digest of token_ids int32 (N, T) and labels int32 (N,), shapes included."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array, dtype="<i4").tobytes())
    return digest.hexdigest()


def differences(ours: Identity, theirs: Identity) -> list[str]:
    """Return a phrase for each thing in which two trainings differ."""
    names = [*ours, *(name for name in theirs if name not in ours)]
    return [
        f"{name} {ours.get(name)} against {theirs.get(name)}" for name in names if ours.get(name) != theirs.get(name)
    ]
