"""`predict`: texts from options, files and standard input."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lit_sentiment.cli import main
from lit_sentiment.models.trained_model import TrainedModel

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


WAYS = [f"{way}{gz}" for way in ("stdin", ".txt", ".csv", ".tsv", ".json", ".jsonl") for gz in ("", ".gz")]
AWKWARD = ["form\x0cfeed", "next\x85line", "line\u2028separator", "file\x1cmark", "", "caf\u00e9 is good"]


def content_of(way, texts):
    kind = way.removesuffix(".gz")
    if kind == ".json":
        return json.dumps([{"text": text} for text in texts])
    if kind == ".jsonl":
        return "".join(json.dumps({"text": text}) + "\n" for text in texts)
    rows = "".join((text or '""') + "\n" if kind in (".csv", ".tsv") else text + "\n" for text in texts)
    return f"text\n{rows}" if kind in (".csv", ".tsv") else rows


@pytest.fixture
def predict(command, checkpoint, monkeypatch, tmp_path):
    """Judge bytes that come in by some way."""

    def predict(way, content, *options):
        content = gzip.compress(content) if way.endswith(".gz") else content
        if way.startswith("stdin"):
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), encoding="ascii"))
        else:
            (tmp_path / f"texts{way}").write_bytes(content)
            options = ("--data.path", f"texts{way}", *options)
        return command("predict", "--ckpt_path", checkpoint, *options)

    return predict


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("way", WAYS)
def test_each_way_in_gives_the_same_texts(predict, checkpoint, way, encoding):
    options = ("--data.encoding", encoding) if encoding == "utf-16" else ()
    outcome = predict(way, content_of(way, AWKWARD).encode(encoding), *options)
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    assert rows_of(outcome.out) == expected_rows(checkpoint, AWKWARD)


@pytest.mark.parametrize("way", [way for way in WAYS if "json" not in way])
def test_encoding_holds_for_each_way_in(predict, checkpoint, way):
    content = content_of(way, ["caf\u00e9 is good"]).encode("latin-1")
    assert rows_of(predict(way, content, "--data.encoding", "latin-1").out) == expected_rows(
        checkpoint, ["caf\u00e9 is good"]
    )
    outcome = predict(way, content)
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert "expected utf-8 text, found byte 0xe9" in outcome.err


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"%PDF-1.7", b"\xff\xfea\0", b"a\0b\n", b"\x1f\x8bbroken"])
def test_what_cannot_be_read_is_one_line_for_each_way_in(predict, way, content):
    outcome = predict(way, content)
    assert (outcome.code, outcome.out) == (2, "")
    name = "standard input" if way.startswith("stdin") else f"texts{way}"
    assert outcome.err.startswith(f"error: {name}")
    assert outcome.err.count("\n") == 1


def test_closed_standard_input_is_refused(command, checkpoint, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    outcome = command("predict", "--ckpt_path", checkpoint)
    assert outcome.code == 2
    assert outcome.err == "error: standard input: expected texts, found nothing; give it a text a line\n"


@pytest.mark.parametrize("text", ["one\rtwo", "\r", "one\r\ntwo", "one\ntwo", 'a "quote", here', "plain"])
def test_every_text_is_one_row_of_the_answer(command, checkpoint, text):
    out = command("predict", "--ckpt_path", checkpoint, "--text", text, "--text", "last").out
    rows = list(csv.reader(io.StringIO(out, newline="")))
    assert [row[0] for row in rows] == ["text", text, "last"]
    assert {len(row) for row in rows} == {3}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@cmd", "\t=1", "good"])
def test_formulas_are_texts_and_can_be_kept_from_a_spreadsheet(command, checkpoint, text):
    options = ("predict", "--ckpt_path", checkpoint, f"--text={text}")
    (plain,) = rows_of(command(*options).out)
    (marked,) = rows_of(command(*options, "--spreadsheet", "true").out)
    assert plain["text"] == text
    assert marked == {**plain, "text": text if text == "good" else f"'{text}"}


@pytest.mark.parametrize("command_name", ["predict", "validate", "test"])
def test_model_that_gives_no_numbers_is_refused(command, checkpoint, tmp_path, command_name):
    content = torch.load(checkpoint, weights_only=True)
    content["state_dict"]["layers.0.weight"][:] = torch.nan
    torch.save(content, tmp_path / "diverged.ckpt")
    texts = ("--text", "good", "--text", "bad") if command_name == "predict" else ()
    outcome = command(command_name, "--ckpt_path", "diverged.ckpt", *texts)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: --ckpt_path: expected a model that gives finite numbers, found NaN")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("name", ["tpu", "gpu", "cuda", "mps", "hpu", "xla", "", "CPU", "1", "meta", "cuda:5", "[1]"])
@pytest.mark.parametrize("command_name", ["predict", "validate", "test"])
@pytest.mark.skipif(torch.cuda.is_available(), reason="has what is refused")
def test_accelerator_that_is_not_here_is_refused(command, checkpoint, command_name, name):
    texts = ("--text", "good") if command_name == "predict" else ()
    outcome = command(command_name, "--ckpt_path", checkpoint, "--trainer.accelerator", name, *texts)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: --trainer.accelerator")
    assert outcome.err.count("\n") == 1


def process(checkpoint, *args, environment=None, **options):
    return subprocess.run(
        [sys.executable, "-m", "lit_sentiment", "predict", "--ckpt_path", str(checkpoint), *args],
        env={**os.environ, "OMP_NUM_THREADS": "1", **(environment or {})},
        capture_output=True,
        check=False,
        **options,
    )


ASCII_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("environment", "way"), [({"PYTHONIOENCODING": "ascii"}, "stdin"), (ASCII_LOCALE, "--text"), (ASCII_LOCALE, "file")]
)
def test_answer_is_utf8_whatever_the_locale(checkpoint, tmp_path, environment, way):
    text = "caf\u00e9 \u65e5\u672c"
    (tmp_path / "a.txt").write_bytes(f"{text}\n".encode())
    output = str(tmp_path / "answers.csv")
    args = {
        "stdin": [],
        "--text": ["--text", text.encode()],
        "file": ["--data.path", str(tmp_path / "a.txt"), "--output", output],
    }
    done = process(checkpoint, *args[way], environment=environment, input=f"{text}\n".encode())
    assert (done.returncode, done.stderr) == (0, b"")
    out = (tmp_path / "answers.csv").read_bytes() if way == "file" else done.stdout
    assert rows_of(out.decode()) == expected_rows(checkpoint, [text])


def test_bytes_of_an_option_that_are_not_of_the_locale_are_read_by_the_encoding(command, checkpoint):
    given = ("predict", "--ckpt_path", checkpoint, "--text", os.fsdecode(b"caf\xe9"))
    refused = command(*given)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("error: --text: expected utf-8 text, found byte 0xe9 at byte offset 3")
    assert rows_of(command(*given, "--data.encoding", "latin-1").out) == expected_rows(checkpoint, ["caf\u00e9"])


def test_half_a_character_in_an_option_is_refused(command, checkpoint):
    outcome = command("predict", "--ckpt_path", checkpoint, "--text", "\ud83d alone")
    assert outcome.code == 2
    assert outcome.err.startswith("error: --text: expected")
    assert outcome.err.count("\n") == 1


def test_reader_that_goes_early_ends_it_quietly(checkpoint):
    command_line = (
        f"yes 'it works' | head -n 20000 | {sys.executable} -m lit_sentiment predict --ckpt_path {checkpoint}"
    )
    done = subprocess.run(
        ["bash", "-c", f"{command_line} | head -n 1; echo ${{PIPESTATUS[2]}}"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("text,label,probability\n0\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_behind_standard_output_is_one_line(checkpoint, monkeypatch, capsys):
    with Path("/dev/full").open("w") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", full)
        assert main(["predict", "--ckpt_path", str(checkpoint), "--text", "good"]) == 2
    assert capsys.readouterr().err == "error: standard output: No space left on device\n"


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
    content["ShopReviews"]["text_encoder"]["tokenizer"] = "keras"
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


@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_temperature_divides_the_logits(command, trained_run, temperature):
    checkpoint = trained_run / "checkpoints/best.ckpt"
    texts = ("good", "bad and poor", "it is what it is")

    def probabilities(*options):
        rows = command("predict", "--ckpt_path", checkpoint, "--text", *texts, *options).out.splitlines()[1:]
        return torch.tensor([float(row.rpartition(",")[2]) for row in rows], dtype=torch.float64)

    plain, scaled = probabilities(), probabilities("--temperature", temperature)
    assert torch.allclose(torch.logit(scaled), torch.logit(plain) / temperature, atol=2e-5)
    assert not torch.equal(scaled, plain)


@pytest.mark.parametrize("temperature", ["0", "-1", "warm"])
def test_temperature_is_a_positive_number(command, trained_run, temperature):
    outcome = command(
        "predict", "--ckpt_path", trained_run / "checkpoints/best.ckpt", "--text", "a", "--temperature", temperature
    )
    assert outcome.code == 2
    assert "--temperature" in outcome.err
