"""The option parser of the commands that are not Lightning's."""

from jsonargparse import ArgumentParser


def command_parser(command: str, description: str) -> ArgumentParser:
    """Return a parser without options, which leaves errors to the command line to report in one line."""
    return ArgumentParser(exit_on_error=False, prog=f"python -m lit_sentiment {command}", description=description)
