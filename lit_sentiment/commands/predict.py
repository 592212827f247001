"""`predict`: the judgement of a trained model on texts."""

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from jsonargparse import ArgumentParser, Namespace

from lit_sentiment.commands.command_parser import command_parser
from lit_sentiment.data.table_file import read_texts
from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_text, require_new
from lit_sentiment.trained_model import TrainedModel


def predict(args: Sequence[str]) -> None:
    """Write a row `text,label,probability` for each text, as CSV."""
    config = _parser().parse_args(list(args))
    if config.output is not None:
        require_new("--output", Path(config.output))
    trained = TrainedModel.open(Path(config.ckpt_path))
    texts = _texts(config)
    probabilities = torch.sigmoid(trained.logits(trained.encoder.encode(texts), config.trainer.accelerator)).tolist()

    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["text", "label", "probability"])
    for text, probability in zip(texts, probabilities, strict=True):
        writer.writerow([text, "positive" if probability > 0.5 else "negative", f"{probability:.6f}"])
    if config.output is None:
        sys.stdout.write(table.getvalue())
    else:
        replace_text(Path(config.output), table.getvalue())


def _parser() -> ArgumentParser:
    parser = command_parser(
        "predict",
        "Judge texts with a checkpoint: those of --data.path, of --text, or the lines of standard input. "
        "Writes CSV: text, label (positive or negative), probability of positive.",
    )
    parser.add_argument("--ckpt_path", type=str, required=True, help="A checkpoint that `fit` wrote.")
    parser.add_argument("--text", type=str, action="append", help="A text; can be given several times.")
    parser.add_argument(
        "--data.path", type=str | None, help="A CSV, TSV or JSON Lines file, or .txt with a text a line."
    )
    parser.add_argument("--data.text_column", default="text", help="The column or key of the text.")
    parser.add_argument("--data.encoding", default="utf-8", help="How the bytes of the file stand for characters.")
    parser.add_argument("--output", type=str | None, help="File to write; standard output when not given.")
    parser.add_argument("--trainer.accelerator", default="auto", help="Where to compute: cpu, gpu or auto.")
    return parser


def _texts(config: Namespace) -> list[str]:
    if config.text is not None and config.data.path is not None:
        raise InputError("expected texts from --text or from --data.path, found both; give one of them")
    if config.text is not None:
        return list(config.text)
    if config.data.path is not None:
        return read_texts(Path(config.data.path), config.data.text_column, config.data.encoding)
    if sys.stdin.isatty():
        print("Type a text a line, and end with Ctrl-D:", file=sys.stderr)
    return sys.stdin.read().splitlines()
