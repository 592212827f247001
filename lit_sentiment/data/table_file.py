"""The user's own reviews, read from a table file: CSV, TSV or JSON Lines, and plain text for prediction.

Every row that cannot be read is an error that names its file and line: a row dropped in silence would change the
figures. Only rows that lack a text or a label are left out, and those are counted.
"""

import csv
import io
import json
import re
import reprlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from lit_sentiment.data.review import Review
from lit_sentiment.errors import InputError

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_JSON_LINES = (".jsonl", ".ndjson")
_PLAIN_TEXT = ".txt"
_LABELS = {"0": 0, "0.0": 0, "false": 0, "neg": 0, "negative": 0, "1": 1, "1.0": 1, "true": 1, "pos": 1, "positive": 1}
# csv's own limit of 131,072 characters refuses long reviews; without one, a stray quote would swallow a huge file.
_MAX_FIELD_CHARACTERS = 1 << 24
_NAMES_SHOWN = 12
_SURROGATE = re.compile("[\ud800-\udfff]")


class Table(NamedTuple):
    """Labelled reviews in the order of the file, and how many rows were left out."""

    reviews: list[Review]
    rows_without_text: int
    rows_without_label: int
    """Rows that have a text but no label."""


class _Row(NamedTuple):
    line: int
    """The line on which the row starts, from 1; a quoted CSV field may hold further lines."""
    fields: dict[str, Any]


def read_table(
    path: Path,
    text_column: str = "text",
    label_column: str = "label",
    positive_labels: list[str] | None = None,
    encoding: str = "utf-8",
) -> Table:
    """Reads labelled reviews from a ``.csv``, ``.tsv``, ``.jsonl`` or ``.ndjson`` file.

    Labels are compared in lower case and without surrounding blanks.

    Args:
        path: The file; CSV and TSV start with a header, JSON Lines holds one object per line. Blank lines are no rows.
        text_column: The column, or key, that holds the review.
        label_column: The column, or key, that holds its sentiment.
        positive_labels: The labels that mean positive; every other one is negative. By default 1, true, pos and
            positive are positive and 0, false, neg and negative are negative.
        encoding: How the file encodes its text, as Python names it.

    Returns:
        The reviews of all rows that have both a text and a label.

    Raises:
        InputError: If the file, its format, its encoding, a column or a row cannot be used, a label is unknown, one of
            ``positive_labels`` never occurs, or the labels are not of both classes.
    """
    wanted = {"--data.text_column": text_column, "--data.label_column": label_column}
    labelled: list[tuple[_Row, str, str]] = []
    rows_without_text = rows_without_label = 0
    for row in _read_rows(path, wanted, encoding):
        text = _text(path, row, text_column)
        label = _label(path, row, label_column)
        if not text.strip():
            rows_without_text += 1
        elif not label:
            rows_without_label += 1
        else:
            labelled.append((row, text, label))
    if not labelled:
        found = f"{rows_without_text} rows without text and {rows_without_label} without label"
        raise _refused(path, None, "rows with a text and a label", found, "fill them, or mend the column options")

    classes = _LABELS
    if positive_labels is not None:
        classes = _own_classes(path, (label for _, _, label in labelled), positive_labels)
    reviews = []
    for row, text, label in labelled:
        if label.lower() not in classes:
            expected = f"one of the labels {', '.join(_LABELS)}"
            mend = "mend it, or name the labels that mean positive with --data.positive_labels"
            raise _refused(path, row.line, expected, reprlib.repr(label), mend)
        reviews.append(Review(text, classes[label.lower()]))
    positive_count = sum(review.label for review in reviews)
    if not 0 < positive_count < len(reviews):
        found = f"{positive_count} positive and {len(reviews) - positive_count} negative"
        mend = "mend --data.label_column or --data.positive_labels"
        raise _refused(path, None, "positive and negative reviews", found, mend)
    return Table(reviews, rows_without_text, rows_without_label)


def read_texts(path: Path, text_column: str = "text", encoding: str = "utf-8") -> list[str]:
    """Reads the texts to predict, one for each row of the file in its order; an empty or missing one is ``""``.

    Args:
        path: A file as for `read_table`, or a ``.txt`` file, of which each line is a text, blank lines too.
        text_column: The column, or key, that holds the text; a ``.txt`` file has none.
        encoding: How the file encodes its text, as Python names it.

    Raises:
        InputError: If the file, its format, its encoding, the column or a row cannot be used, or there is no row.
    """
    if path.suffix.lower() == _PLAIN_TEXT:
        # newline=None takes \n, \r\n and \r for line ends, as in any text file that Python opens.
        return [line.rstrip("\n") for line in io.StringIO(_read_content(path, encoding), newline=None)]
    rows = _read_rows(path, {"--data.text_column": text_column}, encoding, also_accepted=(_PLAIN_TEXT,))
    return [_text(path, row, text_column) for row in rows]


def _read_rows(path: Path, wanted: dict[str, str], encoding: str, also_accepted: tuple[str, ...] = ()) -> list[_Row]:
    """Reads the rows with their wanted columns, given by the option that names each; absent fields are None."""
    suffix = path.suffix.lower()
    content = _read_content(path, encoding)
    if suffix in _DELIMITERS:
        columns, rows = _parse_delimited(path, content, _DELIMITERS[suffix], set(wanted.values()))
    elif suffix in _JSON_LINES:
        columns, rows = _parse_json_lines(path, content, set(wanted.values()))
    else:
        accepted = ", ".join([*_DELIMITERS, *_JSON_LINES, *also_accepted])
        raise _refused(path, None, f"a file named {accepted}", repr(suffix), "convert it, or mend --data.path")
    for option, column in wanted.items():
        if columns.count(column) != 1:
            found = "it more than once" if column in columns else _listing(columns)
            raise _refused(path, None, f"one column {column!r}", found, f"name another with {option}")
    if not rows:
        raise _refused(path, None, "rows below the header", "none", "pass another file as --data.path")
    return rows


def _read_content(path: Path, encoding: str) -> str:
    """Decodes the whole file, without its byte-order mark."""
    try:
        content_bytes = path.read_bytes()
    except OSError as error:
        raise _refused(path, None, "a readable file", str(error.strerror), "mend --data.path") from error
    if not content_bytes:
        raise _refused(path, None, "rows", "an empty file", "pass another file as --data.path")
    try:
        content = content_bytes.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        # Codecs that skip a byte-order mark count from behind it.
        offset = len(content_bytes) - len(error.object) + error.start
        found = f"byte 0x{content_bytes[offset]:02x} at byte offset {offset}"
        raise _refused(path, None, f"{encoding} text", found, "name its encoding with --data.encoding") from error
    except (LookupError, ValueError) as error:
        raise _refused(path, None, "an encoding that Python knows", repr(encoding), "mend --data.encoding") from error
    if "\0" in content:
        line = content.count("\n", 0, content.index("\0")) + 1
        raise _refused(path, line, "text", "a NUL character", "mend the file, or the encoding with --data.encoding")
    return content


def _parse_delimited(path: Path, content: str, delimiter: str, wanted: set[str]) -> tuple[list[str], list[_Row]]:
    csv.field_size_limit(_MAX_FIELD_CHARACTERS)
    # strict: without it, a quote that is never closed silently makes one review of the rest of the file.
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    rows: list[_Row] = []
    line = 1
    try:
        for values in reader:
            if len(values) > len(header) > 0:
                expected = f"{len(header)} fields as in the header"
                raise _refused(
                    path, line, expected, str(len(values)), "put quotes around a field that holds the separator"
                )
            if not header:
                header = values
            elif values:
                fields = {column: value for column, value in zip(header, values, strict=False) if column in wanted}
                rows.append(_Row(line, fields))
            line = reader.line_num + 1
    except csv.Error as error:
        mend = "close each quote, and write one inside a quoted field twice"
        raise _refused(path, line, "a row of fields", f"broken quotes ({error})", mend) from error
    return header, rows


def _parse_json_lines(path: Path, content: str, wanted: set[str]) -> tuple[list[str], list[_Row]]:
    columns: dict[str, None] = {}
    rows: list[_Row] = []
    # Not str.splitlines, which also splits at characters that JSON allows within a string.
    for line, line_content in enumerate(content.split("\n"), start=1):
        if not line_content.strip():
            continue
        try:
            value = json.loads(line_content)
        except (ValueError, RecursionError) as error:
            reason = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
            raise _refused(path, line, "a JSON object", f"no JSON ({reason})", "write one object per line") from error
        if not isinstance(value, dict):
            raise _refused(path, line, "a JSON object", reprlib.repr(value), "write one object per line")
        columns.update(dict.fromkeys(value))
        rows.append(_Row(line, {column: value[column] for column in wanted & value.keys()}))
    return list(columns), rows


def _text(path: Path, row: _Row, column: str) -> str:
    text = row.fields.get(column)
    if text is None:
        return ""
    if not isinstance(text, str) or _SURROGATE.search(text):
        found = reprlib.repr(text) if not isinstance(text, str) else "half a character (a lone surrogate)"
        raise _refused(path, row.line, f"text in {column!r}", found, "mend it, or name another --data.text_column")
    return text


def _label(path: Path, row: _Row, column: str) -> str:
    label = row.fields.get(column)
    if isinstance(label, (list, dict)):
        mend = "mend it, or name another --data.label_column"
        raise _refused(path, row.line, f"one label in {column!r}", reprlib.repr(label), mend)
    return "" if label is None else str(label).strip()


def _own_classes(path: Path, labels: Iterable[str], positive_labels: list[str]) -> dict[str, int]:
    """Maps every label of the file, in lower case, to 1 if it is among the positive ones and to 0 otherwise."""
    written = sorted(set(labels))
    positive = {label.strip().lower(): label for label in positive_labels}
    classes = {label.lower(): int(label.lower() in positive) for label in written}
    for folded, label in positive.items():
        if folded not in classes:
            raise _refused(path, None, f"the label {label!r}", _listing(written), "mend --data.positive_labels")
    return classes


def _refused(path: Path, line: int | None, expected: str, found: str, mend: str) -> InputError:
    where = f"{path}" if line is None else f"{path}, line {line}"
    return InputError(f"{where}: expected {expected}, found {found}; {mend}")


def _listing(names: list[str]) -> str:
    # A file without a header offers reviews as column names: shown short, and as literals on one line.
    shown = ", ".join(reprlib.repr(name) for name in names[:_NAMES_SHOWN]) or "none"
    return shown + (f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else "")
