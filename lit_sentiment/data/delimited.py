"""The rows of CSV and TSV files: which character separates the fields, and what a quote means."""

import csv
import io
import itertools
import warnings
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from lit_sentiment.data.input_file import MAX_TEXT_CHARACTERS, InputFile
from lit_sentiment.data.input_text import InputText
from lit_sentiment.errors import InputError

USUAL_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 20
_SAMPLE_CHARACTERS = 1 << 20

NumberedRow = tuple[int, list[str]]
"""The line on which a row starts, from 1, and its fields; a quoted field may hold further lines."""


class Dialect(NamedTuple):
    """How a file writes fields."""

    separator: str
    quoting: int
    """What a quote means, as `csv` names it."""


def dialect_of(
    file: InputFile, text: InputText, wanted: Collection[str], separator: str | None, columns: Sequence[str] | None
) -> Dialect:
    """Return how a file writes fields.

    Args:
        file: Where the text comes from.
        text: Its text.
        wanted: The columns that will be read.
        separator: The character between fields; found out when None.
        columns: The names of the columns of a file without a header; with None the first row has them.

    Raises:
        InputError: The separator cannot be found out, or quotes are broken.
    """
    if separator is None:
        separator = _found_separator(file, text.start(_SAMPLE_CHARACTERS), wanted, columns)
    return Dialect(separator, _quoting(file, text, separator, columns))


def split_rows(
    file: InputFile, text: InputText, dialect: Dialect, columns: Sequence[str] | None
) -> tuple[list[str], Iterator[NumberedRow]]:
    """Return the names of the columns, and the rows; arguments are as for `dialect_of`.

    Raises:
        InputError: Quotes are broken, or a row has too many fields; of a row when it is reached.
    """
    rows = _parsed(file, text, *dialect)
    header = list(columns) if columns is not None else next(rows, (1, []))[1]
    return header, _checked(file, rows, header, dialect.separator, columns)


def _checked(
    file: InputFile, rows: Iterator[NumberedRow], header: list[str], separator: str, columns: Sequence[str] | None
) -> Iterator[NumberedRow]:
    for number, (line, fields) in enumerate(rows):
        if number == 0 and columns is not None and _folded(fields) == _folded(header):
            fix = "leave out `columns`, which is for a file without a header"
            raise file.refused(f"line {line}", "a row", "the names of the columns", fix)
        if len(fields) > len(header):
            expected = f"{len(header)} fields as in {'the header' if columns is None else '`columns`'}"
            fix = "put quotes around a field that holds the separator, or name another with `separator`"
            raise file.refused(f"line {line}", expected, f"{len(fields)} separated by {separator!r}", fix)
        yield line, fields


def require_separator(separator: str | None) -> str | None:
    r"""Return the separator as one character; `\t` as a shell passes it on, and `tab`, are the tab.

    Raises:
        InputError: It is not one character that can separate fields.
    """
    character = "\t" if separator in ("\\t", "tab") else separator
    if character is not None and (len(character) != 1 or character in '"\r\n\0'):
        raise InputError(f"`separator`: expected one character (such as ; or tab), found {separator!r}")
    return character


def _found_separator(file: InputFile, start: str, wanted: Collection[str], columns: Sequence[str] | None) -> str:
    """Find the separator that gives the wanted columns: under a wrong one the header has other names."""
    usual = USUAL_SEPARATORS[file.kind]
    samples = {separator: _sample(start, separator) for separator in _SEPARATORS}
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


def _sample(start: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
    with suppress(csv.Error):  # the rows are read again, with a message
        rows.extend(itertools.islice(filter(None, reader), _SAMPLE_ROWS))
    return rows


def _quoting(file: InputFile, text: InputText, separator: str, columns: Sequence[str] | None) -> int:
    """Return what a quote means, as `csv` names it.

    Many programs write tab-separated texts without quoting, so that a quote is a character like any other. Such a file
    shows itself: each of its lines has as many fields as the first, but read with quotes it breaks, or lines run
    together.

    Raises:
        InputError: Quotes are broken.
    """
    if separator != "\t" or not any('"' in line for line in text.lines()):
        return csv.QUOTE_MINIMAL
    broken: InputError | None = None
    count = 0
    try:
        count = sum(1 for _ in _parsed(file, text, separator, csv.QUOTE_MINIMAL))
    except InputError as error:
        broken = error
    widths = Counter(len(fields) for _, fields in _parsed(file, text, separator, csv.QUOTE_NONE))
    width = len(columns) if columns is not None else next(iter(widths))
    if width > 1 and widths.total() != count and set(widths) == {width}:
        warnings.warn(f"{file.path}: quotes are read as ordinary characters, one row a line", stacklevel=2)
        return csv.QUOTE_NONE
    if broken is not None:
        raise broken
    return csv.QUOTE_MINIMAL


def _parsed(file: InputFile, text: InputText, separator: str, quoting: int) -> Iterator[NumberedRow]:
    csv.field_size_limit(MAX_TEXT_CHARACTERS)
    # strict: without it, a quote that is never closed silently makes one review of the rest of the file.
    reader = csv.reader(
        text.lines(),
        delimiter=separator,
        quoting=quoting,  # type: ignore[arg-type]
        strict=True,
    )
    line = 1
    try:
        for fields in reader:
            if fields:
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            expected, found = f"at most {MAX_TEXT_CHARACTERS:,} characters in a field", "more"
            fix = "close the quote before it, or shorten the field"
        else:
            expected, found = "a row of fields", f"broken quotes ({error})"
            fix = "close each quote, and write one inside a quoted field twice"
        raise file.refused(f"line {line}", expected, found, fix) from None


def _folded(names: Sequence[str]) -> list[str]:
    return [name.strip().lower() for name in names]
