"""The option parser of the commands that are not Lightning's."""

from jsonargparse import ArgumentParser

from lit_sentiment.commands.class_settings import separate_settings_of_classes


def command_parser(command: str, description: str) -> ArgumentParser:
    """Return a parser without options, which leaves errors to the command line to report in one line."""
    separate_settings_of_classes()
    return ArgumentParser(exit_on_error=False, prog=f"python -m lit_sentiment {command}", description=description)
