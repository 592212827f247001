"""The zip that a `.keras` file is."""

import json
import zipfile
from datetime import datetime
from typing import Any, BinaryIO

from lit_sentiment.errors import InputError

_KERAS_VERSION = "3.15.1"
"""Whose layout is written."""
_CONFIG, _WEIGHTS, _METADATA = "config.json", "model.weights.h5", "metadata.json"
_MOST_BYTES = {_CONFIG: 2**20, _WEIGHTS: 2**34}
"""The configs of the three models take 7 KiB; weights of 4 GiB come with three times as much for the optimiser."""


def read_archive(file: BinaryIO) -> tuple[bytes, bytes]:
    """Return the config as JSON, and the weights as an HDF5 file. Nothing is unpacked to the disk.

    Raises:
        InputError: The archive is damaged or hostile, or has no such members.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _member(archive, _CONFIG), _member(archive, _WEIGHTS)
    except (EOFError, NotImplementedError, RuntimeError, ValueError, zipfile.BadZipFile) as damage:
        raise InputError(f"damaged ({damage})") from None


def write_archive(file: BinaryIO, config: dict[str, Any], weights: bytes) -> None:
    """Write what `read_archive` reads, as Keras does."""
    metadata = {"keras_version": _KERAS_VERSION, "date_saved": datetime.now().strftime("%Y-%m-%d@%H:%M:%S")}
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_METADATA, json.dumps(metadata))
        archive.writestr(_CONFIG, json.dumps(config))
        archive.writestr(_WEIGHTS, weights)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read a member. It must be stored as it is, as Keras does, so that it is no larger than the archive."""
    if name not in archive.namelist():
        raise InputError(f"expected a {name} in it, found none")
    member = archive.getinfo(name)
    if member.compress_type != zipfile.ZIP_STORED:
        raise InputError(f"{name}: expected it uncompressed, as Keras writes it; save the model again with Keras")
    if member.file_size > _MOST_BYTES[name]:
        raise InputError(f"{name}: expected at most {_MOST_BYTES[name]} bytes, found {member.file_size}")
    return archive.read(member)
