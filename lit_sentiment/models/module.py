"""What the models extend: Lightning's module, or where a process only judges a plain one, which is there sooner.

Importing Lightning takes longer than all else that `predict` and `serve` do at their start.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lit_sentiment.process import only_judges

if TYPE_CHECKING or not only_judges():
    from lightning import LightningModule as Module
else:

    class Module(nn.Module):
        """As much of Lightning's module as a model needs that is opened from a checkpoint and judges."""

        @property
        def device(self) -> torch.device:
            """Where the weights are."""
            return next(self.parameters()).device

        def save_hyperparameters(self, *_: Any, **__: Any) -> None:
            """Keep nothing: the settings came from the checkpoint, and no other is written."""


__all__ = ["Module"]
