"""One reader for every way in, as often as needed, and bounds on what it takes."""

import gzip
import io
import os
import threading
import tracemalloc

import pytest

from lit_sentiment.data import input_text
from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.input_text import InputText
from lit_sentiment.errors import InputError


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
@pytest.mark.parametrize("compressed", [True, False])
def test_content_tells_whether_it_is_compressed(tmp_path, name, compressed):
    content = "\ufeffcafé\n".encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if compressed else content)
    assert InputText(InputFile("`path`", tmp_path / name), "utf-8").whole() == "café\n"


@pytest.mark.parametrize("damage", ["cut", "turned", "followed"])
def test_damaged_gzip_file_is_refused(tmp_path, damage):
    whole = gzip.compress(b"good film\n" * 100)
    turned = whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:]
    content = {"cut": whole[:-4], "turned": turned, "followed": whole + b"more"}[damage]
    (tmp_path / "a.txt.gz").write_bytes(content)
    with pytest.raises(InputError, match="expected a whole gzip file, found a damaged one"):
        InputText(InputFile("`path`", tmp_path / "a.txt.gz"), "utf-8").whole()


@pytest.mark.parametrize("way", ["file", "gzip", "standard input"])
def test_size_is_bounded_however_it_comes_in(tmp_path, monkeypatch, way):
    monkeypatch.setattr(input_text, "MAX_BYTES", 100_000)
    content = b"a" * 50_000_000
    path = tmp_path / "a.txt"
    path.write_bytes(gzip.compress(content) if way == "gzip" else content)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    file = InputFile() if way == "standard input" else InputFile("`path`", path)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"expected at most 100,000 bytes \(unpacked\), found more"):
            InputText(file, "utf-8").whole()
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


WAYS = ["file", "gzip", "pipe", "standard input"]


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Let bytes come in by some way."""

    def opened(way, content, encoding="utf-8"):
        path = tmp_path / "a.txt"
        if way == "standard input":
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
            return InputText(InputFile(), encoding)
        if way == "pipe":
            os.mkfifo(path)
            threading.Thread(target=path.write_bytes, args=[content], daemon=True).start()
        else:
            path.write_bytes(gzip.compress(content) if way == "gzip" else content)
        return InputText(InputFile("`path`", path), encoding)

    return opened


@pytest.mark.parametrize("way", WAYS)
def test_each_way_in_can_be_gone_through_again(opened, way):
    text = opened(way, "\ufeffone\r\ntw\u00f6\rthree".encode())
    for _ in range(2):
        assert next(text.lines()) == "one\r\n"  # a pass that is not brought to its end
        assert list(text.lines()) == ["one\r\n", "tw\u00f6\r", "three"]
        assert list(text.lines("\n")) == ["one\r\n", "tw\u00f6\rthree"]
        assert list(text.lines(None)) == ["one\n", "tw\u00f6\n", "three"]
        assert (text.start(3)[:2], text.whole()) == ("on", "one\r\ntw\u00f6\rthree")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "expected texts, found"),
        (b"\xef\xbb\xbf", "expected texts, found"),
        (b"good\n" * 10_000 + b"caf\xe9\n", "found byte 0xe9 at byte offset 50003"),
        (b"good\n" * 10_000 + b"a\0b", "line 10001"),
        (b"good\n" * 3 + b"a" * 200_000, "line 4"),
    ],
    ids=["empty", "mark", "encoding", "NUL", "long line"],
)
def test_fault_anywhere_is_named_with_its_place(opened, monkeypatch, way, content, said):
    monkeypatch.setattr(input_text, "MAX_LINE_CHARACTERS", 100_000)
    with pytest.raises(InputError, match=said):
        list(opened(way, content).lines())


@pytest.mark.parametrize("way", WAYS)
def test_large_text_takes_little_memory(opened, way):
    content = b"a good film, all in all\n" * 200_000
    text = opened(way, content)
    tracemalloc.start()
    try:
        assert sum(1 for line in text.lines()) == 200_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["hex", "nope", "rot13"])
def test_what_is_no_encoding_is_refused(opened, encoding):
    with pytest.raises(InputError, match="expected an encoding that Python knows"):
        list(opened("file", b"6162", encoding).lines())
