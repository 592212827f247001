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

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the signals over, from Lightning too: after its own handler of SIGTERM the process may exit with 0.

        Lightning gives all signals back when a training ends, however it ends.
        """
        self._received = None
        for number in (signal.SIGINT, signal.SIGTERM):
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

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._received is not None:
            raise Interrupted(number)
        self._received = number

    def _stop_if_asked(self) -> None:
        if self._received is not None:
            raise Interrupted(self._received)
