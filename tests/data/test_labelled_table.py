"""What became of each label is counted, in every kind of file."""

import gzip
import json
import math
import re
from typing import Any

import pytest

from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.labelled_table import read_table
from lit_sentiment.data.labels import LabelRule
from lit_sentiment.data.table_file import TableLayout
from lit_sentiment.errors import InputError

ROWS: list[dict[str, Any]] = [
    {"text": "one", "label": 5},
    {"text": "two", "label": "5.0"},
    {"text": "three", "label": 1},
    {"text": "four", "label": 3},
    {"text": "five", "label": None},
    {"text": "six", "label": "NA"},
    {"text": " ", "label": 5},
    {"text": "nan", "label": 1},
]
FILES = [f"a{suffix}{gz}" for suffix in (".csv", ".tsv", ".json", ".jsonl", ".ndjson") for gz in ("", ".gz")]


def write(path, rows):
    kind = InputFile("`path`", path).kind
    if kind in (".csv", ".tsv"):
        between = {".csv": ",", ".tsv": "\t"}[kind]
        lines = [between.join(["text", "label"])]
        lines += [between.join("" if value is None else str(value) for value in row.values()) for row in rows]
        content = "\n".join(lines) + "\n"
    else:
        content = json.dumps(rows, indent=1) if kind == ".json" else "\n".join(map(json.dumps, rows))
    path.write_bytes(gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode())
    return InputFile("`path`", path)


def read(file, for_training=True, **rule):
    return read_table(file, TableLayout(label_column="label"), LabelRule(**rule), for_training)


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file_gives_the_same_reviews_and_counts(tmp_path, name):
    table = read(write(tmp_path / name, ROWS), positive_labels=5)
    reviews = [("one", 1), ("two", 1), ("three", 0), ("four", 0), ("nan", 0)]
    assert [(review.text, review.label) for review in table.reviews] == reviews
    assert all(re.fullmatch(r"(line|item) \d+", review.place) for review in table.reviews)
    assert [line.split(maxsplit=1) for line in table.counts.lines] == [
        ["label", "became                 rows"],
        ["5", "positive                  2"],
        ["1", "negative (the rest)       2"],
        ["3", "negative (the rest)       1"],
        ["(missing)", "left out                  1"],
        ["NA", "left out                  1"],
        ["(no", "text)    left out                  1"],
    ]


def test_json_not_a_number_is_missing(tmp_path):
    rows = [*ROWS, {"text": "seven", "label": math.nan}, {"text": math.nan, "label": 1}]
    table = read(write(tmp_path / "a.jsonl", rows), positive_labels=5)
    assert len(table.reviews) == 5
    assert (table.counts.rows_left_out, table.counts.rows_without_text) == (3, 2)


@pytest.mark.parametrize("name", FILES)
def test_label_in_no_list_is_refused_with_its_place(tmp_path, name):
    place = {"json": "item 4", "jsonl": "line 4", "ndjson": "line 4"}.get(name.split(".")[1], "line 5")
    with pytest.raises(InputError, match=rf"{place} \(`path`\): expected one of the labels 5, 1, found '3'"):
        read(write(tmp_path / name, ROWS), positive_labels=5, negative_labels=1)
    table = read(write(tmp_path / name, ROWS), positive_labels=5, negative_labels=1, ignored_labels=[3])
    assert [review.label for review in table.reviews] == [1, 1, 0, 0]


@pytest.mark.parametrize("option", ["positive_labels", "negative_labels", "ignored_labels"])
def test_listed_label_must_occur_in_training_alone(tmp_path, option):
    file = write(tmp_path / "a.csv", ROWS)
    lists = {"positive_labels": [5], "negative_labels": [1], "ignored_labels": [3]}
    lists[option] = [*lists[option], 7]
    with pytest.raises(InputError, match=rf"expected the label '7', found .*correct `{option}`"):
        read(file, **lists)
    assert len(read(file, for_training=False, **lists).reviews) == 4


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_is_refused_in_training_alone(tmp_path, label):
    file = write(tmp_path / "a.csv", [{"text": "one", "label": label}, {"text": "two", "label": label}])
    with pytest.raises(InputError, match="expected positive and negative reviews"):
        read(file)
    assert [review.label for review in read(file, for_training=False).reviews] == [label, label]


def test_many_labels_are_shown_short(tmp_path):
    rows = [{"text": "a", "label": f"{number} \x1b[31m{'long' * 20}"} for number in range(30)]
    counts = read(write(tmp_path / "a.jsonl", [*rows, {"text": "b", "label": "x"}]), positive_labels="x").counts
    assert len(counts.lines) == 22
    assert counts.lines[-1].split() == ["and", "11", "more", "labels", "11"]
    assert all(line.isprintable() and len(line) < 80 for line in counts.lines)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('[{"text": "a"},\n 3]', "item 2 (`path`): expected a JSON object, found 3"),
        ('[{"text": "a"},\n {"text": }]', "line 2 (`path`): expected a JSON object, found no JSON"),
        ('{"text": "a", "text": "b"}', "a key that comes twice"),
        ("[]", "expected one column 'text', found none"),
    ],
)
def test_broken_json_is_refused(tmp_path, content, found):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError) as caught:
        read(InputFile("`path`", tmp_path / "a.json"))
    assert found in str(caught.value)
