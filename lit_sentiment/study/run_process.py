"""A run of a study as a process of its own, on whatever machine this is called."""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lit_sentiment.files import is_locked_here
from lit_sentiment.study.sign_of_life import Pulse
from lit_sentiment.study.study_plan import PlannedRun

_POLL_SECONDS = 0.1
_ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"], "1")
"""Several processes with as many threads as cores would slow each other down; `fit --threads` still rules in torch."""


def run_to_end(run: PlannedRun, directory: Path, environment: Mapping[str, str]) -> int:
    """Begin a run, or go on with it from its last checkpoint, and wait for its end.

    Called for a run whose process is still at work (its study was killed, say), it waits for that first. The process
    holds a lock on its log as long as it lives, and is in a session of its own: Ctrl-C in a terminal reaches the study
    alone, which passes on one signal. The time of the log tells of its life (`sign_of_life`).

    Args:
        run: The run.
        directory: The study's working directory, which this machine must have, too.
        environment: Variables beside those of the machine.

    Returns:
        Its exit code; negative for the signal that ended it, also before it began.
    """
    there = replace(run, study=directory / run.study)
    there.log.parent.mkdir(parents=True, exist_ok=True)
    with there.log.open("ab") as log:
        while not is_locked_here(log):
            if number := _asked_to_stop(there):
                return -number
            os.utime(log.fileno())
            time.sleep(_POLL_SECONDS)
        if there.folder.is_finished:
            return 0
        if number := _asked_to_stop(there):
            return -number
        command = run.command(goes_on=there.folder.config.exists())
        log.write(os.fsencode(f"$ {shlex.join(command)}\n"))
        log.flush()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env={**os.environ, **_ONE_THREAD, "PYTHONUNBUFFERED": "1", **environment},
            start_new_session=True,
        )
        return _end_of(process, there)


def ask_to_stop(study: Path, number: int) -> None:
    """Let `run_to_end` send this signal to the runs of a study, wherever they are, and begin no more."""
    _stop_file(study).write_text(str(number))


def may_run(study: Path) -> None:
    """Take back what `ask_to_stop` asked for."""
    _stop_file(study).unlink(missing_ok=True)


def _end_of(process: subprocess.Popen[bytes], run: PlannedRun) -> int:
    sent, pulse = None, Pulse(process.pid, run.log)
    while True:
        try:
            return process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            pulse.beat()
            number = _asked_to_stop(run)
            if number and number != sent:
                if number == signal.SIGKILL:  # its other processes as well, which it can no longer end itself
                    os.killpg(process.pid, number)
                else:
                    process.send_signal(number)
                sent = number


def _asked_to_stop(run: PlannedRun) -> signal.Signals | None:
    try:
        return signal.Signals(int(_stop_file(run.study).read_text() or signal.SIGTERM))
    except FileNotFoundError:
        return None


def _stop_file(study: Path) -> Path:
    return study / "stop"
