"""The rows of CSV and TSV files: which character separates the fields, and what a quote means."""

import csv
import io
import itertools
import warnings
from collections.abc import Collection, Sequence
from contextlib import suppress

from lit_sentiment.data.input_file import MAX_TEXT_CHARACTERS, InputFile
from lit_sentiment.errors import InputError

USUAL_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 20
_SAMPLE_CHARACTERS = 1 << 20

NumberedRow = tuple[int, list[str]]
"""The line on which a row starts, from 1, and its fields; a quoted field may hold further lines."""


def split_rows(
    file: InputFile, content: str, wanted: Collection[str], separator: str | None, columns: Sequence[str] | None
) -> tuple[list[str], list[NumberedRow]]:
    """Return the names of the columns, and the rows.

    Args:
        file: Where the content comes from.
        content: Its text.
        wanted: The columns that will be read.
        separator: The character between fields; found out when None.
        columns: The names of the columns of a file without a header; with None the first row has them.

    Raises:
        InputError: The separator cannot be found out, quotes are broken, or a row has too many fields.
    """
    if separator is None:
        separator = _found_separator(file, content, wanted, columns)
    rows = _rows_with_quotes_read(file, content, separator, columns)
    header = list(columns) if columns is not None else rows.pop(0)[1] if rows else []
    if columns is not None and rows and _folded(rows[0][1]) == _folded(header):
        fix = "leave out `columns`, which is for a file without a header"
        raise file.refused(f"line {rows[0][0]}", "a row", "the names of the columns", fix)
    for line, fields in rows:
        if len(fields) > len(header):
            expected = f"{len(header)} fields as in {'the header' if columns is None else '`columns`'}"
            fix = "put quotes around a field that holds the separator, or name another with `separator`"
            raise file.refused(f"line {line}", expected, f"{len(fields)} separated by {separator!r}", fix)
    return header, rows


def require_separator(separator: str | None) -> str | None:
    r"""Return the separator as one character; `\t` as a shell passes it on, and `tab`, are the tab.

    Raises:
        InputError: It is not one character that can separate fields.
    """
    character = "\t" if separator in ("\\t", "tab") else separator
    if character is not None and (len(character) != 1 or character in '"\r\n\0'):
        raise InputError(f"`separator`: expected one character (such as ; or tab), found {separator!r}")
    return character


def _found_separator(file: InputFile, content: str, wanted: Collection[str], columns: Sequence[str] | None) -> str:
    """Find the separator that gives the wanted columns: under a wrong one the header has other names."""
    usual = USUAL_SEPARATORS[file.kind]
    samples = {separator: _sample(content, separator) for separator in _SEPARATORS}
    if columns is None:
        headers = {separator: rows[0] if rows else [] for separator, rows in samples.items()}
        # A single column fits under each separator: then the usual one, and a row that holds it is refused.
        return max(
            _SEPARATORS,
            key=lambda one: (all(headers[one].count(name) == 1 for name in wanted), len(headers[one]), one == usual),
        )
    fitting = [
        separator for separator, rows in samples.items() if rows and {len(row) for row in rows} == {len(columns)}
    ]
    if len(fitting) > 1 and len(columns) > 1:
        found = f"rows that fit with each of {' '.join(map(repr, fitting))}"
        fix = "name the right one with `separator`"
        raise file.refused("", f"one separator that gives {len(columns)} columns", found, fix)
    return fitting[0] if len(fitting) == 1 else usual


def _sample(content: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(content[:_SAMPLE_CHARACTERS], newline=""), delimiter=separator)
    with suppress(csv.Error):  # the rows are read again, with a message
        rows.extend(itertools.islice(filter(None, reader), _SAMPLE_ROWS))
    return rows


def _rows_with_quotes_read(
    file: InputFile, content: str, separator: str, columns: Sequence[str] | None
) -> list[NumberedRow]:
    """Return all rows, the header too.

    Many programs write tab-separated texts without quoting, so that a quote is a character like any other. Such a file
    shows itself: each of its lines has as many fields as the first, but read with quotes it breaks, or lines run
    together.
    """
    broken: InputError | None = None
    rows: list[NumberedRow] = []
    try:
        rows = _parsed(file, content, separator, csv.QUOTE_MINIMAL)
    except InputError as error:
        broken = error
    if separator == "\t" and '"' in content:
        plain = _parsed(file, content, separator, csv.QUOTE_NONE)
        width = len(columns if columns is not None else plain[0][1])
        if width > 1 and len(plain) != len(rows) and all(len(fields) == width for _, fields in plain):
            warnings.warn(f"{file.path}: quotes are read as ordinary characters, one row a line", stacklevel=2)
            return plain
    if broken is not None:
        raise broken
    return rows


def _parsed(file: InputFile, content: str, separator: str, quoting: int) -> list[NumberedRow]:
    csv.field_size_limit(MAX_TEXT_CHARACTERS)
    # strict: without it, a quote that is never closed silently makes one review of the rest of the file.
    reader = csv.reader(
        io.StringIO(content, newline=""),
        delimiter=separator,
        quoting=quoting,  # type: ignore[arg-type]
        strict=True,
    )
    rows: list[NumberedRow] = []
    line = 1
    try:
        for fields in reader:
            if fields:
                rows.append((line, fields))
            line = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            expected, found = f"at most {MAX_TEXT_CHARACTERS:,} characters in a field", "more"
            fix = "close the quote before it, or shorten the field"
        else:
            expected, found = "a row of fields", f"broken quotes ({error})"
            fix = "close each quote, and write one inside a quoted field twice"
        raise file.refused(f"line {line}", expected, found, fix) from None
    return rows


def _folded(names: Sequence[str]) -> list[str]:
    return [name.strip().lower() for name in names]
