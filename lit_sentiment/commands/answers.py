"""What `predict` writes of each text, as CSV or as JSON Lines."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from lit_sentiment.data.table_file import is_missing

Format = Literal["csv", "jsonl"]
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Answer(NamedTuple):
    """A text and its judgement."""

    text: str
    label: str
    probabilities: Sequence[float]
    """One for each column of probabilities."""
    kept: Sequence[Any]
    """From the row of the text, one for each column that is kept."""


@dataclass(frozen=True)
class AnswerTable:
    """Answers as lines of UTF-8.

    Args:
        columns: The names of the columns of probabilities.
        kept: The names of the columns that are kept.
        format: CSV or JSON Lines.
        spreadsheet: Whether to put ' before a text that a spreadsheet takes for a formula.
    """

    columns: Sequence[str]
    kept: Sequence[str]
    format: Format
    spreadsheet: bool = False

    @property
    def own_names(self) -> list[str]:
        """The names of the columns that are not kept ones."""
        return ["text", "label", *self.columns]

    def header(self) -> bytes:
        """Return what stands above the answers."""
        return b"" if self.format == "jsonl" else _csv([[*self.own_names, *map(self._cell, self.kept)]])

    def lines(self, answers: Iterable[Answer]) -> bytes:
        """Return some answers."""
        if self.format == "jsonl":
            return b"".join(map(self._json, answers))
        return _csv(map(self._cells, answers))

    def _json(self, answer: Answer) -> bytes:
        probabilities = (round(one, 6) for one in answer.probabilities)
        values = (answer.text, answer.label, *probabilities, *answer.kept)
        fields = dict(zip([*self.own_names, *self.kept], values, strict=True))
        return (json.dumps(fields, ensure_ascii=False) + "\n").encode(errors="backslashreplace")

    def _cells(self, answer: Answer) -> list[str]:
        text, label, *kept = map(self._cell, (answer.text, answer.label, *answer.kept))
        return [text, label, *(f"{one:.6f}" for one in answer.probabilities), *kept]

    def _cell(self, value: Any) -> str:
        if isinstance(value, str):
            return without_formula(value) if self.spreadsheet else value
        return "" if is_missing(value) else json.dumps(value, ensure_ascii=False)


def without_formula(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula: with ' before it where it would."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _csv(rows: Iterable[list[str]]) -> bytes:
    table = io.StringIO()
    plain = csv.writer(table, lineterminator="\n")
    quoted = csv.writer(table, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        # The writer quotes its own line end alone, but a bare carriage return ends a row for every reader.
        (quoted if any("\r" in cell for cell in row) else plain).writerow(row)
    return table.getvalue().encode(errors="backslashreplace")
