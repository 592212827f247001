"""`predict`: the judgement of a trained model on texts."""

import csv
import io
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from lit_sentiment.commands.evaluate import finite_logits
from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.table_file import TableLayout, read_texts
from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_file, require_new
from lit_sentiment.process import harmless, leaving_at_once

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class TextFile:
    """A file of texts.

    Args:
        path: A CSV, TSV, JSON Lines or JSON file, or .txt with a text a line; each also compressed (.gz).
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
    spreadsheet: bool = False,
    accelerator: str = "auto",
) -> list[float] | list[list[float]]:
    """Judge texts with a checkpoint: those of --data.path, of --text, or the lines of standard input.

    Writes CSV in UTF-8: text, label (positive or negative), probability of positive. Of a model with an output for each
    class: text, label (the name of the likeliest class), and a column probability_CLASS for each.

    Args:
        ckpt_path: A checkpoint that fit wrote.
        text: Texts to judge.
        data: The file of texts; standard input without a path.
        output: File to write; standard output when not given.
        spreadsheet: Put ' before a text or label that starts with = + - @: a spreadsheet takes it for a formula.
        accelerator: Where to compute: cpu, gpu or auto.

    Returns:
        The probability of being positive of each text, in their order, or those of all classes.

    Raises:
        InputError: The checkpoint or the texts cannot be read, or the model does not give numbers.
    """
    if output is not None:
        require_new("--output", output)
    with leaving_at_once():
        from lit_sentiment.models.trained_model import TrainedModel
    trained = TrainedModel.open(ckpt_path)
    texts = _texts(text, data)
    logits = finite_logits(trained, trained.encoder.encode(texts), accelerator, ckpt_path)
    probabilities = trained.model.probabilities(logits)
    columns, judged = ["probability"], (probabilities > 0.5).long()
    names = trained.class_names
    if probabilities.ndim > 1:
        columns, judged = [f"probability_{name}" for name in names], probabilities.argmax(1)
    if spreadsheet:
        texts, names = (
            [f"'{one}" if one.startswith(_FORMULA_STARTS) else one for one in some] for some in (texts, names)
        )
    labels = [names[number] for number in judged.tolist()]
    table = _csv(columns, zip(texts, labels, probabilities.reshape(len(texts), -1).tolist(), strict=True))
    if output is None:
        _write_to_standard_output(table)
    else:
        replace_file(output, lambda file: file.write(table))
    answers: list[Any] = probabilities.tolist()
    return answers


def _texts(given: list[str] | None, data: TextFile) -> list[str]:
    if given is not None and data.path is not None:
        raise InputError("expected texts from --text or from --data.path, found both; give one of them")
    if given is not None:
        return [_text_option(text, data.encoding) for text in given]
    if data.path is None and sys.stdin is not None and sys.stdin.isatty():
        print("Type a text a line, and end with Ctrl-D:", file=sys.stderr)
    file = InputFile() if data.path is None else InputFile("--data.path", data.path)
    columns = None if data.columns is None else tuple(data.columns)
    return read_texts(file, TableLayout(data.text_column, None, data.encoding, data.separator, columns))


def _text_option(text: str, encoding: str) -> str:
    """Python keeps bytes that are not of the locale's encoding as surrogates: read them as those of a file."""
    option = InputFile("--text")
    try:
        return option.decoded(os.fsencode(text), encoding) if _SURROGATE.search(text) else text
    except UnicodeEncodeError:
        raise option.refused("", "text", "half a character (a lone surrogate)", "correct it") from None


def _csv(columns: list[str], rows: Iterable[tuple[str, str, list[float]]]) -> bytes:
    table = io.StringIO()
    plain = csv.writer(table, lineterminator="\n")
    quoted = csv.writer(table, lineterminator="\n", quoting=csv.QUOTE_ALL)
    answers = ([text, label, *(f"{value:.6f}" for value in values)] for text, label, values in rows)
    for row in chain([["text", "label", *columns]], answers):
        # The writer quotes its own line end alone, but a bare carriage return ends a row for every reader.
        writer = quoted if any("\r" in cell for cell in row) else plain
        writer.writerow(row)
    return table.getvalue().encode()


def _write_to_standard_output(table: bytes) -> None:
    """Write bytes, so that the locale has no say, and leave quietly when the reader has gone (`predict | head`)."""
    if sys.stdout is None:
        raise InputError("standard output: expected an open one, found it closed; give --output FILE")
    try:
        sys.stdout.buffer.write(harmless(table.decode()).encode() if sys.stdout.isatty() else table)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python would try to flush the rest at its exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as refusal:
        raise InputError(f"standard output: {refusal.strerror}") from None
