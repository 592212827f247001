"""Whether a run still does something: while its process computes, wherever that is, the time of its log moves on."""

import os
import time
from contextlib import suppress
from pathlib import Path

SILENT_SECONDS = 60.0
"""After so long without any computing a run is said to be silent: stopped, or waiting for what does not come."""
_BEAT_SECONDS = 1.0


class Pulse:
    """Touches the log of a run while its process computes; where there is no /proc, as long as it lives.

    Args:
        pid: Of the process.
        log: Of the run.
    """

    def __init__(self, pid: int, log: Path) -> None:
        self._stat, self._log = Path(f"/proc/{pid}/stat"), log
        self._ticks: list[bytes] = []
        self._next_seconds = 0.0

    def beat(self) -> None:
        """Look at the process, but not too often."""
        if time.monotonic() < self._next_seconds:
            return
        self._next_seconds = time.monotonic() + _BEAT_SECONDS
        before = self._ticks
        with suppress(OSError):
            self._ticks = self._stat.read_bytes().rpartition(b")")[2].split()[11:13]  # utime and stime
        if not self._ticks or self._ticks != before:
            os.utime(self._log)


class SignOfLife:
    """Listens to a run by the changes of its log's time, for the clock of another machine may be wrong.

    Args:
        log: Of the run, which need not be there yet.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._first = self._last = self._time()
        self._since_seconds = time.monotonic()

    @property
    def silent_seconds(self) -> float:
        """How long there was none; 0 before the first one."""
        if (now := self._time()) != self._last:
            self._last, self._since_seconds = now, time.monotonic()
        return 0.0 if now == self._first else time.monotonic() - self._since_seconds

    def _time(self) -> int:
        return self._log.stat().st_mtime_ns if self._log.exists() else 0
