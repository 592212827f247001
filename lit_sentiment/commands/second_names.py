"""One name for each setting: where an option would be overruled by another, giving it is an error."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from lit_sentiment.built_in_configs import read_settings
from lit_sentiment.commands.bounded_yaml import load_yaml
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


def refuse_second_names(args: Sequence[str]) -> None:
    """Look through the options and the configuration files that they name.

    Raises:
        InputError: One gives a setting by a name that another overrules, and with another value.
    """
    given = dict(_given(args))
    for name, value in given.items():
        ruling = RULING_NAMES.get(name)
        if ruling is not None and given.get(ruling) != value:
            raise InputError(f"--{name}: expected not to be given, found {value}; give --{ruling}, which rules both")


def _given(args: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for arg, following in pairwise([*args, ""]):
        name, equals, value = arg.partition("=")
        value = value if equals else following
        if name in ("--config", "-c"):
            yield from _flatten(_settings_of(value), "")
        elif name.startswith("--"):
            yield name.removeprefix("--").replace(".init_args", ""), value


def _settings_of(config: str) -> Any:
    """Return what a file says, or else the option itself as YAML; what is neither is left to the parser to refuse."""
    if os.path.isfile(config):  # noqa: PTH113 - no error where YAML is too long for a name
        return read_settings(Path(config))[1]
    with suppress(yaml.YAMLError):
        return load_yaml(config)
    return None


def _flatten(settings: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(settings, dict):
        yield prefix.rstrip("."), settings
        return
    for key, value in settings.items():
        yield from _flatten(value, prefix if key == "init_args" else f"{prefix}{key}.")
