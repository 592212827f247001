"""The one error that a user can cause, and what its messages have in common."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from json import JSONDecodeError


class InputError(Exception):
    """What the user gave cannot be used: an option, a file, or something in it.

    The message is one line: what was expected, what was found, where (file and line, or setting), and how to fix it.
    It names a setting in backticks, as a parameter: `vocab_size`. The command line writes its option there, prints the
    line without a traceback, and exits with code 2.
    """


class SettingError(InputError):
    """A setting of a part (a layer, a model, a source of reviews) cannot be used."""

    def __init__(self, setting: str, expected: str, found: object) -> None:
        super().__init__(f"{setting}: expected {expected}, found {found!r:.60}")
        self.setting = setting


def require_positive(setting: str, value: float | None, largest: float | None = None) -> None:
    """Check a number, if it is given.

    Raises:
        InputError: It is 0 or less, or more than `largest`.
    """
    if value is not None and value <= 0:
        raise InputError(f"`{setting}`: expected more than 0, found {value}")
    if value is not None and largest is not None and value > largest:
        raise InputError(f"`{setting}`: expected at most {largest}, found {value}")


def reason(fault: Exception) -> str:
    """Return what a message says that it found where a file could not be read or parsed."""
    match fault:
        case IsADirectoryError():
            return "a folder"
        case OSError(strerror=str(words)):
            return words[:1].lower() + words[1:]
        case UnicodeDecodeError():
            return f"a byte that is not UTF-8 (0x{fault.object[fault.start]:02x} at offset {fault.start})"
        case JSONDecodeError(doc=""):
            return "an empty file"
        case JSONDecodeError():
            return f"no JSON ({fault.msg[:1].lower()}{fault.msg[1:]} in line {fault.lineno}, column {fault.colno})"
    return str(fault)


def did_you_mean(given: str, known: Iterable[str], prefix: str = "") -> str:
    """Return the end of a message that names what was likely meant, or nothing where no name is close."""
    names = {name.replace("/", ".").rpartition(".")[2]: name for name in known}
    names |= {name: name for name in names.values()}
    close = get_close_matches(given, names, 1)
    return f"; did you mean {prefix}{names[close[0]]}?" if close else ""


def listed(names: Sequence[object], most: int = 20) -> str:
    """Return the first of some names in one line, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more


def missing_extra(extra: str) -> InputError:
    """Return the refusal where an optional part of the installation is needed and not there."""
    fix = f"pip install 'lit-sentiment[{extra}]' adds it"  # to an installation from a wheel as to one from a checkout
    return InputError(f"expected the extra [{extra}] to be installed, found that it is not; {fix}")
