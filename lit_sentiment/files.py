"""Writing files so that a reader sees the old one or the new one, never a part; and reading what is ours in them."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

from lit_sentiment.errors import InputError, reason

try:
    import fcntl
except ImportError:  # on Windows nothing keeps another process away
    fcntl = None  # type: ignore[assignment]


def require_new(option: str, path: Path, suffix: str = "") -> None:
    """Refuse to write over what is there, or where nothing can be.

    Raises:
        InputError: The path that the user gave with this option exists, does not end in the suffix, or leads through a
            file.
    """
    if path.exists():
        raise InputError(f"{option}: expected a new file, found {path} there already; name another one")
    if not path.name.endswith(suffix):
        raise InputError(f"{option}: expected a name that ends in {suffix}, found {path}")
    require_folder(option, path.parent)


def require_folder(option: str, path: Path) -> None:
    """Refuse a folder that cannot be made.

    Raises:
        InputError: The path that the user gave with this option leads through a file.
    """
    there = next(one for one in (path, *path.parents) if one.exists())
    if not there.is_dir():
        raise InputError(f"{option}: expected a folder to write into, found that {there} is a file; name another place")


def require_utf8(option: str, name: object) -> None:
    """Refuse the name of a file or a folder that cannot be written into a text, such as the settings of a run.

    Raises:
        InputError: The name that the user gave with this option has bytes that are not UTF-8.
    """
    try:
        str(name).encode()
    except UnicodeEncodeError:
        raise InputError(f"{option}: expected UTF-8, found {str(name)!r}; rename it, or name another") from None


def what_is(path: Path) -> str:
    """Return what a message says that it found where a file or a folder was expected."""
    return "a folder" if path.is_dir() else "a file" if path.exists() else "none"


@contextmanager
def made_folder(path: Path) -> Iterator[None]:
    """Make a folder and those above it; if what runs inside fails, those go again that are new and empty."""
    new = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for folder in new:
            with suppress(OSError):  # something else lies in it
                folder.rmdir()
        raise


def replace_file(path: Path, write: Callable[[BinaryIO], object], kept: Path | None = None) -> None:
    """Let `write` fill a temporary file in the same folder, bring it to disk, and move it to `path`.

    Args:
        path: Where it belongs.
        write: Gives the content.
        kept: Where to move what is at `path` so far, once the new content is on the disk; by default it goes.
    """
    with made_folder(path.parent):
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            if kept is not None and path.exists():
                path.replace(kept)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def replace_bytes(path: Path, content: bytes) -> None:
    """Replace the content of a file."""
    replace_file(path, lambda file: file.write(content))


def replace_text(path: Path, text: str) -> None:
    """Replace the content of a text file, as UTF-8; half a character, of a name that is not UTF-8, as an escape."""
    replace_bytes(path, text.encode(errors="backslashreplace"))


def is_locked_here(file: IO[Any]) -> bool:
    """Lock an open file, until it is closed or this process ends; say whether no other process has it."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def lock_file(path: Path, when_taken: Callable[[], object]) -> Iterator[None]:
    """Hold a file that goes at the end; the lock ends with this process, however that ends.

    Args:
        path: The file.
        when_taken: Called where another process has it, which then is waited for, unless this raises something.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        when_taken()
        lock.acquire()
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # whoever waits notices
        lock.release()


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path` to fill; it becomes `path` at the end, or goes if something fails."""
    with made_folder(path.parent):
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp"))
        try:
            yield temporary
            temporary.chmod(0o755)
            temporary.rename(path)
        except BaseException:
            shutil.rmtree(temporary)
            raise


def read_object(path: Path, what: str, kinds: Mapping[str, Any]) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        path: The file.
        what: What it is expected to hold, in words.
        kinds: The types of the values that it must have, by name; it may have more.

    Raises:
        InputError: The file is missing or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError(f"a {type(content).__name__}")
        missing = [name for name, kind in kinds.items() if not isinstance(content.get(name), kind)]
        if missing:
            raise ValueError(f"no {missing[0]} in it")
    except (OSError, ValueError, RecursionError) as fault:
        raise InputError(f"{path}: expected {what}, found {reason(fault)}") from None
    return content
