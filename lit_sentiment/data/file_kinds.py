"""What a file is, by its first bytes: text that can be read, or something else that is named, with the way out."""

import codecs
from typing import NamedTuple

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
SAMPLE_BYTES = 4096
"""So many first bytes tell a kind, but of what is in a ZIP archive."""


class ForeignKind(NamedTuple):
    """A kind of file that is not a text table."""

    name: str
    way_out: str


_UNPACK = "unpack it, and give the file inside"
_DATA_FRAME = "save it as CSV, in Python with pandas.{reader}(FILE).to_csv('FILE.csv', index=False)"
_SHEET = "save the sheet as CSV (UTF-8) in the spreadsheet program"
_ARCHIVE = ForeignKind("a ZIP archive", _UNPACK)
_WORKBOOK = ForeignKind("an Excel workbook", _SHEET)

_BY_FIRST_BYTES = {
    b"\xd0\xcf\x11\xe0": ForeignKind("an old Excel workbook or another Office file", _SHEET),
    b"PAR1": ForeignKind("a Parquet file", _DATA_FRAME.format(reader="read_parquet")),
    b"ARROW1": ForeignKind("an Arrow (Feather) file", _DATA_FRAME.format(reader="read_feather")),
    b"\x89HDF\r\n": ForeignKind("an HDF5 file", _DATA_FRAME.format(reader="read_hdf")),
    b"\x93NUMPY": ForeignKind("a NumPy array", "save its texts as CSV"),
    b"SQLite format 3\0": ForeignKind("an SQLite database", "export its table as CSV"),
    b"%PDF-": ForeignKind("a PDF document", "export its table as CSV"),
    b"{\\rtf": ForeignKind("an RTF document", "save it as plain text"),
    b"\x89PNG": ForeignKind("a picture", "give a file of texts"),
    b"\xff\xd8\xff": ForeignKind("a picture", "give a file of texts"),
    b"BZh": ForeignKind("a file compressed by bzip2", _UNPACK),
    b"\xfd7zXZ": ForeignKind("a file compressed by xz", _UNPACK),
    b"\x28\xb5\x2f\xfd": ForeignKind("a file compressed by zstd", _UNPACK),
    b"7z\xbc\xaf": ForeignKind("a 7-Zip archive", _UNPACK),
    b"Rar!": ForeignKind("a RAR archive", _UNPACK),
    b"version https://git-lfs": ForeignKind("a Git LFS pointer", "fetch the file that it stands for with git lfs pull"),
}
_PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
_MARKUP = {
    b"<!doctype html": "an HTML page",
    b"<html": "an HTML page",
    b"<?xml": "an XML document",
}
# The marks of UTF-32 come first: that of UTF-16 is the start of one of them.
_MARKS = [
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8"),
]
_TAR_MARK = slice(257, 262)


def foreign_kind(content: bytes) -> ForeignKind | None:
    """Return what the bytes of a file are if they are not text, None for what may be text."""
    if content.startswith(ZIP):
        return _WORKBOOK if b"xl/workbook" in content or b"opendocument.spreadsheet" in content else _ARCHIVE
    for first_bytes, kind in _BY_FIRST_BYTES.items():
        if content.startswith(first_bytes):
            return kind
    if content.startswith(GZIP):
        return ForeignKind("a file compressed by gzip twice", _UNPACK)
    if content.startswith(_PICKLES):
        return ForeignKind("a Python pickle, which can run code", "load it where you trust it, and save it as CSV")
    if content[_TAR_MARK] == b"ustar":
        return ForeignKind("a tar archive", _UNPACK)
    start = content[:SAMPLE_BYTES].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for tag, name in _MARKUP.items():
        if start.startswith(tag):
            return ForeignKind(name, "download the file of reviews itself, not a page that shows it")
    return None


def marked_encoding(content: bytes) -> str | None:
    """Return the encoding that the byte order mark at the start stands for, None where there is no mark."""
    return next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)


def likely_encoding(content: bytes) -> str | None:
    """Return which UTF-16 or UTF-32 has so many zero bytes where these bytes have them, None for another text."""
    sample = content[:SAMPLE_BYTES]
    sample = sample[: len(sample) // 4 * 4]
    if not sample:
        return None
    first, second, third, fourth = (sample[place::4].count(0) * 4 / len(sample) for place in range(4))
    if min(second, third) > 0.5:
        return "utf-32-le" if fourth > first else "utf-32-be"
    if max(first + third, second + fourth) < 1:
        return None
    return "utf-16-le" if second + fourth > first + third else "utf-16-be"
