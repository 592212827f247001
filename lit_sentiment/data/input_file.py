"""A file that the user gave, or standard input: what is said of it, and what its bytes are."""

import codecs
import hashlib
from pathlib import Path
from typing import NamedTuple

from lit_sentiment.data.file_kinds import foreign_kind, likely_encoding, marked_encoding
from lit_sentiment.errors import InputError, reason

MAX_TEXT_CHARACTERS = 1 << 20
"""Of one text or field: longer than any review, and short enough to be cut into words in seconds."""

_COMPRESSED = ".gz"


class InputFile(NamedTuple):
    """Where texts come from, and by which option: the start of each message about them."""

    option: str = ""
    """Empty for standard input."""
    path: Path | None = None
    """None for what is not a file."""

    @property
    def kind(self) -> str:
        """The suffix that says how the text is laid out, in lower case; standard input is plain text."""
        if self.path is None:
            return ".txt"
        suffixes = [suffix.lower() for suffix in self.path.suffixes]
        return next((suffix for suffix in reversed(suffixes) if suffix != _COMPRESSED), "")

    def refused(self, where: str, expected: str, found: str, fix: str) -> InputError:
        """Return the error about something in the file.

        Args:
            where: A place in it, such as `line 3`, or empty for the whole.
            expected: What should be there.
            found: What is there.
            fix: What the user can do.
        """
        name = "" if self.option else "standard input"
        if self.path is not None:
            name = str(self.path) if str(self.path).isprintable() else repr(str(self.path))
        place = ", ".join(filter(None, [name, where]))
        place = f"{place} ({self.option})" if place and self.option else place or self.option
        return InputError(f"{place}: expected {expected}, found {found}; {fix}")

    def digest(self) -> str:
        """Return the SHA-256 of the bytes of the file, in hexadecimal.

        Raises:
            InputError: It cannot be read, or only once.
        """
        assert self.path is not None
        try:
            if self.path.is_fifo():
                raise self.refused("", "a file", "a pipe, which can be read only once", "write it to a file")
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError) as error:
            raise self.unreadable(error) from None

    def decoded(self, content: bytes, encoding: str) -> str:
        """Return the bytes as text, checked for what else they could be.

        Raises:
            InputError: They are not text in this encoding.
        """
        self.require_text(content, encoding)
        try:
            text = content.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            # Codecs that skip a byte order mark count from behind it.
            offset = len(content) - len(error.object) + error.start
            found = f"byte 0x{content[offset]:02x} at byte offset {offset}"
            raise self.refused("", f"{encoding} text", found, "name its encoding with `encoding`") from None
        except (LookupError, ValueError):
            raise self._unknown_encoding(encoding) from None
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            fix = "correct the file, or the encoding with `encoding`"
            raise self.refused(f"line {line}", "text", "a NUL character", fix)
        return text

    def require_text(self, content: bytes, encoding: str) -> None:
        """Check the bytes, or the first ones, for what else they could be.

        Raises:
            InputError: They are not text, or that of another encoding.
        """
        foreign = foreign_kind(content)
        if foreign is not None:
            raise self.refused("", "text", foreign.name, foreign.way_out)
        self._require_encoding(content, encoding)

    @property
    def another(self) -> str:
        """What the user can do where the whole is of no use."""
        return f"give another file as {self.option}" if self.path is not None else "give it a text a line"

    def unreadable(self, error: Exception) -> InputError:
        """Return the error about an OSError, or about the ValueError for a path with a NUL character."""
        return self.refused("", "a readable file", reason(error), self.another)

    def _require_encoding(self, content: bytes, encoding: str) -> None:
        """Refuse what another encoding would read without a word as other characters."""
        try:
            codec = codecs.lookup(encoding).name
        except (LookupError, ValueError, TypeError):
            raise self._unknown_encoding(encoding) from None
        marked, family = marked_encoding(content), codec[:6] if codec.startswith("utf-") else codec
        if marked is not None and not family.startswith(marked):
            fix = f"give `encoding` {marked}"
            raise self.refused("", f"{encoding} text", f"the byte order mark of {marked}", fix)
        if marked is None and codec in ("utf-16", "utf-32"):
            fix = f"give `encoding` {codec}-le or {codec}-be for a text without one, or the right encoding"
            raise self.refused("", f"the byte order mark of {codec}", "none", fix)
        likely = likely_encoding(content)
        if likely is not None and not codec.startswith(("utf-16", "utf-32")):
            raise self.refused("", f"{encoding} text", f"what looks like {likely}", f"give `encoding` {likely}")

    def _unknown_encoding(self, encoding: str) -> InputError:
        return self.refused("", "an encoding that Python knows", repr(encoding), "correct `encoding`")
