"""The options behind the settings that a message names in backticks."""

import re
from collections.abc import Callable
from inspect import signature
from typing import Any

_OF_FIT = {
    "ckpt_path": "--ckpt_path",
    "run": "--run",
    "folder": "--folder",
    "optimizer": "--optimizer",
    "randomness": "--randomness",
    "input_dim": "--data.vocab_size",
    "output_dim": "--model.embedding_dim",
    "rate": "--model.dropout",
    **{name: f"--trainer.{name}" for name in ("accelerator", "gradient_clip_val", "max_epochs", "max_time")},
}
"""What is not a setting of a model or of a source of reviews by the same name."""
_TAKE_SETTINGS = {"args", "data", "options"}
"""The parameters of commands to which such settings can be given."""


def with_options(message: str, command: Callable[..., Any]) -> str:
    """Return a message with the options of a command in place of the settings that it names; others stay."""
    parameters = signature(command).parameters
    names = {name: f"--{name}" for name in parameters}
    if _TAKE_SETTINGS & parameters.keys():
        names |= _settings_of_classes() | _OF_FIT
    return re.sub(r"`([a-z_0-9]+)`", lambda setting: names.get(setting[1], setting[0]), message)


def _settings_of_classes() -> dict[str, str]:
    from lit_sentiment.data.sources import SOURCES
    from lit_sentiment.models import MODELS

    parts = {"model": MODELS.values(), "data": SOURCES.values()}
    return {
        name: f"--{part}.{name}"
        for part, classes in parts.items()
        for one in classes
        for name in signature(one).parameters
    }
