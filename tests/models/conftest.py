"""A training of ours on plain arrays: no command line, no data module."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import lightning
import numpy as np
import pytest
import torch

from lit_sentiment.data.batches import Batches, epoch_order
from lit_sentiment.keras_semantics import common_start
from lit_sentiment.models import LISTINGS
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.training.history_recorder import HistoryRecorder

PRECISIONS = {"float32": "32-true", "float64": "64-true"}

MOVES = 3
"""How often Keras trains anew where ours is not within the tolerance."""


@dataclass
class Ingredients:
    """What a twin replaces to be wrong on purpose."""

    model_class: type[SentimentModel] | None = None
    """Instead of the model of that name."""
    settings: dict[str, Any] = field(default_factory=dict)
    """More arguments of the model."""
    before_construction: Callable[[], object] = lambda: None
    mend_model: Callable[[SentimentModel], object] = lambda model: None
    shuffle_seed_offset: int = 0
    callbacks: list[lightning.Callback] = field(default_factory=list)


RIGHT = Ingredients()


@pytest.fixture
def all_starts_shared(monkeypatch):
    """Let layers too small for it to pay, too, read once what reviews begin alike with."""
    monkeypatch.setattr(common_start, "BLOCK_COST", 0)
    monkeypatch.setattr(common_start, "LEAST_GAIN", 0)


@pytest.fixture
def ingredients():
    return Ingredients


@pytest.fixture
def train(monkeypatch):
    """Train as `keras.utils.set_random_seed(seed)` and `model.fit(x, y, ...)` would; return model and curves."""

    def train(name, settings, x, y, validation, batch_size, epochs, seed, dtype, ingredients=RIGHT):
        monkeypatch.setenv("PL_GLOBAL_SEED", str(seed + ingredients.shuffle_seed_offset))
        order = epoch_order(len(y), "keras")
        lightning.seed_everything(seed, verbose=False)
        ingredients.before_construction()
        torch.set_default_dtype(getattr(torch, dtype))
        try:
            model = (ingredients.model_class or LISTINGS[name])(**{**settings, **ingredients.settings})
        finally:
            torch.set_default_dtype(torch.float32)
        ingredients.mend_model(model)
        recorder = HistoryRecorder()
        trainer = lightning.Trainer(
            max_epochs=epochs,
            accelerator="cpu",
            precision=PRECISIONS[dtype],
            callbacks=[*ingredients.callbacks, recorder],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        batches = Batches(torch.as_tensor(x), torch.as_tensor(y), batch_size, order)
        trainer.fit(model, batches, Batches(*map(torch.as_tensor, validation), batch_size))
        return model, recorder.history.curves

    return train


@pytest.fixture
def beyond_keras():
    """Take ten times Keras's distance from itself off a difference that is above the tolerance.

    Keras's own distance is what the same training changes in Keras when the embedding is moved by rounding. Nearly
    always that is nothing. But the maximum of two values that are almost equal, or an L1 penalty on a bias that
    BatchNormalization takes away again, follows rounding alone.
    """

    def beyond_keras(gap, tolerance, distance_when_moved):
        """`distance_when_moved(move)` trains Keras anew, with the weights that `move` makes of its own."""
        if gap <= tolerance:
            return gap

        def move(weights, draw):
            embedding, *others = weights
            size = 1e-15 if embedding.dtype == "float64" else 1e-6
            signs = np.random.default_rng(draw).choice([-1, 1], embedding.shape)
            return [(embedding * (1 + size * signs)).astype(embedding.dtype), *others]

        own = max(distance_when_moved(lambda weights, draw=draw: move(weights, draw)) for draw in range(MOVES))
        print(f"ours from Keras: {gap:.1e}, Keras from itself: {own:.1e}")
        return gap - 10 * own

    return beyond_keras


@pytest.fixture
def largest_difference():
    """Compare curves and weights of two trainings; in float32 an accuracy does not count.

    A probability may lie so near to one half that it is counted on the other side.
    """

    def largest_difference(dtype, our_curves, our_weights, their_curves, their_weights):
        assert [one.shape for one in our_weights] == [one.shape for one in their_weights]
        assert len(our_curves["loss"]) == len(their_curves["loss"])
        curves = [name for name in their_curves if "acc" not in name or dtype == "float64"]
        return max(
            *(np.abs(np.subtract(our_curves[name], their_curves[name])).max() for name in curves),
            *(np.abs(ours - theirs).max() for ours, theirs in zip(our_weights, their_weights, strict=True)),
        )

    return largest_difference
