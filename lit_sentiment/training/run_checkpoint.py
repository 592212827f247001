"""Checkpoints of a run: whole or not there, and in place when the run is moved."""

from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import ModelCheckpoint

from lit_sentiment.files import replace_file
from lit_sentiment.runs.run_folder import BEFORE_LAST, LAST


class RunCheckpoint(ModelCheckpoint):
    """Keeps one checkpoint of a fixed name, written at the end of an epoch.

    Lightning's own forgets the best figure when a resumed run lies in another folder than before, and would write a
    worse epoch over the best one. This one goes by the file that lies beside it.

    Args:
        folder: Where to write.
        name: The name of the file, without `.ckpt`.
        monitor: Write only when this figure, which is better when smaller, improves; after every epoch if None.
    """

    def __init__(self, folder: Path, name: str, monitor: str | None = None) -> None:
        super().__init__(folder, name, monitor, enable_version_counter=False, save_on_train_epoch_end=True)
        self.path = folder.absolute() / f"{name}.ckpt"

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the best figure, if its checkpoint is there."""
        if not self.path.exists():
            return
        path, score = str(self.path), state_dict["best_model_score"]
        kept = {"best_model_score": score, "kth_value": state_dict["kth_value"], "best_k_models": {path: score}}
        places = {"dirpath": self.dirpath, "best_model_path": path, "kth_best_model_path": path, "last_model_path": ""}
        super().load_state_dict({**state_dict, **kept, **places})


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes beside the place and moves the file there, so neither a kill nor a full disk costs the old checkpoint.

    Lightning stages checkpoints in the folder for temporary files, from where a move to another file system is a copy
    that can be cut off.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Save a checkpoint to a local path; of the last one of a run, the one before stays."""
        place = Path(path)
        kept = place.with_name(BEFORE_LAST) if place.name == LAST else None
        replace_file(place, lambda file: torch.save(checkpoint, file), kept)
