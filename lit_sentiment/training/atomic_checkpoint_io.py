"""Checkpoints that are whole or not there."""

from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO

from lit_sentiment.files import replace_file


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes beside the place and moves the file there, so neither a kill nor a full disk costs the old checkpoint.

    Lightning stages checkpoints in the folder for temporary files, from where a move to another file system is a copy
    that can be cut off.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Save a checkpoint to a local path."""
        replace_file(Path(path), lambda file: torch.save(checkpoint, file))
