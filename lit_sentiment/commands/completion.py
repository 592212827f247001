"""`completion`: what a shell needs to complete a command line."""

from importlib.util import find_spec
from typing import Literal

from jsonargparse import ArgumentParser

from lit_sentiment.cli import COMMANDS, module_of
from lit_sentiment.commands.reference import Recorder
from lit_sentiment.commands.typed_command import command_parser
from lit_sentiment.errors import missing_extra
from lit_sentiment.process import leaving_at_once


def completion(shell: Literal["bash", "zsh", "fish"]) -> None:
    """Print a script with which a shell completes the commands of lit-sentiment, their options and values.

    Needs the extra completion, and the shell needs nothing: keep what is printed as a file, and make it anew for
    another version. The usual places: ~/.local/share/bash-completion/completions/lit-sentiment for bash, _lit-sentiment
    in a folder of $fpath for zsh, ~/.config/fish/completions/lit-sentiment.fish for fish.

    Args:
        shell: bash, zsh or fish.

    Raises:
        InputError: The extra is not installed.
    """
    if find_spec("shtab") is None:
        raise missing_extra("completion")
    parser = ArgumentParser(prog="lit-sentiment", exit_on_error=False)
    commands = parser.add_subcommands()
    for name, purpose in COMMANDS.items():
        commands.add_subcommand(name, parser_of(name), help=purpose)
    print(parser.get_completion_script(f"shtab-{shell}"))


def parser_of(command: str) -> ArgumentParser:
    """Return the parser of a command's options."""
    if command not in ("fit", "reference"):
        return command_parser(command, getattr(module_of(command), command.replace("-", "_")))
    with leaving_at_once():
        from lit_sentiment.commands.study_options import ReadFitOptions
    parser: ArgumentParser = ReadFitOptions([]).parser
    if command == "reference":
        parser.add_class_arguments(Recorder)
    return parser
