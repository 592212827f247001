"""Runs that an executor brings to their end, several at a time."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path
from typing import Any

from lit_sentiment.errors import InputError
from lit_sentiment.study.run_process import ask_to_stop, may_run, run_to_end
from lit_sentiment.study.study_plan import PlannedRun


class RunsAtOnce:
    """Hands runs to an executor, and tells which have ended.

    Args:
        study: The folder of the study.
        executor: Where they run.
        places: How many it is given at a time; infinity where it has a queue of its own.
        gpus: Ids of GPUs to share out among the places, as in CUDA_VISIBLE_DEVICES; empty where none are used.
        withdraw: Takes a run back that has not begun; it must still end.
    """

    def __init__(
        self,
        study: Path,
        executor: Executor,
        places: float = math.inf,
        gpus: Sequence[str] = (),
        withdraw: Callable[[Any], None] = lambda future: None,
    ) -> None:
        self._study, self._executor, self._places, self._gpus = study, executor, places, gpus
        self._withdraw = withdraw
        self._running: dict[str, tuple[int, Future[int]]] = {}

    @property
    def running(self) -> list[str]:
        """The names of those that run, or wait in the executor."""
        return list(self._running)

    @property
    def has_place(self) -> bool:
        """Whether another can be started."""
        return len(self._running) < self._places

    def allow(self) -> None:
        """Take back what a study before asked its runs to do: to stop."""
        may_run(self._study)

    def start(self, run: PlannedRun) -> None:
        """Hand a run to the executor."""
        taken = {place for place, _ in self._running.values()}
        place = min(set(range(len(taken) + 1)) - taken)
        gpu = {"CUDA_VISIBLE_DEVICES": self._gpus[place % len(self._gpus)]} if self._gpus else {}
        self._running[run.name] = place, self._executor.submit(run_to_end, run, Path.cwd(), gpu)

    def take_ended(self) -> dict[str, int | BaseException]:
        """Return the exit codes of those that ended since the last call, or what kept the executor from running one.

        A code is negative for the signal that ended the process.

        Raises:
            InputError: The executor is gone. Runs that are at work go on by themselves.
        """
        ended: dict[str, int | BaseException] = {}
        for name, (_, future) in list(self._running.items()):
            if future.done():
                try:
                    ended[name] = future.exception() or future.result()
                except CancelledError:
                    self._running.clear()
                    raise InputError("the executor has gone; give the same command once it is there again") from None
                del self._running[name]
        return ended

    def signal(self, number: int) -> None:
        """Send a signal to all that run."""
        if self._running:
            ask_to_stop(self._study, number)
        for _, future in self._running.values():
            self._withdraw(future)

    def wait(self) -> None:
        """Wait until none runs."""
        for _, future in self._running.values():
            future.exception()
        self.allow()
