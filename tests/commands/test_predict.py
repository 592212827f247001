"""`predict`: texts from options, files and standard input."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lit_sentiment.trained_model import TrainedModel

TEXTS = ["I love it, works well", 'the "best", they said', "", "broke after a week"]


@pytest.fixture
def checkpoint(trained_run):
    return trained_run / "checkpoints/last.ckpt"


def rows_of(out):
    return list(csv.DictReader(io.StringIO(out)))


def expected_rows(checkpoint, texts):
    trained = TrainedModel.open(checkpoint)
    probabilities = torch.sigmoid(trained.logits(trained.encoder.encode(texts))).tolist()
    return [
        {"text": text, "label": "positive" if probability > 0.5 else "negative", "probability": f"{probability:.6f}"}
        for text, probability in zip(texts, probabilities, strict=True)
    ]


def test_text_is_judged(command, checkpoint):
    options = [option for text in TEXTS for option in ("--text", text)]
    outcome = command("predict", "--ckpt_path", checkpoint, *options)
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    assert rows_of(outcome.out) == expected_rows(checkpoint, TEXTS)
    assert len({row["probability"] for row in rows_of(outcome.out)}) > 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("texts.csv", 'id,text\n1,"I love it, works well"\n2,broke after a week\n'),
        ("texts.tsv", "text\nI love it, works well\nbroke after a week\n"),
        ("texts.jsonl", "".join(json.dumps({"text": text}) + "\n" for text in (TEXTS[0], TEXTS[3]))),
        ("texts.txt", f"{TEXTS[0]}\n{TEXTS[3]}\n"),
    ],
)
def test_file_is_judged(command, checkpoint, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    outcome = command("predict", "--ckpt_path", checkpoint, "--data.path", name)
    assert outcome.code == 0, outcome.err
    assert rows_of(outcome.out) == expected_rows(checkpoint, [TEXTS[0], TEXTS[3]])


def test_column_and_encoding_can_be_named(command, checkpoint, tmp_path):
    (tmp_path / "texts.csv").write_bytes("opinion\ncafé\n".encode("latin-1"))
    options = ("--data.path", "texts.csv", "--data.text_column", "opinion", "--data.encoding", "latin-1")
    outcome = command("predict", "--ckpt_path", checkpoint, *options)
    assert rows_of(outcome.out) == expected_rows(checkpoint, ["café"])


def test_lines_of_standard_input_are_judged(command, checkpoint, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{TEXTS[0]}\n\n{TEXTS[3]}\n".encode())))
    outcome = command("predict", "--ckpt_path", checkpoint)
    assert rows_of(outcome.out) == expected_rows(checkpoint, [TEXTS[0], "", TEXTS[3]])


def test_empty_text_gets_an_answer(command, checkpoint):
    (row,) = rows_of(command("predict", "--ckpt_path", checkpoint, "--text", "").out)
    assert row["text"] == ""
    assert 0 < float(row["probability"]) < 1


def test_output_goes_to_a_new_file(command, checkpoint):
    outcome = command("predict", "--ckpt_path", checkpoint, "--text", "good", "--output", "new/answers.csv")
    assert outcome.code == 0, outcome.err
    assert outcome.out == ""
    assert rows_of(Path("new/answers.csv").read_text()) == expected_rows(checkpoint, ["good"])


def test_output_is_never_written_over(command, checkpoint):
    Path("answers.csv").write_text("mine")
    outcome = command("predict", "--ckpt_path", checkpoint, "--text", "good", "--output", "answers.csv")
    assert outcome.code == 2
    assert outcome.err.startswith("error: --output")
    assert Path("answers.csv").read_text() == "mine"


def test_prediction_imports_neither_data_nor_torchtext_before_it_needs_them(checkpoint, tmp_path):
    """A checkpoint tokenised by Keras's rules opens and judges where torchtext cannot be imported."""
    content = torch.load(checkpoint, weights_only=True)
    content["text_encoder"]["tokenizer"] = "keras"
    torch.save(content, tmp_path / "keras_words.ckpt")
    code = (
        "import sys; sys.modules['torchtext'] = None\n"
        "from lit_sentiment.cli import main\n"
        "sys.exit(main(['predict', '--ckpt_path', 'keras_words.ckpt', '--text', 'good']))"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert rows_of(done.stdout)[0]["text"] == "good"
