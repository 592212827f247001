"""The text of an input file, which can be gone through line by line as often as needed, whatever its size."""

import gzip
import io
import os
import sys
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from lit_sentiment.data.file_kinds import GZIP, SAMPLE_BYTES, ZIP
from lit_sentiment.data.input_file import InputFile

MAX_BYTES = 1 << 30
"""Of a file, and of what a compressed one expands to."""
MAX_LINE_CHARACTERS = 1 << 24
"""Of a line: it may hold several texts or fields, and JSON writes one character as six."""
_PART_BYTES = 1 << 20


class InputText:
    """Text, unpacked if it is gzip-compressed, without its byte order mark.

    Args:
        file: Where it comes from.
        encoding: How its bytes stand for characters.

    Raises:
        InputError: It cannot be read, is empty, too large, damaged, not text, or in another encoding; what the first
            bytes do not show is found where it is reached.
    """

    def __init__(self, file: InputFile, encoding: str) -> None:
        self._file, self._encoding = file, encoding
        self._path = self._kept(file.path) if file.path is None or file.path.is_fifo() else file.path
        with self._unpacked() as content:
            first = content.read(SAMPLE_BYTES)
            if first:
                file.require_text(first + content.read(MAX_BYTES if first.startswith(ZIP) else 0), encoding)

    def lines(self, newline: str | None = "") -> Iterator[str]:
        """Yield the lines, each with its end; what ends one depends on `newline` as for `open`.

        One pass must be over before the next one begins.

        Raises:
            InputError: As the class; or a line has more than `MAX_LINE_CHARACTERS`.
        """
        number = 0
        with self._unpacked() as content, self._decoded(content, newline) as text:
            for number, line in enumerate(iter(partial(text.readline, MAX_LINE_CHARACTERS + 1), ""), start=1):
                self._require_size(content.tell())
                if len(line) > MAX_LINE_CHARACTERS:
                    expected = f"at most {MAX_LINE_CHARACTERS:,} characters"
                    raise self._file.refused(f"line {number}", expected, "more", "shorten it, or leave it out")
                line = line.removeprefix("\ufeff") if number == 1 else line
                if not line or "\0" in line:
                    self.whole()
                yield line
        if number == 0:
            self.whole()

    def start(self, characters: int) -> str:
        """Return the first characters, at most so many.

        Raises:
            InputError: As the class.
        """
        with self._unpacked() as content, self._decoded(content, "") as text:
            return text.read(characters).removeprefix("\ufeff")

    def whole(self) -> str:
        """Return all of the text; this also says where a fault in it is.

        Raises:
            InputError: As the class.
        """
        with self._unpacked() as content:
            found = content.read(MAX_BYTES + 1)
        self._require_size(len(found))
        text = self._file.decoded(found, self._encoding) if found else ""
        if not text:
            raise self._file.refused("", "texts", "an empty file" if self._file.path else "nothing", self._file.another)
        return text

    def _kept(self, pipe: Path | None) -> Path:
        """Copy a pipe, or standard input, to a temporary file, for it can be read only once."""
        handle, name = tempfile.mkstemp()
        weakref.finalize(self, Path(name).unlink)
        try:
            with ExitStack() as stack:
                kept = stack.enter_context(os.fdopen(handle, "wb"))
                source = stack.enter_context(pipe.open("rb")) if pipe else getattr(sys.stdin, "buffer", io.BytesIO())
                part = b"-" * _PART_BYTES
                while len(part) == _PART_BYTES:  # a short one is the last: a terminal would ask for another Ctrl-D
                    part = source.read(_PART_BYTES)
                    kept.write(part)
                    self._require_size(kept.tell())
        except (OSError, ValueError) as error:
            raise self._file.unreadable(error) from None
        return Path(name)

    @contextmanager
    def _unpacked(self) -> Iterator[Any]:
        is_packed = False
        try:
            with self._path.open("rb") as file:
                # Magic bytes decide, not the name: a program that fetched the file may have unpacked it, or not.
                is_packed = file.read(len(GZIP)) == GZIP
                file.seek(0)
                yield gzip.GzipFile(fileobj=file) if is_packed else file
        except (OSError, EOFError, ValueError, zlib.error) as error:
            if not is_packed:
                raise self._file.unreadable(error) from None
            fix = "compress it again, or give it unpacked"
            raise self._file.refused("", "a whole gzip file", f"a damaged one ({error})", fix) from None

    @contextmanager
    def _decoded(self, content: Any, newline: str | None) -> Iterator[io.TextIOWrapper]:
        try:
            with io.TextIOWrapper(content, self._encoding, newline=newline) as text:
                yield text
        except (LookupError, ValueError):
            self.whole()
            raise

    def _require_size(self, length: int) -> None:
        if length > MAX_BYTES:
            raise self._file.refused("", f"at most {MAX_BYTES:,} bytes (unpacked)", "more", "give a part of it")
