"""Bringing the runs of a study to their end in a terminal: progress, and signals that are counted before obeyed."""

import math
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import yaml
from rich.live import Live

from lit_sentiment.console import Console
from lit_sentiment.plugins import command_line
from lit_sentiment.process import Interrupted, gets_signals
from lit_sentiment.study.live_table import counts, study_table
from lit_sentiment.study.run_status import RunStatus
from lit_sentiment.study.runs_at_once import RunsAtOnce
from lit_sentiment.study.schedule import Schedule

_POLL_SECONDS = 0.3
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def plain_console() -> Console:
    """Return a console that prints lines as they are, and wraps them only where a live table stands below."""
    console = Console()
    console.soft_wrap = not console.is_terminal
    return console


def given_files(options: Mapping[str, Sequence[os.PathLike[str]]]) -> list[str]:
    """Return options and their files as a command line has them, relative to the working directory."""
    return [part for option, given in options.items() if given for part in (option, *map(os.path.relpath, given))]


def as_option(value: Any) -> str:
    """Return a value as YAML in one line, which is read as the same value; JSON's 1e-06 would be read as a text."""
    return yaml.safe_dump(value, default_flow_style=True, width=math.inf, sort_keys=False).removesuffix("...\n").strip()


def carry_out(
    statuses: Sequence[RunStatus],
    processes: RunsAtOnce,
    console: Console,
    again: Sequence[str],
    judge: Callable[[], None] | None = None,
) -> None:
    """Run what is missing, and show how far it is.

    Args:
        statuses: The runs in the order of their start.
        processes: Where they run.
        console: Where to show it.
        again: The command line that goes on after a signal; empty where it is the one that was given.
        judge: See `Schedule`.

    Raises:
        Interrupted: A signal came; by then the trainings have ended.
    """
    processes.allow()
    schedule = Schedule(statuses, processes, judge)
    obeyed = 0
    with stop_requests() as received, Live(console=console, auto_refresh=False, transient=True) as live:
        try:
            while not schedule.over:
                for status, news in schedule.step():
                    if not console.is_terminal or not news.startswith(("started", "done")):  # there the table shows it
                        console.print(f"{status.run.name}: {news}")
                if received and not obeyed:
                    console.print("Stopping: the trainings keep their whole epochs; Ctrl-C once more kills them")
                    schedule.stop(signal.SIGTERM)
                elif signal.SIGINT in received[max(1, obeyed) :]:
                    schedule.stop(signal.SIGKILL)
                obeyed = len(received)
                live.update(study_table(statuses, console.height), refresh=True)
                time.sleep(_POLL_SECONDS)
        finally:
            processes.signal(signal.SIGTERM)
            processes.wait()
    if received:
        console.soft_wrap = True
        how = "go on with the same command"
        console.print(f"Stopped by {signal.Signals(received[0]).name}: {counts(statuses)}; {how}{':' if again else ''}")
        if again:
            console.print(command_line(*again))
        raise Interrupted(received[0])


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
