"""The folder that a training takes, and has for itself until its process ends."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import TextIO

from lit_sentiment.errors import InputError
from lit_sentiment.files import is_locked_here, require_folder
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
        with _locked(folder / LOCK):
            yield RunFolder(folder)
    finally:
        for one in new:
            with suppress(OSError):  # something lies in it
                one.rmdir()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with _lock(path):
        try:
            path.write_text(f"process {os.getpid()} on {socket.gethostname()}")
            yield
        finally:
            path.unlink(missing_ok=True)


def _lock(path: Path) -> TextIO:
    while True:
        file = path.open("a+")
        if not is_locked_here(file):
            file.seek(0)
            holder = file.read() or "another process"
            file.close()
            raise InputError(
                f"`run`: expected a run that no other process trains, found {holder} at work in {path.parent}; wait "
                "for its end, or name another run"
            )
        with suppress(FileNotFoundError):
            if os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
        file.close()  # whoever had it has just taken the file away
