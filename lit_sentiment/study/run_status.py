"""How far a run is, by what lies in its folder."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from lit_sentiment.built_in_configs import read_settings
from lit_sentiment.curves.history import History
from lit_sentiment.errors import InputError
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.study.study_plan import PlannedRun

State = Literal["waiting", "running", "done", "done before", "failed", "not tried", "pruned", "stopped"]


@dataclass
class RunStatus:
    """A run and how far it is."""

    run: PlannedRun
    state: State = "waiting"
    history: History = field(default_factory=History)
    max_epochs: int | None = None
    verdict: str = ""
    """In a word or two; once it is done."""
    seconds: float | None = None
    """Of its training, or while it runs since its start."""
    fault: str = ""
    """Why it failed."""
    silent_seconds: float = 0.0
    """How long it has shown no sign of life, while it runs."""

    def __post_init__(self) -> None:
        """Find out whether it is done already, and what it has."""
        self.max_epochs = self.run.training.max_epochs
        self.refresh()
        if self.run.folder.is_finished:
            self.end("done before")

    @property
    def outcome(self) -> str:
        """What came out, in a few words."""
        seconds = "" if self.seconds is None else f", {self.seconds:.0f} s"
        if not len(self.history):
            return f"{self.verdict}{seconds}"
        best = self.history.best_epoch
        return f"best val_loss {self.history['val_loss'][best]:.4f} in epoch {best + 1}, {self.verdict}{seconds}"

    def refresh(self) -> None:
        """Read its figures as far as there are any."""
        with suppress(InputError):
            self.history = self.run.folder.read_history()

    def end(self, state: State, fault: str = "") -> None:
        """Take note of its end."""
        self.state, self.fault = state, fault
        self.refresh()
        if self.run.folder.is_finished:
            facts = self.run.folder.read_finished()
            self.verdict, self.seconds = facts["verdict"]["kind"], facts["training_seconds"]

    def begin(self) -> str:
        """Say how it starts.

        Raises:
            InputError: Something lies in its place that this study did not put there.
        """
        run = self.run
        if run.folder.path.exists() and not run.log.exists():
            raise InputError(f"{run.folder.path}: expected a run of this study, found something else; move it away")
        if run.folder.config.exists() and not run.folder.has_no_whole_epoch:
            self.max_epochs = _asked_epochs(run.folder)
            return f"goes on after epoch {len(self.history)}"
        self.history = History()
        return "started anew: no epoch of it was whole" if run.folder.config.exists() else "started"


def _asked_epochs(folder: RunFolder) -> int | None:
    with suppress(Exception):  # `fit` says what is wrong with it
        epochs = read_settings(folder.config)[1]["trainer"]["max_epochs"]
        return epochs if isinstance(epochs, int) else None
    return None
