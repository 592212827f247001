"""What models and data extend: Lightning's classes, or where a process only judges plain ones, which are there sooner.

Importing Lightning takes longer than all else that a command which only judges does at its start.
"""

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lit_sentiment.process import only_judges

if TYPE_CHECKING or not only_judges():
    from lightning import LightningDataModule, LightningModule
else:

    class _Settings:
        """As much of Lightning's `hparams` as the classes of this package need."""

        def save_hyperparameters(self, given: Mapping[str, Any] | None = None, ignore: str | None = None) -> None:
            """Keep the given settings, or else the arguments of the constructors that are at work."""
            settings, frame = {}, inspect.currentframe().f_back
            while frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is self:
                names, _, others, values = inspect.getargvalues(frame)
                settings |= {name: values[name] for name in names[1:]} | values.get(others, {})
                frame = frame.f_back
            self.hparams = {name: value for name, value in (given or settings).items() if name != ignore}

    class LightningModule(_Settings, nn.Module):
        """As much of Lightning's module as a model needs that judges."""

        @property
        def device(self) -> torch.device:
            """Where the weights are."""
            return next(self.parameters()).device

    class LightningDataModule(_Settings):
        """As much of Lightning's data module as reviews need that are judged."""

        trainer = None


__all__ = ["LightningDataModule", "LightningModule"]
