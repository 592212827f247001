"""The numbers in a file that holds the history of a training, by column, whoever wrote it.

Known are tables (ours, Keras's CSVLogger, pandas's `to_csv`, Lightning's sparse `metrics.csv`) and JSON (a dict of
lists as in Keras's `history.history`, a list of dicts, Hugging Face's `trainer_state.json`).
"""

import csv
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lit_sentiment.errors import InputError, reason
from lit_sentiment.foreign_runs.tag_words import TagWords
from lit_sentiment.tensorboard.event_files import Points

TABLES = (".csv", ".tsv", ".log", ".txt")
PICKLES = (".pkl", ".pickle", ".npy", ".npz")
_MISSING = ("", "na", "n/a", "null", "none", "-")
"""Cells without a value: Keras's CSVLogger writes NA. A `nan` is a value that is not a number any more."""
_Row = tuple[dict[str, float], int]
"""The numbers in a row by column, and its step."""
_STEPS = ("step", "global_step", "epoch", "", "unnamed: 0")
"""The columns that count the rows, the finest first; the last two are pandas's index."""


def history_files(folder: Path) -> list[Path]:
    """Return a folder's own files that look like histories: tables with a column for a loss, and JSON by its name."""
    return sorted(path for path in folder.iterdir() if path.is_file() and _looks_like_history(path))


def read_history_file(path: Path) -> dict[str, Points]:
    """Read the columns of a history, by name.

    An epoch or step that comes again, as after a restart, takes the place of the earlier one and of what followed it.

    Raises:
        InputError: It is a pickle, which may run code when it is read, or damaged, or not a history.
    """
    try:
        content = path.read_bytes()
    except OSError as refusal:
        raise InputError(f"{path}: expected the history of a training, found {reason(refusal)}") from None
    if path.suffix.lower() in PICKLES or content[:1] == b"\x80" or content[:6] == b"\x93NUMPY":
        raise InputError(f"{path}: expected CSV or JSON, found a pickle, which may run code; {_way_out(path)}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise InputError(
            f"{path}, line {line}: expected the history of a training as text, found {reason(fault)}"
        ) from None
    is_json = path.suffix.lower() == ".json" or text.lstrip()[:1] in ("{", "[")
    return _curves(path, _json_rows(path, text) if is_json else _table_rows(path, text))


def _looks_like_history(path: Path) -> bool:
    if path.suffix.lower() == ".json":
        return path.name == "trainer_state.json" or "history" in path.name.lower()
    if path.suffix.lower() not in TABLES:
        return False
    try:
        with path.open("rb") as file:
            header = file.readline(10_000).decode("utf-8-sig", "replace")
    except OSError:  # read_history_file says why
        return True
    return any(TagWords("", column).figure == "loss" for column in _cells(header, _delimiter(header)))


def _way_out(path: Path) -> str:
    target = path.with_suffix(".json").name
    load = f"pickle.load(open({path.name!r}, 'rb'))"
    if path.suffix.lower() in (".npy", ".npz"):
        load = f"numpy.load({path.name!r}, allow_pickle=True).item()"
    lines = (
        f"import json, {load.partition('.')[0]}; history = {load}",
        (f"json.dump(getattr(history, 'history', history), open({target!r}, 'w'), default=float)"),
    )
    return f"if you trust it, turn it into JSON by two lines of Python: `{lines[0]}` and `{lines[1]}`"


def _curves(path: Path, rows: list[_Row]) -> dict[str, Points]:
    """Return a curve per column, by the steps that the rows count, or by the rows if several count the same."""
    curves = _by_steps(rows)
    figures = [points for name, points in curves.items() if TagWords("", name).figure]
    if any(early == late for points in figures for (early, _), (late, _) in zip(points, points[1:-1], strict=False)):
        curves = _by_steps((values, row) for row, (values, _) in enumerate(rows))
    for points in curves.values():
        # Hugging Face's Trainer judges the best weights once more at the end: not a new epoch.
        if len(points) > 1 and points[-1][0] == points[-2][0]:
            points.pop()
    if not curves:
        raise InputError(f"{path}, line 1: expected columns such as epoch, loss and val_loss, found no numbers")
    return curves


def _by_steps(rows: Iterable[tuple[Mapping[str, float], int]]) -> dict[str, Points]:
    curves: dict[str, Points] = {}
    for values, step in rows:
        for name, value in values.items():
            points = curves.setdefault(name, [])
            if points and step < points[-1][0]:
                while points and points[-1][0] >= step:
                    points.pop()
            points.append((step, value))
    return curves


def _table_rows(path: Path, text: str) -> list[_Row]:
    lines = text.splitlines()
    delimiter = _delimiter(lines[0]) if lines else ","
    columns = _cells(lines[0], delimiter) if lines else []
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise InputError(f"{path}, line 1: expected each column once, found {twice[0]!r} several times")
    numbered = [(number, line) for number, line in enumerate(lines[1:], start=2) if line.strip()]
    if not numbered:
        found = "the header alone" if columns else "an empty file"
        raise InputError(f"{path}, line {len(lines[:1]) + 1}: expected a header and a row per epoch, found {found}")
    cells = []
    for number, line in numbered:
        row = _cells(line, delimiter)
        if len(row) != len(columns):
            raise InputError(f"{path}, line {number}: expected {len(columns)} cells, found {len(row)}")
        if delimiter == ";":
            row = [cell.replace(",", ".") for cell in row]
        filled = {name: cell for name, cell in zip(columns, row, strict=True) if cell.lower() not in _MISSING}
        cells.append((filled, f"{path}, line {number}"))
    return _numbered(cells)


def _json_rows(path: Path, text: str) -> list[_Row]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as fault:
        line = fault.lineno if isinstance(fault, json.JSONDecodeError) else 1
        raise InputError(
            f"{path}, line {line}: expected the history of a training as JSON, found {reason(fault)}"
        ) from None
    place = str(path)
    if isinstance(content, dict):
        key = next((key for key in ("log_history", "history") if isinstance(content.get(key), list | dict)), None)
        if key is not None:
            content, place = content[key], f"{path}, {key}"
    rows = _rows_of_dict(content, place) if isinstance(content, dict) else content
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{place}: expected a list of values per figure, or a list of epochs, found neither")
    filled = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return _numbered([(row, f"{place}, entry {entry}") for entry, row in enumerate(filled, start=1)])


def _rows_of_dict(content: dict[str, Any], place: str) -> list[dict[str, Any]]:
    """Return the rows of a dict of lists, or of a dict of dicts by epoch as pandas writes it."""
    curves = {
        name: list(curve.values()) if isinstance(curve, dict) else curve
        for name, curve in content.items()
        if isinstance(curve, list | dict)
    }
    lengths = {name: len(curve) for name, curve in curves.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"{place}: expected as many values of each figure, found {lengths}"[:300])
    return [dict(zip(curves, values, strict=True)) for values in zip(*curves.values(), strict=True)]


def _numbered(rows: list[tuple[dict[str, Any], str]]) -> list[_Row]:
    """Return the numbers of each row, and its step: what the finest column that counts says, or else its own number."""
    names = {name for row, _ in rows for name in row}
    there = {name.lower(): name for name in names}
    counter = next((there[name] for name in _STEPS if name in there), None)
    figures = {name for name in names if TagWords("", name).figure}
    numbered = []
    for index, (row, where) in enumerate(rows):
        values = {}
        for name, value in row.items():
            try:
                values[name] = float(value)
            except (TypeError, ValueError, OverflowError):
                if name in figures or name == counter:  # another column may hold text
                    expected = f"expected a number as {name}"
                    raise InputError(f"{where}: {expected}, found {str(value)[:40]!r}") from None
        step = values.pop(counter, math.nan) if counter is not None else float(index)
        if values and not math.isfinite(step):
            raise InputError(f"{where}: expected a whole number as {counter}, found none")
        if values:
            numbered.append((values, int(step)))
    return numbered


def _delimiter(header: str) -> str:
    return max((",", ";", "\t"), key=header.count)


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line.strip("\r\n")], delimiter=delimiter), [])]
