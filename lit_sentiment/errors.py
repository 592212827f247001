"""The one error that a user can cause, and the check that is made most often."""


class InputError(Exception):
    """What the user gave cannot be used: an option, a file, or something in it.

    The message is one line: what was expected, what was found, where (file and line, or option), and how to mend it.
    The command line prints it without a traceback and exits with code 2.
    """


class SettingError(InputError):
    """A setting of a part (a layer, a model, a source of reviews) cannot be used.

    The part knows the setting by its own name; the command line says which option gave it.
    """

    def __init__(self, setting: str, expected: str, found: object) -> None:
        super().__init__(f"{setting}: expected {expected}, found {found!r:.60}")
        self.setting = setting


def require_positive(option: str, value: float | None, largest: float | None = None) -> None:
    """Check a number, if it is given.

    Raises:
        InputError: It is 0 or less, or more than `largest`.
    """
    if value is not None and value <= 0:
        raise InputError(f"{option}: expected more than 0, found {value}")
    if value is not None and largest is not None and value > largest:
        raise InputError(f"{option}: expected at most {largest}, found {value}")
