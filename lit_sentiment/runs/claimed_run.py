"""The folder that a training takes, and has for itself until its process ends."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path

from lit_sentiment.errors import InputError
from lit_sentiment.files import lock_file, require_folder
from lit_sentiment.runs.run_folder import LOCK, RunFolder


@contextmanager
def claimed_run(path: Path | None, name: str) -> Iterator[RunFolder]:
    """Take a folder for a training; without a path `runs/NAME`, or `runs/NAME-2` and so on where that exists.

    The lock ends with this process, however it ends. Folders that are new and stay empty are taken away.

    Raises:
        InputError: A training in another process has the folder.
    """
    if path is not None:
        require_folder("`run`", path)
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    for folder in [path] if path is not None else (Path("runs") / one for one in names):
        new = [one for one in (folder, *folder.parents) if not one.exists()]
        with suppress(FileExistsError):
            folder.mkdir(parents=True, exist_ok=path is not None)
            break
    try:
        lock = folder / LOCK
        with lock_file(lock, lambda: _refuse_taken(lock)):
            lock.write_text(f"process {os.getpid()} on {socket.gethostname()}")
            yield RunFolder(folder)
    finally:
        for one in new:
            with suppress(OSError):  # something lies in it
                one.rmdir()


def _refuse_taken(lock: Path) -> None:
    with suppress(FileNotFoundError):  # whoever had it has just taken the file away
        holder = lock.read_text() or "another process"
        raise InputError(
            f"`run`: expected a run that no other process trains, found {holder} at work in {lock.parent}; wait for "
            "its end, or name another run"
        )
