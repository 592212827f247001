"""Checkpoints of a run: whole or not there, and in place when the run is moved."""

from pathlib import Path
from typing import Any

import torch
from lightning import LightningModule, Trainer
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import ModelCheckpoint

from lit_sentiment.files import replace_file
from lit_sentiment.runs.run_folder import BEFORE_LAST, LAST
from lit_sentiment.training.epoch_so_far import is_inside_epoch, sums_so_far
from lit_sentiment.training.stopping import require_finite_weights


class RunCheckpoint(ModelCheckpoint):
    """Keeps one checkpoint of a fixed name, written at the end of an epoch, and inside it if that is asked for.

    Lightning's own forgets the best figure when a resumed run lies in another folder than before, and would write a
    worse epoch over the best one. This one goes by the file that lies beside it.

    Args:
        folder: Where to write.
        name: The name of the file, without `.ckpt`.
        monitor: Write only when this figure, which is better when smaller, improves; after every epoch if None.
        every: Write also each time that the training has had so many more steps.
    """

    def __init__(self, folder: Path, name: str, monitor: str | None = None, every: int | None = None) -> None:
        super().__init__(folder, name, monitor, enable_version_counter=False, save_on_train_epoch_end=True)
        self.path = folder.absolute() / f"{name}.ckpt"
        self.every = every

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        """Write if it is time."""
        if self.every is not None and trainer.global_step % self.every == 0:
            self.write_inside_epoch(trainer)

    def write_inside_epoch(self, trainer: Trainer) -> None:
        """Write now, if a training can go on from here.

        Raises:
            InputError: Some weights are not finite, or see sums_so_far.
        """
        if is_inside_epoch(trainer):
            require_finite_weights(trainer)
            sums_so_far(trainer)
            trainer.save_checkpoint(self.path)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the best figure, if there was one and its checkpoint is there."""
        if not state_dict["best_model_path"] or not self.path.exists():
            return
        path, score = str(self.path), state_dict["best_model_score"]
        best = {} if score is None else {"best_k_models": {path: score}, "kth_best_model_path": path}
        places = {"dirpath": self.dirpath, "best_model_path": path, "last_model_path": ""}
        super().load_state_dict({**state_dict, **best, **places})


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
