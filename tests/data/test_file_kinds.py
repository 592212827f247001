"""Whatever is not text is named, with the way out, under every name and compressed or not."""

import gzip
import io
import pickle
import sqlite3
import tarfile
import zipfile

import numpy as np
import pytest

from lit_sentiment.data.file_kinds import foreign_kind, likely_encoding
from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.table_file import Table, TableLayout
from lit_sentiment.errors import InputError

TABLE = "text,label\ngood one,1\nbad one,0\n"


def zipped(*names):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, TABLE)
    return content.getvalue()


def tarred():
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("films.csv"))
    return content.getvalue()


def numpy_array():
    content = io.BytesIO()
    np.save(content, np.arange(3))
    return content.getvalue()


def database():
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table films (text)")
        return connection.serialize() if hasattr(connection, "serialize") else b"SQLite format 3\0"


FOREIGN = {
    "a ZIP archive": zipped("films.csv"),
    "an Excel workbook": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "an old Excel workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50),
    "a Parquet file": b"PAR1\x15\x04\x15",
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "an HTML page": b"\n<!DOCTYPE html>\n<html><body>text,label</body></html>",
    "an XML document": b'\xef\xbb\xbf<?xml version="1.0"?><films/>',
    "a PDF document": b"%PDF-1.7\n",
    "a Python pickle": pickle.dumps([TABLE]),
    "an SQLite database": database(),
    "a tar archive": tarred(),
    "compressed by bzip2": b"BZh91AY&SY",
    "compressed by xz": b"\xfd7zXZ\x00",
    "compressed by zstd": b"\x28\xb5\x2f\xfd\x00",
    "a 7-Zip archive": b"7z\xbc\xaf\x27\x1c",
    "a NumPy array": numpy_array(),
    "utf-16": TABLE.encode("utf-16"),
    "utf-32": TABLE.encode("utf-32"),
    "utf-16-le": TABLE.encode("utf-16-le"),
    "utf-16-be": TABLE.encode("utf-16-be"),
    "utf-32-le": TABLE.encode("utf-32-le"),
    "utf-32-be": TABLE.encode("utf-32-be"),
}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".json", ".txt", ".xlsx", ""])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_text_is_named_under_every_suffix(tmp_path, name, compressed, suffix):
    path = tmp_path / f"films{suffix}{'.gz' if compressed else ''}"
    path.write_bytes(gzip.compress(FOREIGN[name]) if compressed else FOREIGN[name])
    with pytest.raises(InputError, match=name) as caught:
        list(Table(InputFile("`test_path`", path), TableLayout(), plain_text=True))
    assert str(caught.value).startswith(f"{path} (`test_path`): expected ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-8"])
def test_encoding_that_is_named_is_the_one_that_reads_it(tmp_path, encoding):
    (tmp_path / "films.csv").write_bytes(TABLE.encode(encoding))
    file = InputFile("`path`", tmp_path / "films.csv")
    assert len(list(Table(file, TableLayout(encoding=encoding)))) == 2


@pytest.mark.parametrize(
    ("written", "named", "expected"),
    [
        ("utf-8", "utf-16", "the byte order mark of utf-16, found none"),
        ("utf-8-sig", "latin-1", "the byte order mark of utf-8"),
        ("utf-16", "utf-8", "the byte order mark of utf-16"),
    ],
)
def test_encoding_that_would_read_other_characters_is_refused(tmp_path, written, named, expected):
    (tmp_path / "films.txt").write_bytes(TABLE.encode(written))
    with pytest.raises(InputError, match=expected):
        list(Table(InputFile("`path`", tmp_path / "films.txt"), TableLayout(encoding=named), plain_text=True))


@pytest.mark.parametrize("text", [TABLE, "", "a", "PKs are fine", "<b>bold</b>", "é" * 50, "日本語" * 50])
def test_text_is_not_taken_for_anything_else(text):
    assert foreign_kind(text.encode()) is None
    assert likely_encoding(text.encode()) is None
