"""The numbers in a folder's TensorBoard event files, by tag."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lit_sentiment.errors import reason
from lit_sentiment.tensorboard.event_records import read_records

Points = list[tuple[int, float]]
"""Steps and values, in the order of the steps."""


@dataclass
class Events:
    """What the event files of a folder hold.

    Of a training that was restarted the later values count: a tag that goes on at an earlier step, or at the same step
    in a later file, loses what it had from there on. A single value that comes again at the last step, in a later file,
    is an evaluation after training and is left out.
    """

    curves: dict[str, Points] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """A line for each file that could not be read to its end; what comes before the fault is in the curves.

    And for each whose curves a later file begins anew: two trainings in one folder, of which the later one counts.
    """


def event_files(folder: Path) -> list[Path]:
    """Return a folder's own event files in the order in which they were begun: their names hold the time."""
    return sorted((path for path in folder.glob("*tfevents*") if path.is_file()), key=_numbers_as_numbers)


def read_events(folder: Path) -> Events:
    """Read scalars, and tensors of a single number as Keras writes them, of a folder's own event files."""
    events = Events()
    for path in event_files(folder):
        curves: dict[str, Points] = {}
        for event in _read_file(path, events.faults):
            if event.session_log.status == event.session_log.START:  # from purge_step: what came later is void
                for points in events.curves.values():
                    _drop_from(points, event.step)
            for entry in event.summary.value:
                value = _number(entry)
                if value is not None:
                    points = curves.setdefault(entry.tag, [])
                    if points and event.step < points[-1][0]:
                        _drop_from(points, event.step)
                    points.append((event.step, value))
        if any(_begins_anew(events.curves.get(tag, []), points) for tag, points in curves.items()):
            events.faults.append(
                f"{path}: begins again at the first step; what earlier files of its folder hold of "
                "the same curves is another training and is not judged"
            )
        for tag, points in curves.items():
            _append(events.curves.setdefault(tag, []), points)
    return events


def _begins_anew(earlier: Points, later: Points) -> bool:
    return min(len(earlier), len(later)) > 1 and later[0][0] <= earlier[0][0]


def _append(earlier: Points, later: Points) -> None:
    first_step = later[0][0]
    if len(earlier) > 1 and len(later) == 1 and first_step == earlier[-1][0]:
        return
    _drop_from(earlier, first_step)
    earlier.extend(later)


def _drop_from(points: Points, step: int) -> None:
    while points and points[-1][0] >= step:
        points.pop()


def _numbers_as_numbers(path: Path) -> list[int | str]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name)]


def _read_file(path: Path, faults: list[str]) -> Iterator[Any]:
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto.event_pb2 import Event

    try:
        records, fault = read_records(path)
    except OSError as refusal:
        faults.append(f"{path}: expected an event file, found {reason(refusal)}")
        return
    if not records and not fault:
        faults.append(f"{path}: expected an event file, found it empty")
    for number, record in enumerate(records):
        try:
            event = Event.FromString(record)
        except DecodeError:
            records, fault = records[:number], "damaged"
            break
        yield event
    if fault:
        faults.append(f"{path}: {fault} after {len(records)} records; what comes before is used")


def _number(entry: Any) -> float | None:
    if entry.HasField("simple_value"):
        return float(entry.simple_value)
    if not entry.HasField("tensor"):
        return None
    from tensorboard.util.tensor_util import make_ndarray

    # By its shape: a file of a few bytes can ask for a tensor of many gigabytes.
    if any(dimension.size != 1 for dimension in entry.tensor.tensor_shape.dim):
        return None
    try:
        array = make_ndarray(entry.tensor)
    except (TypeError, ValueError):  # of an unknown type, or cut off
        return None
    return float(array.item()) if array.size == 1 and array.dtype.kind in "fiu" else None
