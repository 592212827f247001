"""The folder of one training, and what lies where in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lit_sentiment.curves.history import History
from lit_sentiment.errors import InputError
from lit_sentiment.files import read_object, replace_bytes

_WRITTEN = ("config.yaml", "identity.json", "events.out.tfevents.*", "hparams.yaml", "metrics.csv")
"""What is written before the first step, loggers of the user included."""
_TEXTS, _NUMBERS = (
    ("model", "dtype", "train_sha256", "validation_sha256"),
    ("seed", "train_reviews", "validation_reviews"),
)
_OF_IDENTITY = {**dict.fromkeys(_TEXTS, str), **dict.fromkeys(_NUMBERS, int)}
_OF_OUTCOME = {"torch": str, "lightning": str, "training_seconds": int | float, "verdict": dict}
"""The types of what other commands take from these files."""
LAST, BEFORE_LAST = "last.ckpt", "before_last.ckpt"
"""Two checkpoints, so that one is left where a disk damages the other."""
LOCK = "in_use"
"""The file that is there while a process trains the run; see `claimed_run`."""


class _Place:
    """Where something lies in the folder of a run."""

    def __init__(self, *parts: str) -> None:
        self._parts = parts

    def __get__(self, run: "RunFolder", _: type) -> Path:
        return run.path.joinpath(*self._parts)


@dataclass(frozen=True)
class RunFolder:
    """A folder that holds one training: its settings, curves and checkpoints."""

    path: Path
    config = _Place("config.yaml")
    """Every setting, as a file for `fit --config`."""
    history = _Place("history.csv")
    """The figures of every epoch."""
    identity = _Place("identity.json")
    """What decides the curves: data, settings and seed."""
    finished = _Place("finished.json")
    """What came out; there only when the training has come to its end."""
    checkpoints = _Place("checkpoints")
    """The folder of the checkpoints."""
    best_checkpoint = _Place("checkpoints", "best.ckpt")
    """The model of the smallest val_loss."""
    last_checkpoint = _Place("checkpoints", LAST)
    """The model and all else that a resumed training needs, of the last whole epoch or, if asked for, of a step."""
    checkpoint_before_last = _Place("checkpoints", BEFORE_LAST)
    """The one before that."""
    judgements = _Place("judgements.npz")
    """What it says of each review after every epoch, if that was asked for."""

    def read_history(self) -> History:
        """Read the figures of every epoch."""
        return History.read(self.history)

    def read_identity(self) -> dict[str, Any]:
        """Read what decides the curves.

        Raises:
            InputError: The file is missing or holds something else.
        """
        return read_object(self.identity, "what decides the curves of a run", _OF_IDENTITY)

    @property
    def is_finished(self) -> bool:
        """Whether the training has come to its end, and what came out can be read."""
        try:
            return bool(self.read_finished())
        except InputError:
            return False

    def read_finished(self) -> dict[str, Any]:
        """Read what came out: versions, seconds, best epoch and verdict.

        Raises:
            InputError: The training is not finished, or the file holds something else.
        """
        what = "what came out of a finished run"
        outcome = read_object(self.finished, what, _OF_OUTCOME)
        if not isinstance(outcome["verdict"].get("kind"), str):
            raise InputError(f"{self.finished}: expected {what}, found no kind of verdict in it")
        return outcome

    def require_unused(self) -> None:
        """Refuse to write over an earlier run.

        Raises:
            InputError: The path is a file, or a folder with something in it.
        """
        if self.path.is_dir() and all(path.name == LOCK for path in self.path.iterdir()):
            return
        if self.path.exists():
            raise InputError(
                f"`run`: expected a new folder, found {self.path} in use; name another one, or go on with that run by "
                "`ckpt_path` last"
            )

    @property
    def has_no_whole_epoch(self) -> bool:
        """Whether a training began here and came to no end of an epoch."""
        after_an_epoch = (self.last_checkpoint, self.checkpoint_before_last, self.finished)
        return self.config.exists() and not any(path.exists() for path in after_an_epoch)

    def remove_left_over(self) -> None:
        """Take away what a killed process has left: half written files, and without a whole epoch all that it wrote."""
        for name in (
            ".*.tmp",
            *((*_WRITTEN, self.history.name, self.judgements.name) if self.has_no_whole_epoch else ()),
        ):
            for path in self.path.rglob(name):
                path.unlink()

    def holds(self, checkpoint: Path) -> bool:
        """Whether a checkpoint lies where this run keeps its own."""
        return checkpoint.absolute().parent.resolve() == self.checkpoints.resolve()

    @contextmanager
    def as_it_was_unless(self, begun: Callable[[], bool]) -> Iterator[None]:
        """Take back what was written here if what runs inside fails before the training has begun.

        Only files of a run are taken away, and folders that are new and empty by then.
        """
        own = (self.config, self.identity, self.finished)
        contents = {path: path.read_bytes() for path in own if path.exists()}
        there = {path for path in (*self.path.rglob("*"), self.path, *self.path.parents) if path.exists()}
        try:
            yield
        except BaseException:
            if not begun():
                for name in _WRITTEN:
                    for path in set(self.path.rglob(name)) - there:
                        path.unlink()
                for path, content in contents.items():
                    replace_bytes(path, content)
                folders = [path for path in self.path.rglob("*") if path.is_dir()] + [self.path, *self.path.parents]
                for folder in sorted(set(folders) - there, key=lambda folder: -len(folder.parts)):
                    with suppress(OSError):  # something else lies in it
                        folder.rmdir()
            raise


def run_folder_of(checkpoint: Path) -> RunFolder | None:
    """Return the run that a checkpoint lies in, if it lies in one."""
    run = RunFolder(checkpoint.absolute().parent.parent)
    return run if run.checkpoints == checkpoint.absolute().parent and run.config.exists() else None
