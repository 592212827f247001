"""Encoded arrays kept on disk between runs: written atomically, checked when read, rebuilt when damaged."""

import hashlib
import io
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lit_sentiment.files import replace_file

Arrays = dict[str, np.ndarray]

_DIGEST_BYTES = hashlib.sha256().digest_size
_CHUNK_BYTES = 1 << 20


def cached_arrays(path: Path, build: Callable[[], Arrays]) -> Arrays:
    """Return the arrays in `path`, or build and keep them there.

    The file ends with a digest of all the rest, against which it is read: the checksums inside an `.npz` do not cover
    its list of arrays. It is written beside its place under a name of its own and then moved there, so two runs that
    start at once both succeed and neither reads half a file. Neither way is there a second copy of the arrays in
    memory. Where the folder cannot be written the arrays are built each time.

    Args:
        path: An `.npz` file whose name says all that its content depends on.
        build: Makes the arrays; called when the file is missing or damaged.
    """
    if path.exists():
        try:
            return read_arrays(path)
        except (OSError, ValueError) as damage:
            warnings.warn(f"{path}: damaged ({damage}), so it is built again", stacklevel=2)
    arrays = build()
    try:
        write_arrays(path, arrays)
    except OSError as refusal:
        warnings.warn(f"{path}: cannot be written ({refusal}), so the next run encodes again", stacklevel=2)
    return arrays


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Replace a file by one that holds these arrays and a digest of them."""
    replace_file(path, lambda file: _write(file, arrays))


def read_arrays(path: Path) -> Arrays:
    """Return the arrays that `write_arrays` wrote.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is damaged.
    """
    with path.open("rb") as file:
        digest, left = hashlib.sha256(), os.fstat(file.fileno()).st_size - _DIGEST_BYTES
        while left > 0 and (chunk := file.read(min(left, _CHUNK_BYTES))):
            digest.update(chunk)
            left -= len(chunk)
        if file.read() != digest.digest():
            raise ValueError("its digest does not match")
        file.seek(0)
        with np.load(file, allow_pickle=False) as archive:
            return dict(archive)


def cache_folder(cache_dir: str | None = None) -> Path:
    """Return the folder for what is kept between runs: the one given, or the user's cache folder."""
    if cache_dir is not None:
        return Path(cache_dir)
    import pooch

    return Path(pooch.os_cache("lit_sentiment"))


class _DigestedFile(io.RawIOBase):
    """Takes bytes for a file and their digest; it cannot seek, so zipfile never goes back to what is digested."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, content: Any) -> int:
        self.digest.update(content)
        return self._file.write(content)


def _write(file: BinaryIO, arrays: Arrays) -> None:
    digested = _DigestedFile(file)
    np.savez(digested, **arrays)  # type: ignore[arg-type]
    file.write(digested.digest.digest())
