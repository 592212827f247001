"""Encoded arrays kept on disk between runs: written atomically, checked when read, rebuilt when damaged."""

import hashlib
import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lit_sentiment.files import replace_file

Arrays = dict[str, np.ndarray]

_DIGEST_BYTES = hashlib.sha256().digest_size


def cached_arrays(path: Path, build: Callable[[], Arrays]) -> Arrays:
    """Return the arrays in `path`, or build and keep them there.

    The file ends with a digest of all the rest, against which it is read: the checksums inside an `.npz` do not cover
    its list of arrays. It is written beside its place under a name of its own and then moved there, so two runs that
    start at once both succeed and neither reads half a file. Where the folder cannot be written the arrays are built
    each time.

    Args:
        path: An `.npz` file whose name says all that its content depends on.
        build: Makes the arrays; called when the file is missing or damaged.
    """
    if path.exists():
        try:
            return _read(path)
        except (OSError, ValueError) as damage:
            warnings.warn(f"{path}: damaged ({damage}), so it is built again", stacklevel=2)
    arrays = build()
    try:
        replace_file(path, lambda file: file.write(_with_digest(arrays)))
    except OSError as refusal:
        warnings.warn(f"{path}: cannot be written ({refusal}), so the next run encodes again", stacklevel=2)
    return arrays


def _read(path: Path) -> Arrays:
    content = path.read_bytes()
    arrays, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
    if hashlib.sha256(arrays).digest() != digest:
        raise ValueError("its digest does not match")
    with np.load(io.BytesIO(arrays), allow_pickle=False) as archive:
        return dict(archive)


def _with_digest(arrays: Arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue() + hashlib.sha256(file.getvalue()).digest()
