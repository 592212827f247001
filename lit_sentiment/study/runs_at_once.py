"""Processes, several at a time."""

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

_ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"], "1")
"""Several processes with as many threads as cores would slow each other down; `fit --threads` still rules in torch."""


class RunsAtOnce:
    """Starts processes in the places that it has, each with a log, and tells which have ended.

    They are in sessions of their own: Ctrl-C in the terminal reaches the study alone, which passes on one signal.

    Args:
        places: How many run at a time.
        gpus: Ids of GPUs to share out among the places, as in CUDA_VISIBLE_DEVICES; empty where none are used.
        lock: A descriptor for the processes to hold open, so that the folder stays locked while they run.
    """

    def __init__(self, places: int, gpus: Sequence[str] = (), lock: int | None = None) -> None:
        self._gpus = gpus
        self._lock = lock
        self._free = list(range(places))
        self._running: dict[str, tuple[int, subprocess.Popen[bytes]]] = {}

    @property
    def running(self) -> list[str]:
        """The names of those that run."""
        return list(self._running)

    @property
    def has_place(self) -> bool:
        """Whether another can be started."""
        return bool(self._free)

    def start(self, name: str, command: Sequence[str], log: Path) -> None:
        """Start a process in a free place; its output is added to the log, after the command."""
        place = self._free.pop(0)
        environment = {**os.environ, **_ONE_THREAD, "PYTHONUNBUFFERED": "1"}
        if self._gpus:
            environment["CUDA_VISIBLE_DEVICES"] = self._gpus[place % len(self._gpus)]
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            output.write(f"$ {shlex.join(command)}\n".encode())
            output.flush()
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
                pass_fds=() if self._lock is None else (self._lock,),
            )
        self._running[name] = place, process

    def take_ended(self) -> dict[str, int]:
        """Return the exit codes of those that ended since the last call; negative for the signal that ended one."""
        ended = {}
        for name, (place, process) in list(self._running.items()):
            code = process.poll()
            if code is not None:
                ended[name] = code
                self._free.append(place)
                del self._running[name]
        return ended

    def signal(self, number: int) -> None:
        """Send a signal to all that run."""
        for _, process in self._running.values():
            process.send_signal(number)

    def wait(self) -> None:
        """Wait until none runs."""
        for _, process in self._running.values():
            process.wait()
