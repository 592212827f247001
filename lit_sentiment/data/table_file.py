"""Rows of the user's own files: CSV, TSV, JSON Lines or a JSON array, and plain text for prediction.

Every row that cannot be read is an error that names its file and line: a row dropped in silence would change the
figures.
"""

import io
import json
import math
import re
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from lit_sentiment.data.delimited import USUAL_SEPARATORS, require_separator, split_rows
from lit_sentiment.data.input_file import MAX_TEXT_CHARACTERS, InputFile

_JSON = (".json", ".jsonl", ".ndjson")
_PLAIN_TEXT = ".txt"
_MAX_LINE_CHARACTERS = 16 * MAX_TEXT_CHARACTERS
"""Of a line of JSON, which may hold other fields, and write one character as six."""
_NAMES_SHOWN = 12
_SURROGATE = re.compile("[\ud800-\udfff]")
_ONE_OBJECT = "write one object per line, or an array of objects"


@dataclass(frozen=True)
class TableLayout:
    """How a table is written.

    Args:
        text_column: The column, or key, that holds the text.
        label_column: The column, or key, that holds the label; None where labels are not read.
        encoding: How the bytes stand for characters, as Python names it.
        separator: The character between the fields of CSV and TSV; found out when None.
        columns: The names of the columns of CSV and TSV without a header.
    """

    text_column: str = "text"
    label_column: str | None = None
    encoding: str = "utf-8"
    separator: str | None = None
    columns: tuple[str, ...] | None = None

    @property
    def wanted(self) -> dict[str, str]:
        """The columns that are read, by the option that names each."""
        named = {"`text_column`": self.text_column, "`label_column`": self.label_column}
        return {option: column for option, column in named.items() if column is not None}


class Row(NamedTuple):
    """A row of a table with its wanted fields, of which some may be absent."""

    where: str
    """`line 3`, where it starts, or `item 3` of an array."""
    fields: dict[str, Any]


def read_rows(file: InputFile, layout: TableLayout, also_accepted: tuple[str, ...] = ()) -> list[Row]:
    """Return the rows of a table, in its order; blank lines are not rows.

    Raises:
        InputError: The file, its format, its encoding, a column or a row cannot be used, or there is no row.
    """
    separator = require_separator(layout.separator)
    content = file.read_text(layout.encoding)
    wanted = set(layout.wanted.values())
    if file.kind in USUAL_SEPARATORS:
        columns, numbered = split_rows(file, content, wanted, separator, layout.columns)
        places = [(columns.index(name), name) for name in wanted if name in columns]
        rows = [
            Row(f"line {line}", {name: fields[place] for place, name in places if place < len(fields)})
            for line, fields in numbered
        ]
    elif file.kind in _JSON:
        objects = _json_array(file, content) if content.lstrip()[:1] == "[" else _json_lines(file, content)
        keys: dict[str, None] = {}
        rows = []
        for where, fields in objects:
            keys.update(dict.fromkeys(fields))
            rows.append(Row(where, {key: fields[key] for key in wanted & fields.keys()}))
        columns = list(keys)
    else:
        accepted = ", ".join([*USUAL_SEPARATORS, *_JSON, *also_accepted])
        fix = f"convert it, or correct {file.option}"
        raise file.refused("", f"a file named {accepted} (or those with .gz)", repr(file.kind), fix)
    for option, column in layout.wanted.items():
        if columns.count(column) != 1:
            found = "it more than once" if column in columns else listing(columns)
            fix = f"name another with {option}"
            if file.kind in USUAL_SEPARATORS and layout.columns is None:
                fix += ", or all with `columns` '[NAME, NAME]' if the file has no header"
            raise file.refused("", f"one column {column!r}", found, fix)
    if not rows:
        raise file.refused("", "rows below the header", "none", f"give another file as {file.option}")
    return rows


def read_texts(file: InputFile, layout: TableLayout) -> list[str]:
    """Return the texts to predict, one for each row of the file in its order; an empty or missing one is `""`.

    Each line of a `.txt` file, or of standard input, is a text, blank lines too.

    Raises:
        InputError: As for `read_rows`.
    """
    if file.kind != _PLAIN_TEXT:
        rows = read_rows(file, layout, also_accepted=(_PLAIN_TEXT,))
        return [text_of(file, row, layout.text_column) for row in rows]
    # newline=None takes \n, \r\n and \r for line ends, as in any text file that Python opens.
    lines = [line.rstrip("\n") for line in io.StringIO(file.read_text(layout.encoding), newline=None)]
    return [text_of(file, Row(f"line {number}", {"": line}), "") for number, line in enumerate(lines, start=1)]


def text_of(file: InputFile, row: Row, column: str) -> str:
    """Return the text of a row, `""` if it is missing: absent, null, or JSON's NaN. The text "nan" is a text.

    Raises:
        InputError: It is not text, or too long.
    """
    text = row.fields.get(column)
    if is_missing(text):
        return ""
    if not isinstance(text, str) or (not text.isascii() and _SURROGATE.search(text)):
        found = reprlib.repr(text) if not isinstance(text, str) else "half a character (a lone surrogate)"
        raise file.refused(row.where, f"text in {column!r}", found, "correct it, or name another `text_column`")
    if len(text) > MAX_TEXT_CHARACTERS:
        expected = f"a text of at most {MAX_TEXT_CHARACTERS:,} characters"
        raise file.refused(row.where, expected, f"{len(text):,}", "shorten it, or leave it out")
    return text


def is_missing(value: Any) -> bool:
    """Tell whether a field is absent, null or not a number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def listing(names: list[str]) -> str:
    """Return a few names as literals on one line: a file without a header offers reviews as column names."""
    shown = ", ".join(reprlib.repr(name) for name in names[:_NAMES_SHOWN]) or "none"
    return shown + (f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else "")


def _json_lines(file: InputFile, content: str) -> Iterator[tuple[str, dict[str, Any]]]:
    # Not str.splitlines, which also splits at characters that JSON allows within a string.
    for number, line in enumerate(content.split("\n"), start=1):
        if len(line) > _MAX_LINE_CHARACTERS:
            expected = f"at most {_MAX_LINE_CHARACTERS:,} characters"
            raise file.refused(f"line {number}", expected, f"{len(line):,}", "shorten its text, or leave it out")
        if line.strip():
            yield _json_object(file, f"line {number}", _loaded(file, f"line {number}", line))


def _json_array(file: InputFile, content: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, item in enumerate(_loaded(file, "", content), start=1):
        yield _json_object(file, f"item {number}", item)


def _loaded(file: InputFile, where: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        reason = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        place = where or f"line {getattr(error, 'lineno', 1)}"
        raise file.refused(place, "a JSON object", f"no JSON ({reason})", _ONE_OBJECT) from None


def _json_object(file: InputFile, where: str, value: Any) -> tuple[str, dict[str, Any]]:
    if not isinstance(value, dict):
        raise file.refused(where, "a JSON object", reprlib.repr(value), _ONE_OBJECT)
    return where, value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key that comes twice in one object")
    return fields
