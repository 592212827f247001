"""One name for each setting: where an option would be overruled by another, giving it is an error."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from lit_sentiment.commands.bounded_yaml import load_yaml
from lit_sentiment.commands.class_settings import named_values
from lit_sentiment.errors import InputError

RULING_NAMES = {
    "model.vocab_size": "data.vocab_size",
    "model.max_length": "data.max_length",
    "model.randomness": "randomness",
    "data.randomness": "randomness",
    "model.optimizer": "optimizer",
    "optimizer.lr": "model.learning_rate",
}
"""What would be overruled, and by what."""
_PREFIXES = {"--config": "", "-c": "", "--model": "model.", "--data": "data.", "--optimizer": "optimizer."}
"""Options whose value may be YAML or a file of it, and of what it gives the settings."""


def refuse_second_names(args: Sequence[str]) -> None:
    """Look through the options, and the YAML that they are given, in files or as it is.

    Raises:
        InputError: One gives a setting by a name that another overrules, and with another value.
    """
    given = dict(_given(args))
    for name, value in given.items():
        ruling = RULING_NAMES.get(name)
        if ruling is not None and given.get(ruling) != value:
            raise InputError(f"--{name}: expected not to be given, found {value}; give --{ruling}, which rules both")


def _given(args: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for name, value in named_values(args):
        name = name.replace(".init_args", "")
        if name in _PREFIXES:
            yield from _flatten(_read(value), _PREFIXES[name])
        elif name.startswith("--"):
            yield name.removeprefix("--"), value


def _read(value: str) -> Any:
    with suppress(OSError, ValueError, yaml.YAMLError):  # the parser says what is wrong with it
        return load_yaml(Path(value).read_text(encoding="utf-8") if os.path.isfile(value) else value)  # noqa: PTH113
    return value


def _flatten(settings: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(settings, dict):
        yield prefix.rstrip("."), settings
        return
    for key, value in settings.items():
        yield from _flatten(value, prefix if key == "init_args" else f"{prefix}{key}.")
