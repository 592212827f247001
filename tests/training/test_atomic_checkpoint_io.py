from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from lightning import Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from lit_sentiment.models import BaselineLSTM
from lit_sentiment.training.atomic_checkpoint_io import AtomicCheckpointIO

OLD, NEW = {"epoch": 1, "weight": torch.arange(6.0)}, {"epoch": 2, "weight": torch.ones(5)}


class Unsavable:
    """Breaks in the middle of the saving."""

    def __reduce__(self) -> str:
        raise RuntimeError("cannot be saved")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints" / "last.ckpt"


def load(path: Path) -> dict[str, object]:
    return AtomicCheckpointIO().load_checkpoint(path, weights_only=True)


def test_what_was_saved_is_loaded(path: Path) -> None:
    AtomicCheckpointIO().save_checkpoint(OLD, path)
    assert load(path)["epoch"] == 1
    assert torch.equal(load(path)["weight"], OLD["weight"])  # type: ignore[arg-type]


def test_new_checkpoint_replaces_the_old_one(path: Path) -> None:
    for checkpoint in (OLD, NEW):
        AtomicCheckpointIO().save_checkpoint(checkpoint, str(path))
    assert load(path)["epoch"] == 2
    assert list(path.parent.iterdir()) == [path]


def test_error_while_saving_keeps_the_old_one_and_leaves_nothing(path: Path) -> None:
    AtomicCheckpointIO().save_checkpoint(OLD, path)
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="cannot be saved"):
        AtomicCheckpointIO().save_checkpoint({**NEW, "more": Unsavable()}, path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("moment", ["os.fsync", "pathlib.Path.replace"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_full_disk_or_interruption_keeps_the_old_one(
    path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, failure: BaseException
) -> None:
    AtomicCheckpointIO().save_checkpoint(OLD, path)

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(moment, fail)
    with pytest.raises(type(failure)):
        AtomicCheckpointIO().save_checkpoint(NEW, path)
    assert load(path)["epoch"] == 1
    assert list(path.parent.iterdir()) == [path]


def test_old_one_stays_readable_while_the_new_one_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    AtomicCheckpointIO().save_checkpoint(OLD, path)
    seen: list[object] = []
    monkeypatch.setattr("os.fsync", lambda _: seen.append(load(path)["epoch"]))
    AtomicCheckpointIO().save_checkpoint(NEW, path)
    assert seen == [1]


def test_trainer_saves_through_it_beside_the_place(
    fit: Callable[..., Trainer], model: BaselineLSTM, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged: list[Path] = []
    replace = Path.replace

    def replace_and_note(source: Path, target: Path) -> Path:
        staged.append(source)
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", replace_and_note)
    keeper = ModelCheckpoint(path.parent, "last", enable_version_counter=False)
    fit(model, keeper, epochs=3, enable_checkpointing=True, plugins=[AtomicCheckpointIO()])
    assert {source.parent for source in staged} == {path.parent}
    assert list(path.parent.iterdir()) == [path]
    assert load(path)["epoch"] == 2
