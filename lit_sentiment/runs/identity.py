"""What decides the curves of a training: two trainings that agree in it, ours or Keras's, have the same curves."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np

Identity = dict[str, Any]
"""Plain values by name, as they come out of JSON."""


RECORDED_OPTIONS = {
    "precision": ("32-true", "64-true"),
    "accumulate_grad_batches": (1,),
    "gradient_clip_val": (None,),
    "gradient_clip_algorithm": (None,),
    "limit_train_batches": (None, 1.0),
}
"""Options of the trainer that change the curves, with the values that are Keras's training: they are left out."""

COMPUTED_ON = "computed_on"
"""The entry with the threads, processes and device, where they are not one thread of the CPU: they decide the order in
which sums are taken, so that some curves move by roundings alone."""


_LONGEST = 20
"""Of a value that is shown, in characters: of a digest or an architecture it is enough that they differ."""


def arrays_sha256(arrays: Iterable[np.ndarray]) -> str:
    """Return a digest of arrays such as token_ids int32 (N, T) and labels int32 (N,), shapes included."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array, dtype="<i4").tobytes())
    return digest.hexdigest()


def apart_from_roundings(identity: Identity) -> Identity:
    """Return what decides the curves by more than roundings."""
    kept = {name: value for name, value in identity.items() if name not in (COMPUTED_ON, "stretches")}
    stretches = [
        {name: value for name, value in one.items() if name != COMPUTED_ON} for one in identity.get("stretches", [])
    ]
    return kept | ({"stretches": stretches} if any(len(one) > 1 for one in stretches) else {})


def computed_on(identity: Identity) -> str:
    """Say on what a training was computed, stretch by stretch."""
    ways = [one.get(COMPUTED_ON) for one in identity.get("stretches", []) if COMPUTED_ON in one]
    return ", then ".join(
        ", ".join(f"{name} {value}" for name, value in (way or {"threads": 1}).items())
        for way in ways or [identity.get(COMPUTED_ON)]
    )


def differences(ours: Identity, theirs: Identity) -> list[str]:
    """Return a phrase for each thing in which two trainings differ."""
    names = [*ours, *(name for name in theirs if name not in ours)]
    return [
        f"{name} {ours.get(name)!s:.{_LONGEST}} against {theirs.get(name)!s:.{_LONGEST}}"
        for name in names
        if ours.get(name) != theirs.get(name)
    ]
