"""Messages of one line: those of other libraries, and settings named by their options."""

import re
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from lit_sentiment.errors import InputError, SettingError

_LONGEST = 500


def one_line(message: object) -> str:
    """Return a message of another library, which may have many lines, in one."""
    return "; ".join(line.strip() for line in str(message).splitlines() if line.strip())[:_LONGEST]


def refusal_in(fault: Exception) -> InputError:
    """Return the refusal that made jsonargparse fail, or else its own message as one."""
    cause: BaseException | None = fault
    while cause is not None and not isinstance(cause, InputError):
        cause = cause.__cause__ or cause.__context__
    return cause or InputError(one_line(fault))


def came_from_a_setting(fault: Exception) -> bool:
    """Whether Lightning or an optimiser refuses something in its own code, or the memory of a device is full."""
    import torch

    frame = fault.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    module = "" if frame is None else str(frame.tb_frame.f_globals.get("__name__", ""))
    return module.startswith(("lightning.", "torch.optim.")) or isinstance(fault, torch.OutOfMemoryError)


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


def with_options(error: InputError, command: Callable[..., Any]) -> str:
    """Return a message with the options of a command in place of the settings that it names; others stay."""
    message = str(error)
    if isinstance(error, SettingError):
        message = f"`{error.setting}`{message.removeprefix(error.setting)}"
    if "`" not in message:
        return message
    parameters = signature(command).parameters
    names: dict[str, str] = {}
    if _TAKE_SETTINGS & parameters.keys():
        parts = settings_of_classes().items()
        names = {name: f"--{part}.{name}" for part, classes in parts for own in classes.values() for name in own}
        names |= _OF_FIT
    names |= {name: f"--{name}" for name in parameters}
    return re.sub(r"`([a-z_0-9]+)`", lambda setting: names.get(setting[1], setting[0]), message)


def settings_of_classes() -> dict[str, dict[str, set[str]]]:
    """Return the settings that `--model` and `--data` take, by class."""
    from lit_sentiment.data.sources import SOURCES
    from lit_sentiment.models import MODELS

    def settings(kind: type) -> set[str]:
        own = [parent for parent in kind.__mro__ if parent.__module__.startswith("lit_sentiment.")]
        return {name for parent in own for name in signature(parent).parameters}

    parts: dict[str, Mapping[str, type]] = {"model": MODELS, "data": SOURCES}
    return {part: {name: settings(kind) for name, kind in classes.items()} for part, classes in parts.items()}
