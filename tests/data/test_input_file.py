"""A file, or standard input: its kind, and what is said of it."""

from pathlib import Path

import pytest

from lit_sentiment.data.input_file import InputFile


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", ".csv"),
        ("a.CSV.GZ", ".csv"),
        ("v1.2.jsonl.gz", ".jsonl"),
        ("a", ""),
        ("a.gz", ""),
        ("a.xlsx", ".xlsx"),
    ],
)
def test_kind_is_the_suffix_without_that_of_gzip(name, kind):
    assert InputFile("`path`", Path(name)).kind == kind
    assert InputFile().kind == ".txt"


def test_message_names_the_place_and_the_option():
    refusals = [
        (InputFile("`test_path`", Path("a.csv")), "line 3", "a.csv, line 3 (`test_path`): "),
        (InputFile("`path`", Path("a.csv")), "", "a.csv (`path`): "),
        (InputFile("`path`", Path("a\nb.csv")), "", "'a\\nb.csv' (`path`): "),
        (InputFile("--text"), "", "--text: "),
        (InputFile(), "line 2", "standard input, line 2: "),
    ]
    for file, where, start in refusals:
        assert str(file.refused(where, "x", "y", "z")) == f"{start}expected x, found y; z"
