"""`predict`: the judgement of a trained model on texts."""

import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from jsonargparse.typing import PositiveFloat

from lit_sentiment.commands.answers import Answer, AnswerTable, Format
from lit_sentiment.commands.evaluate import finite_logits
from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.table_file import Row, Table, TableLayout
from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_file, require_new
from lit_sentiment.process import harmless, leaving_at_once

if TYPE_CHECKING:
    from torch import Tensor

    from lit_sentiment.models.trained_model import TrainedModel

_CHUNK_ROWS, _CHUNK_CHARACTERS = 4096, 1 << 24
"""Judged together."""
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class TextFile:
    """A file of texts.

    Args:
        path: A CSV, TSV, JSON Lines or JSON file, or .txt with a text a line; each also compressed (.gz). A file of any
            size takes little memory, but a JSON array, which is read as a whole.
        text_column: The column or key of the text.
        encoding: How the bytes of the file or of standard input stand for characters.
        separator: Between the fields of CSV or TSV; found out when not given.
        columns: The names of the columns of CSV or TSV without a header.
    """

    path: Path | None = None
    text_column: str = "text"
    encoding: str = "utf-8"
    separator: str | None = None
    columns: list[str] | None = None


def predict(
    *,
    ckpt_path: Path,
    text: list[str] | None = None,
    data: TextFile = TextFile(),
    output: Path | None = None,
    format: Format | None = None,
    threshold: float | None = None,
    temperature: PositiveFloat = 1.0,
    keep_columns: bool | list[str] = False,
    spreadsheet: bool = False,
    accelerator: str = "auto",
) -> int:
    """Judge texts with a checkpoint: those of --data.path, of --text, or the lines of standard input.

    Writes CSV in UTF-8: text, label (positive or negative), probability of positive. Of a model with an output for each
    class: text, label (the name of the likeliest class), and a column probability_CLASS for each. Every row is checked
    before the first text is judged, and nothing is written before the last one is. Some thousands of texts are judged
    at a time; which of them stand together moves a probability by rounding, at most in its last digit.

    Args:
        ckpt_path: A checkpoint that fit wrote.
        text: Texts to judge.
        data: The file of texts; standard input without a path.
        output: File to write; standard output when not given.
        format: csv or jsonl (an object a line); when not given, jsonl for an output of this name, and csv otherwise.
        threshold: The probability above which a text is positive, 0.5 when not given; not for a model with an output
            for each class.
        temperature: What the logits are divided by, such as the one that report fits; above 1 a model grows less sure.
        keep_columns: Columns of the file that are written behind these, such as '[id, date]'; true for all.
        spreadsheet: Put ' before a cell of text that starts with = + - @: a spreadsheet takes it for a formula.
        accelerator: Where to compute: cpu, gpu or auto.

    Returns:
        How many texts there are.

    Raises:
        InputError: The checkpoint or the texts cannot be read, an option does not go with them, or the model does not
            give numbers.
    """
    if output is not None:
        require_new("--output", output)
    if format is None:
        format = "jsonl" if output is not None and output.suffix.lower() in (".jsonl", ".ndjson") else "csv"
    if spreadsheet and format == "jsonl":
        raise InputError("--spreadsheet: expected it with CSV, found JSON Lines; leave it out, or give --format csv")
    if threshold is not None and not 0 <= threshold <= 1:
        raise InputError(f"--threshold: expected a number from 0 to 1, found {threshold}")
    with leaving_at_once():
        from rich.progress import Progress

        from lit_sentiment.console import Console
        from lit_sentiment.models.trained_model import TrainedModel
    trained = TrainedModel.open(ckpt_path)
    columns = ["probability"] if trained.model.outputs == 1 else [f"probability_{name}" for name in trained.class_names]
    if threshold is not None and len(columns) > 1:
        raise InputError(f"--threshold: expected none with a model of {len(columns)} classes, found {threshold}")
    rows = _rows(text, data, keep_columns)
    number = sum(1 for _ in rows)
    table = AnswerTable(columns, rows.kept if isinstance(rows, Table) else [], format, spreadsheet)
    for name in table.kept:
        if name in table.own_names:
            fix = "rename it in the file, or list the columns to keep without it"
            raise InputError(f"--keep_columns: expected no column with the name of an answer, found {name!r}; {fix}")

    def write(file: IO[bytes]) -> None:
        file.write(table.header())
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("Judging", total=number)
            for chunk in _chunks(rows):
                token_ids = trained.encoder.encode([row.text for row in chunk])
                logits = finite_logits(trained, token_ids, accelerator, ckpt_path, show_progress=False)
                file.write(table.lines(_answers(trained, chunk, logits / temperature, threshold, table.kept)))
                progress.advance(task, len(chunk))

    if output is not None:
        replace_file(output, write)
    else:
        with tempfile.TemporaryFile() as kept:
            write(kept)
            kept.seek(0)
            _copy_to_standard_output(kept)
    return number


def _rows(given: list[str] | None, data: TextFile, keep_columns: bool | list[str]) -> Table | list[Row]:
    """Return rows that can be gone through twice."""
    if given is not None and data.path is not None:
        raise InputError("expected texts from --text or from --data.path, found both; give one of them")
    if given is not None:
        if keep_columns:
            raise InputError("--keep_columns: expected a table as --data.path, found --text; leave it out")
        return [Row("", _text_option(text, data.encoding), {}) for text in given]
    if data.path is None and sys.stdin is not None and sys.stdin.isatty():
        print("Type a text a line, and end with Ctrl-D:", file=sys.stderr)
    file = InputFile() if data.path is None else InputFile("--data.path", data.path)
    columns = None if data.columns is None else tuple(data.columns)
    kept = keep_columns if isinstance(keep_columns, bool) else tuple(dict.fromkeys(keep_columns))
    layout = TableLayout(data.text_column, None, data.encoding, data.separator, columns, kept)
    return Table(file, layout, plain_text=True)


def _answers(
    trained: "TrainedModel", rows: list[Row], logits: "Tensor", threshold: float | None, kept: Sequence[str]
) -> Iterator[Answer]:
    probabilities = trained.model.probabilities(logits)
    if probabilities.ndim > 1:
        judged = probabilities.argmax(1)
    else:
        judged = (probabilities > (0.5 if threshold is None else threshold)).long()
    names = [trained.class_names[number] for number in judged.tolist()]
    for row, name, values in zip(rows, names, probabilities.reshape(len(rows), -1).tolist(), strict=True):
        yield Answer(row.text, name, values, [row.fields.get(column) for column in kept])


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield a few thousand rows at a time, or fewer with long texts, so that any number of them fits into memory."""
    chunk: list[Row] = []
    characters = 0
    for row in rows:
        chunk.append(row)
        characters += len(row.text)
        if len(chunk) == _CHUNK_ROWS or characters > _CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _text_option(text: str, encoding: str) -> str:
    """Python keeps bytes that are not of the locale's encoding as surrogates: read them as those of a file."""
    option = InputFile("--text")
    try:
        return option.decoded(os.fsencode(text), encoding) if _SURROGATE.search(text) else text
    except UnicodeEncodeError:
        raise option.refused("", "text", "half a character (a lone surrogate)", "correct it") from None


def _copy_to_standard_output(table: IO[bytes]) -> None:
    """Write bytes, so that the locale has no say, and leave quietly when the reader has gone (`predict | head`)."""
    if sys.stdout is None:
        raise InputError("standard output: expected an open one, found it closed; give --output FILE")
    try:
        if sys.stdout.isatty():
            table = io.BytesIO(harmless(table.read().decode()).encode())
        shutil.copyfileobj(table, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python would try to flush the rest at its exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as refusal:
        raise InputError(f"standard output: {refusal.strerror}") from None
