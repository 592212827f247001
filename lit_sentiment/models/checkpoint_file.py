"""Checkpoints as files: read whole, checked, and without running anything in them."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from lit_sentiment.errors import InputError, reason
from lit_sentiment.files import what_is

EPOCH_SO_FAR = "epoch_so_far"
"""The entry of a checkpoint that a training can go on from inside an epoch: sum and number of reviews by figure."""


def data_state(checkpoint: dict[str, Any]) -> dict[str, Any]:
    """Return what the data module left in a checkpoint: its `text_encoder`, and where its reviews came from.

    Raises:
        KeyError: It was trained on plain batches.
    """
    for state in checkpoint.values():
        if isinstance(state, dict) and "text_encoder" in state:
            return state
    raise KeyError("text_encoder")


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint, checked against the checksums of its parts, on the CPU.

    Raises:
        InputError: The file is missing, damaged, or holds more than tensors and plain values.
    """
    if not path.is_file():
        raise InputError(f"{path}: expected a checkpoint file, found {what_is(path)}")
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            marked = [member.filename for member in archive.infolist() if member.external_attr]
        if damaged is not None:
            raise zipfile.BadZipFile(f"checksum of {damaged}")
        if marked:  # what torch takes for a folder it reads as zeros, without a word
            raise zipfile.BadZipFile(f"attributes of {marked[0]}")
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        if _largest_tensor(checkpoint) > path.stat().st_size:  # of strides 0, or of a shape alone
            raise ValueError("a tensor larger than the file")
    except pickle.UnpicklingError:
        raise InputError(f"{path}: holds more than tensors and plain values, so it is not opened") from None
    except Exception as damage:  # torch checks little of what it reads, and stumbles with whatever comes
        raise InputError(
            f"{path}: expected a whole checkpoint, found a damaged one or another file ({reason(damage)})"
        ) from None
    if not isinstance(checkpoint, dict):
        raise InputError(f"{path}: expected a checkpoint, found a {type(checkpoint).__name__}")
    return checkpoint


def _largest_tensor(checkpoint: Any) -> int:
    """Return its bytes with all values written out; lists may hold each other, and themselves."""
    left, seen, largest = [checkpoint], set[int](), 0
    while left:
        value = left.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, torch.Tensor):
            largest = max(largest, value.nbytes)
        elif isinstance(value, dict | list | tuple):
            left += value.values() if isinstance(value, dict) else value
    return largest
