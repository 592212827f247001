import os
import signal

import pytest

from lit_sentiment.study.execution import stop_requests

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def test_signals_are_counted_and_handlers_given_back():
    before = [signal.getsignal(number) for number in SIGNALS]
    with stop_requests() as received:
        for number in (*SIGNALS, signal.SIGINT):
            os.kill(os.getpid(), number)
        assert received == [*SIGNALS, signal.SIGINT]
    assert [signal.getsignal(number) for number in SIGNALS] == before
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_ignored_signal_stays_ignored():
    """`nohup` lets a study outlive its terminal."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_requests() as received:
            os.kill(os.getpid(), signal.SIGHUP)
            assert received == []
    finally:
        signal.signal(signal.SIGHUP, before)
