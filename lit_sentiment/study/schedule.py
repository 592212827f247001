"""Which run starts when, and what becomes of it."""

import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lit_sentiment.errors import InputError
from lit_sentiment.study.run_status import RunStatus
from lit_sentiment.study.runs_at_once import RunsAtOnce
from lit_sentiment.study.sign_of_life import SILENT_SECONDS, SignOfLife

_BAD_INPUT = 2


class Schedule:
    """Brings runs to their end, several at a time.

    Of the runs that read the same data one starts ahead of the others, until it trains: then the download and the
    encoded reviews are in the cache for all. A training whose settings `fit` refuses is not tried with other seeds.

    Args:
        statuses: The runs in the order of their start; those that are done are passed over.
        processes: Where they run.
        judge: Called after runs have ended and before others start; it may end runs that wait.
    """

    def __init__(
        self, statuses: Sequence[RunStatus], processes: RunsAtOnce, judge: Callable[[], None] | None = None
    ) -> None:
        self._statuses = {status.run.name: status for status in statuses}
        self._processes = processes
        self._judge = judge or (lambda: None)
        self._started_seconds: dict[str, float] = {}
        self._signs: dict[str, SignOfLife] = {}
        self._stopping = False

    @property
    def over(self) -> bool:
        """Whether nothing runs and nothing is left to start."""
        return not self._processes.running and (self._stopping or not self._waiting())

    def step(self) -> list[tuple[RunStatus, str]]:
        """Take note of what ended and start what there is a place for; return what is new about which run."""
        news = [(self._statuses[name], self._end(name, code)) for name, code in self._processes.take_ended().items()]
        self._judge()
        for name in self._processes.running:
            status = self._statuses[name]
            status.refresh()
            status.seconds = time.monotonic() - self._started_seconds[name]
            before, status.silent_seconds = status.silent_seconds, self._signs[name].silent_seconds
            if before <= SILENT_SECONDS < status.silent_seconds:
                news.append((status, f"no sign of life for {SILENT_SECONDS:.0f} s (log: {status.run.log})"))
        while not self._stopping and self._processes.has_place and (following := self._next()) is not None:
            news.append((following, self._start(following)))
        return news

    def stop(self, number: int) -> None:
        """Start nothing more, and send a signal to what runs."""
        self._stopping = True
        self._processes.signal(number)

    def _waiting(self) -> list[RunStatus]:
        return [status for status in self._statuses.values() if status.state == "waiting"]

    def _next(self) -> RunStatus | None:
        running = [self._statuses[name].run for name in self._processes.running]
        unread = {run.training.data for run in running if not run.folder.config.exists()}
        return next((status for status in self._waiting() if status.run.training.data not in unread), None)

    def _start(self, status: RunStatus) -> str:
        run = status.run
        try:
            how = status.begin()
        except InputError as refusal:
            status.end("failed", str(refusal))
            return f"failed: {refusal}"
        status.state = "running"
        self._started_seconds[run.name], self._signs[run.name] = time.monotonic(), SignOfLife(run.log)
        self._processes.start(run)
        return how

    def _end(self, name: str, ended: int | BaseException) -> str:
        status = self._statuses[name]
        if ended == 0 and status.run.folder.is_finished:
            status.end("done")
            return f"done, {status.outcome}"
        if self._stopping:
            status.end("stopped")
            return f"stopped, {len(status.history)} epochs are kept"
        if isinstance(ended, BaseException):
            status.end("failed", f"where it ran: {ended or type(ended).__name__}")
            return f"failed: {status.fault}"
        status.end("failed", f"{_last_words(ended, status.run.log)} (log: {status.run.log})")
        if ended == _BAD_INPUT and not status.run.folder.config.exists():  # refused before any training
            for other in self._waiting():
                if other.run.training == status.run.training:
                    other.end("not tried")
        return f"failed: {status.fault}"


def _last_words(code: int, log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    said = "it said nothing" if lines[-1].startswith("$ ") else lines[-1]
    return said if code >= 0 else f"ended by {signal.Signals(-code).name}; {said}"
