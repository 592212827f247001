"""One reader for every way in, and bounds on what it takes."""

import gzip
import io
import tracemalloc
from pathlib import Path

import pytest

from lit_sentiment.data import input_file
from lit_sentiment.data.input_file import InputFile
from lit_sentiment.errors import InputError


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


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
@pytest.mark.parametrize("compressed", [True, False])
def test_content_tells_whether_it_is_compressed(tmp_path, name, compressed):
    content = "\ufeffcafé\n".encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if compressed else content)
    assert InputFile("`path`", tmp_path / name).read_text("utf-8") == "café\n"


@pytest.mark.parametrize("damage", ["cut", "turned", "followed"])
def test_damaged_gzip_file_is_refused(tmp_path, damage):
    whole = gzip.compress(b"good film\n" * 100)
    turned = whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:]
    content = {"cut": whole[:-4], "turned": turned, "followed": whole + b"more"}[damage]
    (tmp_path / "a.txt.gz").write_bytes(content)
    with pytest.raises(InputError, match="expected a whole gzip file, found a damaged one"):
        InputFile("`path`", tmp_path / "a.txt.gz").read_text("utf-8")


@pytest.mark.parametrize("way", ["file", "gzip", "standard input"])
def test_size_is_bounded_however_it_comes_in(tmp_path, monkeypatch, way):
    monkeypatch.setattr(input_file, "MAX_BYTES", 100_000)
    content = b"a" * 50_000_000
    path = tmp_path / "a.txt"
    path.write_bytes(gzip.compress(content) if way == "gzip" else content)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    file = InputFile() if way == "standard input" else InputFile("`path`", path)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"expected at most 100,000 bytes \(unpacked\), found more"):
            file.read_text("utf-8")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


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
