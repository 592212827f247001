"""The Stanford Large Movie Review Dataset, read straight from its archive.

Source: Maas et al., "Learning Word Vectors for Sentiment Analysis", ACL 2011. The archive is a tar.gz that holds the
labelled reviews as ``aclImdb/{train,test}/{pos,neg}/<number>_<rating>.txt``, beside files that this project leaves out:
the unlabelled ``train/unsup``, lists of addresses, bags of words and a vocabulary.
"""

import gzip
import hashlib
import re
import tarfile
import zlib
from pathlib import Path
from typing import Literal

from rich.progress import Progress

from lit_sentiment.console import Console
from lit_sentiment.data.imdb_download import ARCHIVE_URL
from lit_sentiment.data.review import Review
from lit_sentiment.errors import InputError, listed

# The original holds about 100,000 members and a third of a gigabyte, so only a hostile or damaged archive meets these.
MAX_MEMBERS = 250_000
MAX_REVIEW_BYTES = 1 << 20
MAX_ARCHIVE_BYTES = 1 << 30

_CHUNK_BYTES = 1 << 20
_FOLDERS_SHOWN = 6
_LABELS = {"neg": 0, "pos": 1}
_REVIEW_NAME = re.compile(r"aclImdb/(train|test)/(neg|pos)/([0-9]{1,9})_[0-9]{1,2}\.txt")
# What gzip and tarfile raise on damaged bytes. A long chain of tar headers ends in the RecursionError.
_DAMAGE = (tarfile.TarError, zlib.error, OSError, EOFError, ValueError, RecursionError)


def read_imdb(archive: Path, part: Literal["train", "test"]) -> list[Review]:
    """Reads the labelled reviews of one part of the archive; nothing is unpacked to disk.

    Args:
        archive: The original ``aclImdb_v1.tar.gz``, or one with the same layout.
        part: Which of the two halves to read.

    Returns:
        Negative reviews first, then positive ones, each in the order of their numbers, whatever the archive's order.
        Line breaks written as ``<br />`` are left in the text.

    Raises:
        InputError: If the file is missing, is not a whole gzip-compressed tar, lacks one of the two classes, exceeds a
            cap, or holds a review that is not a plain file, not UTF-8 or there twice.
    """
    _require_file(archive)
    texts: dict[tuple[int, int], str] = {}
    folders: set[str] = set()
    console = Console(stderr=True)
    try:
        with (
            Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
            progress.open(archive, "rb", description=f"Reading IMDB, {part}") as compressed,
            _CappedGzipFile(fileobj=compressed, mode="rb") as decompressed,
            tarfile.open(fileobj=decompressed, mode="r|") as tar,
        ):
            for member_count, member in enumerate(tar, start=1):
                tar.members.clear()  # type: ignore[attr-defined] # all of them would be kept, larger than their texts
                if member_count > MAX_MEMBERS:
                    raise _refused(archive, f"at most {MAX_MEMBERS:,} members", "more")
                if member.isreg():
                    folders.add(member.name.rpartition("/")[0])
                name = _REVIEW_NAME.fullmatch(member.name)
                if name is None or name[1] != part:
                    continue
                key = (_LABELS[name[2]], int(name[3]))
                if key in texts:
                    raise _refused(archive, f"one review numbered {name[3]} in {part}/{name[2]}", "two")
                texts[key] = _read_review(archive, tar, member)
            _check_rest(tar)
    except _DAMAGE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise _refused(archive, "a whole gzip-compressed tar", f"one that cannot be read ({reason})") from error
    for sentiment, label in _LABELS.items():
        if not any(key[0] == label for key in texts):
            expected = f"reviews named aclImdb/{part}/{sentiment}/<number>_<rating>.txt"
            raise _refused(archive, expected, f"none, but files in {_listing(folders)}")
    return [Review(text, label) for (label, _), text in sorted(texts.items())]


def archive_digest(archive: Path) -> str:
    """Computes the SHA-256 of the archive file, in hexadecimal.

    Raises:
        InputError: If the file is missing.
    """
    _require_file(archive)
    with archive.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _CappedGzipFile(gzip.GzipFile):
    """Stops beyond the cap: the headers and the members that are left out could be bombs too."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > MAX_ARCHIVE_BYTES:
            raise tarfile.ReadError(f"more than {MAX_ARCHIVE_BYTES:,} bytes when decompressed")
        return super().read(size)


def _read_review(archive: Path, tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    if member.size > MAX_REVIEW_BYTES:
        raise _refused(archive, f"at most {MAX_REVIEW_BYTES:,} bytes in {member.name}", f"{member.size:,}")
    file = tar.extractfile(member) if member.isreg() else None
    if file is None:
        raise _refused(archive, f"a plain file at {member.name}", "a link, folder or device")
    try:
        return file.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(archive, f"UTF-8 in {member.name}", f"another byte at offset {error.start}") from error


def _check_rest(tar: tarfile.TarFile) -> None:
    """Reads what follows the last member, so that gzip checks its sum; tarfile ends silently at a damaged header."""
    assert tar.fileobj is not None
    while chunk := tar.fileobj.read(_CHUNK_BYTES):
        if chunk.strip(b"\0"):
            raise tarfile.ReadError("unreadable bytes after the last member")


def _require_file(archive: Path) -> None:
    if not archive.is_file():
        found = "a folder" if archive.is_dir() else "no such file"
        raise InputError(f"{archive}: expected the IMDB archive, found {found}; pass its path as `archive` PATH")


def _refused(archive: Path, expected: str, found: str) -> InputError:
    mend = f"pass the archive of {ARCHIVE_URL} as `archive` PATH"
    return InputError(f"{archive}: expected {expected}, found {found}; {mend}")


def _listing(folders: set[str]) -> str:
    # Names come from the archive: shown as literals, so that none can break the line.
    return listed([repr(folder) for folder in sorted(folders)], _FOLDERS_SHOWN) or "no folder"
