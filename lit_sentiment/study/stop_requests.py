"""Ctrl-C, SIGTERM and a closed terminal, counted instead of obeyed at once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from lit_sentiment.process import gets_signals

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_requests() -> Iterator[list[int]]:
    """Give a list to which every such signal is added; one that was ignored before (`nohup`) stays ignored."""
    received: list[int] = []

    def receive(number: int, frame: FrameType | None) -> None:
        received.append(number)

    before = {number: signal.getsignal(number) for number in _SIGNALS if gets_signals()}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, receive)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
