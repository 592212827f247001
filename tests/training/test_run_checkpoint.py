import shutil
from pathlib import Path

import pytest
import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from lit_sentiment.training.run_checkpoint import AtomicCheckpointIO, RunCheckpoint

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


def train(folder, val_losses, resume=None):
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


def epochs_in(checkpoint):
    return int(torch.load(checkpoint, weights_only=True)["state_dict"]["weight"])


def test_best_and_last_are_kept_under_fixed_names(tmp_path):
    train(tmp_path, [3.0, 1.0, 2.0])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.ckpt", "last.ckpt"]
    assert (epochs_in(tmp_path / "best.ckpt"), epochs_in(tmp_path / "last.ckpt")) == (2, 3)


def test_worse_epoch_of_a_moved_and_resumed_run_leaves_the_best(tmp_path):
    train(tmp_path / "old", [3.0, 1.0])
    shutil.move(tmp_path / "old", tmp_path / "new")
    train(tmp_path / "new", [3.0, 1.0, 2.0], resume=tmp_path / "new" / "last.ckpt")
    assert (epochs_in(tmp_path / "new" / "best.ckpt"), epochs_in(tmp_path / "new" / "last.ckpt")) == (2, 3)


def test_better_epoch_of_a_moved_and_resumed_run_becomes_the_best(tmp_path):
    train(tmp_path / "old", [3.0, 1.0])
    shutil.move(tmp_path / "old", tmp_path / "new")
    train(tmp_path / "new", [3.0, 1.0, 0.5], resume=tmp_path / "new" / "last.ckpt")
    assert epochs_in(tmp_path / "new" / "best.ckpt") == 3


def test_run_that_goes_on_in_a_folder_of_its_own_has_a_best_of_its_own(tmp_path):
    train(tmp_path / "old", [3.0, 1.0])
    train(tmp_path / "new", [3.0, 1.0, 2.0], resume=tmp_path / "old" / "last.ckpt")
    assert epochs_in(tmp_path / "new" / "best.ckpt") == 3
    assert epochs_in(tmp_path / "old" / "best.ckpt") == 2


OLD, NEW = {"epoch": 1, "weight": torch.arange(6.0)}, {"epoch": 2, "weight": torch.ones(5)}


class Unsavable:
    """Breaks in the middle of the saving."""

    def __reduce__(self) -> str:
        raise RuntimeError("cannot be saved")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoints" / "last.ckpt"


def load(path):
    return AtomicCheckpointIO().load_checkpoint(path, weights_only=True)


def test_what_was_saved_is_loaded(path):
    AtomicCheckpointIO().save_checkpoint(OLD, path)
    assert load(path)["epoch"] == 1
    assert torch.equal(load(path)["weight"], OLD["weight"])  # type: ignore[arg-type]


def test_new_checkpoint_replaces_the_old_one(path):
    for checkpoint in (OLD, NEW):
        AtomicCheckpointIO().save_checkpoint(checkpoint, str(path))
    assert load(path)["epoch"] == 2
    assert load(path.with_name("before_last.ckpt"))["epoch"] == OLD["epoch"]
    assert {one.name for one in path.parent.iterdir()} == {"last.ckpt", "before_last.ckpt"}


def test_error_while_saving_keeps_the_old_one_and_leaves_nothing(path):
    AtomicCheckpointIO().save_checkpoint(OLD, path)
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="cannot be saved"):
        AtomicCheckpointIO().save_checkpoint({**NEW, "more": Unsavable()}, path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("moment", ["os.fsync", "pathlib.Path.replace"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_full_disk_or_interruption_keeps_the_old_one(path, monkeypatch, moment, failure):
    AtomicCheckpointIO().save_checkpoint(OLD, path)

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(moment, fail)
    with pytest.raises(type(failure)):
        AtomicCheckpointIO().save_checkpoint(NEW, path)
    assert load(path)["epoch"] == 1
    assert list(path.parent.iterdir()) == [path]


def test_old_one_stays_readable_while_the_new_one_is_written(path, monkeypatch):
    AtomicCheckpointIO().save_checkpoint(OLD, path)
    seen: list[object] = []
    monkeypatch.setattr("os.fsync", lambda _: seen.append(load(path)["epoch"]))
    AtomicCheckpointIO().save_checkpoint(NEW, path)
    assert seen == [1]


def test_trainer_saves_through_it_beside_the_place(fit, model, path, monkeypatch):
    staged: list[Path] = []
    replace = Path.replace

    def replace_and_note(source: Path, target: Path) -> Path:
        staged.append(source)
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", replace_and_note)
    keeper = ModelCheckpoint(path.parent, "last", enable_version_counter=False)
    fit(model, keeper, epochs=3, enable_checkpointing=True, plugins=[AtomicCheckpointIO()])
    assert {source.parent for source in staged} == {path.parent}
    assert {one.name for one in path.parent.iterdir()} == {"last.ckpt", "before_last.ckpt"}
    assert load(path)["epoch"] == 2
