"""Ctrl-C and SIGTERM, obeyed at the next safe point."""

import signal
from types import FrameType
from typing import Any

from lightning import Callback, LightningModule, Trainer


class Interrupted(Exception):  # noqa: N818 - nothing went wrong
    """A signal asked the training to stop."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal.Signals(signal_number).name)
        self.exit_code = 128 + signal_number


class StopSignals(Callback):
    """Stops between two batches when the process gets SIGINT or SIGTERM; a second one stops at once.

    What was written by then is whole: history, event files and checkpoints hold every finished epoch.
    """

    def __init__(self) -> None:
        self._received: int | None = None
        self._previous: dict[int, Any] = {}

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note what the signals do so far."""
        self._received = None
        self._previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the signals over, from Lightning too: after its own handler of SIGTERM the process may exit with 0."""
        for number in self._previous:
            signal.signal(number, self._receive)

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        """Stop if a signal came.

        Raises:
            Interrupted: One did.
        """
        self._stop_if_asked()

    def on_validation_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        """Stop if a signal came.

        Raises:
            Interrupted: One did.
        """
        self._stop_if_asked()

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Give the signals back."""
        self._give_back()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Give the signals back."""
        self._give_back()

    def _give_back(self) -> None:
        while self._previous:
            signal.signal(*self._previous.popitem())

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received = number
        signal.signal(number, self._previous[number])

    def _stop_if_asked(self) -> None:
        if self._received is not None:
            raise Interrupted(self._received)
