"""What a command is to its terminal: it survives any encoding, leaves when it is told to, and keeps its tracebacks."""

import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NOBODY_READS = 128 + 13
"""The exit code of a process that SIGPIPE ends."""


class Interrupted(Exception):  # noqa: N818 - nothing went wrong
    """A signal asked a training or a study to stop."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal.Signals(signal_number).name)
        self.exit_code = 128 + signal_number


@contextmanager
def robust_process() -> Iterator[None]:
    """Write what a stream cannot encode as an escape such as `\\xe9`, and find out in here that nobody reads it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    yield
    sys.stdout.flush()


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process without a word: an interrupted import raises whatever it likes."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or not gets_signals():  # ignored, or somebody else's
        yield
        return
    signal.signal(signal.SIGINT, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def gets_signals() -> bool:
    """Return whether this is the main thread; a command in another one leaves signals to whoever called it."""
    return threading.current_thread() is threading.main_thread()


def usable_cores() -> int:
    """Return how many CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def nobody_reads() -> int:
    """Return the exit code where the reader of the output has gone, and write no more to it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes at the end
    return NOBODY_READS


def keep_traceback() -> str:
    """Write the traceback of what is being handled to a new file, and return its path."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="lit_sentiment-", suffix=".traceback.txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(traceback.format_exc())
    return file.name


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)
