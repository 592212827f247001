"""The one error that a user can cause, and the check that is made most often."""


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


def missing_extra(extra: str) -> InputError:
    """Return the refusal where an optional part of the installation is needed and not there."""
    return InputError(f"the extra [{extra}] is needed: pip install -c constraints.txt -e '.[{extra}]'")
