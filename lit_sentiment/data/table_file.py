"""Rows of the user's own files: CSV, TSV, JSON Lines or a JSON array, and plain text for prediction.

Every row that cannot be read is an error that names its file and line: a row dropped in silence would change the
figures.
"""

import json
import math
import re
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from lit_sentiment.data.delimited import USUAL_SEPARATORS, Dialect, dialect_of, require_separator, split_rows
from lit_sentiment.data.input_file import MAX_TEXT_CHARACTERS, InputFile
from lit_sentiment.data.input_text import InputText
from lit_sentiment.errors import listed

_JSON = (".json", ".jsonl", ".ndjson")
_PLAIN_TEXT = ".txt"
_MAX_SPACE_CHARACTERS = 1 << 20
"""In front of a JSON array."""
_NAMES_SHOWN = 12
_SURROGATE = re.compile("[\ud800-\udfff]")
_ONE_OBJECT = "write one object per line, or an array of objects"

_PlacedFields = tuple[str, dict[str, Any]]
"""Where a row starts, and its fields by name."""


@dataclass(frozen=True)
class TableLayout:
    """How a table is written.

    Args:
        text_column: The column, or key, that holds the text.
        label_column: The column, or key, that holds the label; None where labels are not read.
        encoding: How the bytes stand for characters, as Python names it.
        separator: The character between the fields of CSV and TSV; found out when None.
        columns: The names of the columns of CSV and TSV without a header.
        kept: Further columns, or keys, that are read; True for all.
    """

    text_column: str = "text"
    label_column: str | None = None
    encoding: str = "utf-8"
    separator: str | None = None
    columns: tuple[str, ...] | None = None
    kept: bool | tuple[str, ...] = ()

    @property
    def wanted(self) -> list[tuple[str, str]]:
        """The columns that are read, each behind the option that names it."""
        named = [("`text_column`", self.text_column), ("`label_column`", self.label_column)]
        named += [("`keep_columns`", name) for name in (() if isinstance(self.kept, bool) else self.kept)]
        return [(option, column) for option, column in named if column is not None]


class Row(NamedTuple):
    """A row of a table."""

    where: str
    """`line 3`, where it starts, or `item 3` of an array."""
    text: str
    """`""` where it is missing: absent, null, or JSON's NaN. The text "nan" is a text."""
    fields: dict[str, Any]
    """Those that are wanted, of which some may be absent."""


class Table:
    """The rows of a file in their order, which can be gone through again; blank lines are not rows.

    A file of any size takes no more memory than its longest line, but for a JSON array, which is read as a whole.

    Args:
        file: The file.
        layout: How it is written.
        plain_text: Whether each line of a `.txt` file, or of standard input, is the text of a row, blank lines too.

    Raises:
        InputError: The file, its format, its encoding, a column or a row cannot be used, or there is no row; what the
            first bytes do not show is found where it is reached.
    """

    def __init__(self, file: InputFile, layout: TableLayout, plain_text: bool = False) -> None:
        self._separator = require_separator(layout.separator)
        self._file, self._layout, self._text = file, layout, InputText(file, layout.encoding)
        self.columns: list[str] = []
        """The names of all columns or keys; known when the rows have been gone through."""
        accepted = [*USUAL_SEPARATORS, *_JSON, *([_PLAIN_TEXT] if plain_text else [])]
        if file.kind not in accepted:
            fix = f"convert it, or correct {file.option}"
            raise file.refused("", f"a file named {', '.join(accepted)} (or those with .gz)", repr(file.kind), fix)

    def __iter__(self) -> Iterator[Row]:
        """Go through the rows.

        Raises:
            InputError: As the class.
        """
        read = {_PLAIN_TEXT: self._plain_text, **dict.fromkeys(USUAL_SEPARATORS, self._delimited)}
        where = ""
        for where, fields in read.get(self._file.kind, self._json)():
            yield Row(where, _text_of(self._file, where, fields, self._layout.text_column), fields)
        if not where:
            raise self._file.refused("", "rows below the header", "none", f"give another file as {self._file.option}")

    @property
    def kept(self) -> list[str]:
        """The names of the columns that are kept beside the text; known when `columns` are."""
        kept = self._layout.kept
        if isinstance(kept, bool):
            return [name for name in self.columns if kept and name != self._layout.text_column]
        return list(kept)

    def _plain_text(self) -> Iterator[_PlacedFields]:
        self.columns = [self._layout.text_column]
        self._require_columns()
        # None: as in any text file that Python opens, \n, \r\n and \r end a line.
        for number, line in enumerate(self._text.lines(None), start=1):
            yield f"line {number}", {self._layout.text_column: line.removesuffix("\n")}

    def _delimited(self) -> Iterator[_PlacedFields]:
        layout = self._layout
        self.columns, rows = split_rows(self._file, self._text, self._dialect, layout.columns)
        self._require_columns()
        names = {*self.kept, *(name for _, name in layout.wanted)}
        places = [(self.columns.index(name), name) for name in names if name in self.columns]
        for line, fields in rows:
            yield f"line {line}", {name: fields[place] for place, name in places if place < len(fields)}

    @cached_property
    def _dialect(self) -> Dialect:
        wanted = {name for _, name in self._layout.wanted}
        return dialect_of(self._file, self._text, wanted, self._separator, self._layout.columns)

    def _json(self) -> Iterator[_PlacedFields]:
        is_array = self._text.start(_MAX_SPACE_CHARACTERS).lstrip().startswith("[")
        wanted = {name for _, name in self._layout.wanted}
        keys: dict[str, None] = {}
        for where, fields in (_json_array if is_array else _json_lines)(self._file, self._text):
            keys.update(dict.fromkeys(fields))
            yield where, fields if self._layout.kept is True else {key: fields[key] for key in wanted & fields.keys()}
        self.columns = list(keys)
        self._require_columns()

    def _require_columns(self) -> None:
        kept = [("`keep_columns`", name) for name in self.kept]
        for option, column in dict.fromkeys([*self._layout.wanted, *kept]):
            if self.columns.count(column) != 1:
                found = "it more than once" if column in self.columns else listing(self.columns)
                fix = f"name another with {option}"
                if self._file.kind in USUAL_SEPARATORS and self._layout.columns is None:
                    fix += ", or all with `columns` '[NAME, NAME]' if the file has no header"
                raise self._file.refused("", f"one column {column!r}", found, fix)


def _text_of(file: InputFile, where: str, fields: dict[str, Any], column: str) -> str:
    text = fields.get(column)
    if is_missing(text):
        return ""
    if not isinstance(text, str) or (not text.isascii() and _SURROGATE.search(text)):
        found = reprlib.repr(text) if not isinstance(text, str) else "half a character (a lone surrogate)"
        raise file.refused(where, f"text in {column!r}", found, "correct it, or name another `text_column`")
    if len(text) > MAX_TEXT_CHARACTERS:
        expected = f"a text of at most {MAX_TEXT_CHARACTERS:,} characters"
        raise file.refused(where, expected, f"{len(text):,}", "shorten it, or leave it out")
    return text


def is_missing(value: Any) -> bool:
    """Tell whether a field is absent, null or not a number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def listing(names: list[str]) -> str:
    """Return a few names as literals on one line: a file without a header offers reviews as column names."""
    return listed([reprlib.repr(name) for name in names], _NAMES_SHOWN) or "none"


def _json_lines(file: InputFile, text: InputText) -> Iterator[_PlacedFields]:
    # Not str.splitlines, which also splits at characters that JSON allows within a string.
    for number, line in enumerate(text.lines("\n"), start=1):
        if line.strip():
            yield _json_object(file, f"line {number}", _loaded(file, f"line {number}", line))


def _json_array(file: InputFile, text: InputText) -> Iterator[_PlacedFields]:
    for number, item in enumerate(_loaded(file, "", text.whole()), start=1):
        yield _json_object(file, f"item {number}", item)


def _loaded(file: InputFile, where: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        reason = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        place = where or f"line {getattr(error, 'lineno', 1)}"
        raise file.refused(place, "a JSON object", f"no JSON ({reason})", _ONE_OBJECT) from None


def _json_object(file: InputFile, where: str, value: Any) -> _PlacedFields:
    if not isinstance(value, dict):
        raise file.refused(where, "a JSON object", reprlib.repr(value), _ONE_OBJECT)
    return where, value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key that comes twice in one object")
    return fields
