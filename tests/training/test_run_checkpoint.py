import shutil
from pathlib import Path

import pytest
import torch
from lightning import LightningModule, Trainer

from lit_sentiment.training.run_checkpoint import RunCheckpoint

pytestmark = pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty")


class Scripted(LightningModule):
    """Logs a scripted val_loss; its weight counts the epochs."""

    def __init__(self, val_losses: list[float]) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.val_losses = val_losses

    def training_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
        self.log("val_loss", self.val_losses[self.current_epoch], on_epoch=True)
        return -self.weight

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1.0)


def train(folder: Path, val_losses: list[float], resume: Path | None = None) -> None:
    callbacks = [RunCheckpoint(folder, "best", monitor="val_loss"), RunCheckpoint(folder, "last")]
    trainer = Trainer(
        max_epochs=len(val_losses),
        callbacks=callbacks,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
    )
    trainer.fit(Scripted(val_losses), [torch.zeros(1)], ckpt_path=resume, weights_only=True)


def epochs_in(checkpoint: Path) -> int:
    return int(torch.load(checkpoint, weights_only=True)["state_dict"]["weight"])


def test_best_and_last_are_kept_under_fixed_names(tmp_path: Path):
    train(tmp_path, [3.0, 1.0, 2.0])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.ckpt", "last.ckpt"]
    assert (epochs_in(tmp_path / "best.ckpt"), epochs_in(tmp_path / "last.ckpt")) == (2, 3)


def test_worse_epoch_of_a_moved_and_resumed_run_leaves_the_best(tmp_path: Path):
    train(tmp_path / "old", [3.0, 1.0])
    shutil.move(tmp_path / "old", tmp_path / "new")
    train(tmp_path / "new", [3.0, 1.0, 2.0], resume=tmp_path / "new" / "last.ckpt")
    assert (epochs_in(tmp_path / "new" / "best.ckpt"), epochs_in(tmp_path / "new" / "last.ckpt")) == (2, 3)


def test_better_epoch_of_a_moved_and_resumed_run_becomes_the_best(tmp_path: Path):
    train(tmp_path / "old", [3.0, 1.0])
    shutil.move(tmp_path / "old", tmp_path / "new")
    train(tmp_path / "new", [3.0, 1.0, 0.5], resume=tmp_path / "new" / "last.ckpt")
    assert epochs_in(tmp_path / "new" / "best.ckpt") == 3


def test_run_that_goes_on_in_a_folder_of_its_own_has_a_best_of_its_own(tmp_path: Path):
    train(tmp_path / "old", [3.0, 1.0])
    train(tmp_path / "new", [3.0, 1.0, 2.0], resume=tmp_path / "old" / "last.ckpt")
    assert epochs_in(tmp_path / "new" / "best.ckpt") == 3
    assert epochs_in(tmp_path / "old" / "best.ckpt") == 2
