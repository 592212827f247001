"""What a command is to its terminal: it survives any encoding, leaves when it is told to, and keeps its tracebacks."""

import os
import re
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TextIO

NOBODY_READS = 128 + 13
"""The exit code of a process that SIGPIPE ends."""
NOT_WRITTEN = 2
"""The exit code where the output could not be written, as to a full disk."""


_only_judges = False

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but for the tab and the line feed, and what turns the direction of writing."""


class Interrupted(Exception):  # noqa: N818 - nothing went wrong
    """A signal asked a training or a study to stop."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal.Signals(signal_number).name)
        self.exit_code = 128 + signal_number


def write_any_character() -> None:
    """Write what a stream cannot encode as an escape such as `\\xe9`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def complain(message: str) -> None:
    """Print a message to standard error in one line, if anything can be written there."""
    with suppress(OSError):
        say("\\n".join(message.splitlines()), file=sys.stderr)


def exit_code_after_output(code: int) -> int:
    """Return an exit code once all that was printed is written; another one where that cannot be.

    What cannot be written is given up, for Python would try it again at the very end, and complain.
    """
    try:
        if sys.stdout is not None:  # closed by the caller
            sys.stdout.flush()
    except OSError as refusal:
        _give_up(sys.stdout)
        if isinstance(refusal, BrokenPipeError):
            code = NOBODY_READS
        elif code == 0:
            complain(f"error: standard output: {refusal.strerror}")
            code = NOT_WRITTEN
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:
        _give_up(sys.stderr)
    return code


def harmless(text: str) -> str:
    """Return a text with escapes for the characters that a terminal obeys instead of showing them."""
    return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def say(text: str, **settings: Any) -> None:
    """Print a text so."""
    print(harmless(text), **settings)


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


def judge_only() -> None:
    """Let the models of this process judge and never train, before they are imported: see `lightning_classes.py`."""
    global _only_judges
    _only_judges = True


def only_judges() -> bool:
    """Return whether they do."""
    return _only_judges


def usable_cores() -> int:
    """Return how many CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def keep_traceback() -> str:
    """Write the traceback of what is being handled to a new file, and return its path."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="lit_sentiment-", suffix=".traceback.txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(traceback.format_exc())
    return file.name


def _give_up(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)
