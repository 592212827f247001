"""Encoded arrays kept on disk between runs: written atomically, checked when read, rebuilt when damaged."""

import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lit_sentiment.files import replace_file

Arrays = dict[str, np.ndarray]

_DAMAGE = (OSError, EOFError, ValueError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error)


def cached_arrays(path: Path, build: Callable[[], Arrays]) -> Arrays:
    """Return the arrays in `path`, or build and keep them there.

    The file is a zip, so every array is read against its checksum. It is written beside its place under a name of its
    own and then moved there, so two runs that start at once both succeed and neither reads half a file. Where the
    folder cannot be written the arrays are built each time.

    Args:
        path: An `.npz` file whose name says all that its content depends on.
        build: Makes the arrays; called when the file is missing or damaged.
    """
    if path.exists():
        try:
            with np.load(path, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except _DAMAGE as damage:
            warnings.warn(f"{path}: damaged ({damage}), so it is built again", stacklevel=2)
    arrays = build()
    try:
        replace_file(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]
    except OSError as refusal:
        warnings.warn(f"{path}: cannot be written ({refusal}), so the next run encodes again", stacklevel=2)
    return arrays
