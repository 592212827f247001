"""Trainings that take a fraction of a second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor, nn

from lit_sentiment.data.batches import Batches
from lit_sentiment.models import BaselineLSTM

TRAIN_SIZE, VALIDATION_SIZE, BATCH_SIZE = 11, 7, 3
"""Four training batches and three of validation."""


class Scripted(LightningModule):
    """Logs the figures that it is given, a dictionary per epoch, and learns nothing."""

    def __init__(self, figures: list[dict[str, float]]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.figures = figures

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        self._log("train", batch)
        return self.weight.sum()

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self._log("val", batch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def _log(self, part: str, batch: Any) -> None:
        figures = self.figures[self.current_epoch]
        chosen = {name: value for name, value in figures.items() if name.startswith("val_") == (part == "val")}
        self.log_dict(chosen, on_step=False, on_epoch=True, batch_size=len(batch[1]))


def _batches(size: int) -> Batches:
    token_ids = torch.arange(size * 5, dtype=torch.int32).reshape(size, 5) % 20
    return Batches(token_ids, torch.arange(size, dtype=torch.int32) % 2, BATCH_SIZE)


@pytest.fixture
def scripted() -> type[Scripted]:
    return Scripted


@pytest.fixture
def model() -> BaselineLSTM:
    return BaselineLSTM(vocab_size=20, embedding_dim=3, units=4)


@pytest.fixture
def fit(tmp_path: Path) -> Callable[..., Trainer]:
    """Fit a model for some epochs with callbacks, on a few reviews or none for validation; return the trainer."""

    def fit(
        model: LightningModule,
        *callbacks: Callback,
        epochs: int = 2,
        validation: bool = True,
        ckpt_path: Path | None = None,
        **options: Any,
    ) -> Trainer:
        quiet = {
            "logger": False,
            "enable_checkpointing": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "num_sanity_val_steps": 0,
            "log_every_n_steps": 1,
            "accelerator": "cpu",
            "default_root_dir": tmp_path,
            "limit_val_batches": None if validation else 0,
        }
        trainer = Trainer(max_epochs=epochs, callbacks=list(callbacks), **{**quiet, **options})
        batches = _batches(TRAIN_SIZE), _batches(VALIDATION_SIZE)
        trainer.fit(model, *batches, ckpt_path=ckpt_path, weights_only=True)
        return trainer

    return fit
