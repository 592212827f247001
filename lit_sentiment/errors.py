"""The one error that a user can cause."""


class InputError(Exception):
    """What the user gave cannot be used: an option, a file, or something in it.

    The message is one line: what was expected, what was found, where (file and line, or option), and how to mend it.
    The command line prints it without a traceback and exits with code 2.
    """
