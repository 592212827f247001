"""What `predict` writes: formats, the user's own columns, the threshold, and all of it or nothing."""

import csv
import io
import json
from pathlib import Path

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from lit_sentiment.commands import predict as predict_module
from lit_sentiment.commands.answers import Answer, AnswerTable

ROWS = [{"id": 7, "text": "good, I love it", "date": "2024"}, {"id": 8, "text": "", "date": None}, {"text": "broken"}]
CSV_ROWS = 'id,text,date\n7,"good, I love it",2024\n8,,\n9,broken\n'


@pytest.fixture
def judge(command, trained_run, tmp_path):
    """Judge a file, and return the outcome."""

    def judge(name, content, *options):
        (tmp_path / name).write_text(content)
        checkpoint = trained_run / "checkpoints/last.ckpt"
        return command("predict", "--ckpt_path", checkpoint, "--data.path", name, *options)

    return judge


def refused(outcome):
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    return outcome.err


def rows_of(outcome):
    assert outcome.code == 0, outcome.err
    return list(csv.DictReader(io.StringIO(outcome.out, newline="")))


def objects_of(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("options", [("--format", "jsonl"), ("--output", "a.jsonl"), ("--output", "a.NDJSON")])
def test_json_lines_hold_what_csv_holds(judge, options):
    outcome = judge("a.csv", CSV_ROWS, *options)
    found = objects_of(Path(options[1]).read_text() if options[0] == "--output" else outcome.out)
    expected = rows_of(judge("a.csv", CSV_ROWS))
    assert found == [{**row, "probability": float(row["probability"])} for row in expected]


def test_format_rules_over_the_name_of_the_output(judge):
    judge("a.csv", CSV_ROWS, "--output", "a.jsonl", "--format", "csv")
    assert Path("a.jsonl").read_text().startswith("text,label,probability\n")


def test_all_columns_are_kept_behind_the_answers(judge):
    rows = rows_of(judge("a.csv", CSV_ROWS, "--keep_columns", "true"))
    assert list(rows[0]) == ["text", "label", "probability", "id", "date"]
    assert [(row["id"], row["text"], row["date"]) for row in rows] == [
        ("7", "good, I love it", "2024"),
        ("8", "", ""),
        ("9", "broken", ""),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS)), ("a.json", json.dumps(ROWS))],
)
def test_values_of_json_are_kept_as_they_are(judge, name, content):
    found = objects_of(judge(name, content, "--keep_columns", "true", "--format", "jsonl").out)
    assert [(one["id"], one["date"]) for one in found] == [(7, "2024"), (8, None), (None, None)]
    rows = rows_of(judge(name, content, "--keep_columns", "[date, id]"))
    assert list(rows[0]) == ["text", "label", "probability", "date", "id"]
    assert [row["id"] for row in rows] == ["7", "8", ""]


def test_any_value_of_json_is_kept(judge):
    values = [{"a": [1, None]}, True, 1.5, float("nan"), "\ud83d", "caf\u00e9"]
    content = "".join(json.dumps({"text": "good", "own": value}) + "\n" for value in values)
    found = judge("a.jsonl", content, "--keep_columns", "true", "--format", "jsonl").out
    assert "caf\u00e9" in found
    assert [str(one["own"]) for one in objects_of(found)] == [str(value) for value in values]
    kept = [row["own"] for row in rows_of(judge("a.jsonl", content, "--keep_columns", "[own]"))]
    assert kept == ['{"a": [1, null]}', "true", "1.5", "", "\\ud83d", "caf\u00e9"]


@pytest.mark.parametrize(
    ("content", "kept", "said"),
    [
        ("text,label\ngood,1\n", "true", "found 'label'"),
        ("text,probability\ngood,1\n", "[probability]", "found 'probability'"),
        ("text,id\ngood,1\n", "[text]", "found 'text'"),
        (
            "text,id\ngood,1\n",
            "[nope]",
            "expected one column 'nope', found 'text', 'id'; name another with --keep_columns",
        ),
        ("text,id,id\ngood,1,2\n", "true", "expected one column 'id', found it more than once"),
    ],
)
def test_columns_that_cannot_be_kept_are_refused(judge, content, kept, said):
    assert said in refused(judge("a.csv", content, "--keep_columns", kept, "--output", "new/a.csv"))
    assert not Path("new").exists()


def test_text_of_another_column_can_be_kept_beside_one_called_text(judge):
    options = ("--data.text_column", "body", "--keep_columns", "[body]")
    assert rows_of(judge("a.csv", "body\ngood\n", *options))[0].items() >= {"text": "good", "body": "good"}.items()


def test_plain_texts_have_no_columns_to_keep(judge, command, trained_run):
    assert len(rows_of(judge("a.txt", "good\nbad\n", "--keep_columns", "true"))) == 2
    assert "expected one column 'id', found 'text'" in refused(judge("a.txt", "good\n", "--keep_columns", "[id]"))
    options = ("predict", "--ckpt_path", trained_run / "checkpoints/last.ckpt", "--text", "good", "--keep_columns=true")
    assert "--keep_columns: expected a table" in refused(command(*options))


def test_spreadsheet_guards_kept_texts_and_is_for_csv_alone(judge):
    content = '{"text": "=1", "=own": "=1+1", "number": -5}\n'
    (row,) = rows_of(judge("a.jsonl", content, "--keep_columns", "true", "--spreadsheet", "true"))
    assert (row["text"], row["'=own"], row["number"]) == ("'=1", "'=1+1", "-5")
    assert "--format csv" in refused(judge("a.jsonl", content, "--spreadsheet=true", "--format=jsonl"))


def test_threshold_divides_the_labels(judge):
    (row,) = rows_of(judge("a.txt", "good\n"))
    probability = float(row["probability"])
    for threshold, label in [(probability - 0.01, "positive"), (probability + 0.01, "negative"), (1, "negative")]:
        assert rows_of(judge("a.txt", "good\n", "--threshold", threshold)) == [{**row, "label": label}]


@pytest.mark.parametrize("threshold", ["-0.1", "1.1", ".nan", "50"])
def test_threshold_is_a_probability(judge, threshold):
    assert "--threshold: expected a number from 0 to 1" in refused(judge("a.txt", "good\n", f"--threshold={threshold}"))


def test_chunks_change_no_more_than_the_rounding(judge, monkeypatch):
    texts = [" ".join(["good", "bad", "it"][: 1 + number % 3]) for number in range(23)]
    content = "".join(f"{text}\n" for text in texts)
    whole = rows_of(judge("a.txt", content))
    for rows, characters in [(5, 1 << 24), (4096, 10), (1, 0)]:
        monkeypatch.setattr(predict_module, "_CHUNK_ROWS", rows)
        monkeypatch.setattr(predict_module, "_CHUNK_CHARACTERS", characters)
        chunked = rows_of(judge("a.txt", content))
        assert [row["text"] for row in chunked] == texts
        assert all(
            abs(float(one["probability"]) - float(other["probability"])) <= 1e-6
            for one, other in zip(whole, chunked, strict=True)
        )


@pytest.mark.parametrize("output", ["a.out.csv", "new/a.jsonl", None])
def test_fault_in_the_middle_leaves_nothing(judge, monkeypatch, output):
    monkeypatch.setattr(predict_module, "_CHUNK_ROWS", 2)
    options = ("--output", output) if output else ()
    assert "line 6" in refused(judge("a.csv", "text\n" + "good\n" * 4 + "one, two\n" + "good\n" * 4, *options))
    assert sorted(path.name for path in Path().iterdir()) == ["a.csv"]


def test_model_without_numbers_leaves_no_file(command, trained_run):
    content = torch.load(trained_run / "checkpoints/last.ckpt", weights_only=True)
    content["state_dict"]["layers.0.weight"][:] = torch.nan
    torch.save(content, "diverged.ckpt")
    refused(command("predict", "--ckpt_path", "diverged.ckpt", "--text", "good", "--output", "a.csv"))
    assert [path.name for path in Path().iterdir()] == ["diverged.ckpt"]


CELLS = st.text() | st.text(st.sampled_from("=+-@\t\r\n,;\"' a\xe9\u2028\0"), max_size=6)
ANSWERS = st.lists(st.builds(Answer, CELLS, CELLS, st.just([0.25]), st.tuples(CELLS)), min_size=1, max_size=4)


@given(ANSWERS, st.booleans())
@example([Answer("a\rb", "+1", [0.25], ("=1",))], False)
def test_any_answers_come_back_from_csv(answers, spreadsheet):
    table = AnswerTable(["probability"], ["own"], "csv", spreadsheet)
    written = (table.header() + table.lines(answers)).decode()
    header, *rows = csv.reader(io.StringIO(written, newline=""), strict=True)
    assert header == ["text", "label", "probability", "own"]
    for (text, label, _, own), answer in zip(rows, answers, strict=True):
        for found, cell in zip((text, label, own), (answer.text, answer.label, *answer.kept), strict=True):
            is_guarded = spreadsheet and cell.startswith(tuple("=+-@\t\r"))
            assert found == (f"'{cell}" if is_guarded else cell)


@given(ANSWERS)
def test_any_answers_come_back_from_json_lines(answers):
    written = AnswerTable(["probability"], ["own"], "jsonl").lines(answers).decode()
    found = [json.loads(line) for line in written.removesuffix("\n").split("\n")]
    assert [(one["text"], one["label"], one["own"]) for one in found] == [(a.text, a.label, *a.kept) for a in answers]
