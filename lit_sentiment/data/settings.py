"""Whether the settings of a source are of the kinds that its signature names: Python does not look."""

import inspect
import os
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from lit_sentiment.errors import InputError
from lit_sentiment.lightning_classes import LightningDataModule


def plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with paths as texts: a checkpoint with a `Path` in it cannot be opened again."""
    return {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in settings.items()}


def require_kinds(source: type[LightningDataModule], settings: Mapping[str, Any]) -> None:
    """Check each setting against the annotations of the source and of the sources that it is built on.

    Raises:
        InputError: A setting is of another kind.
    """
    for owner in inspect.getmro(source):
        if owner is LightningDataModule:
            return
        for name, hint in get_type_hints(owner.__init__).items():  # type: ignore[misc]
            if name in settings and not _fits(settings[name], hint):
                raise InputError(f"`{name}`: expected {_in_words(hint)}, found {settings[name]!r}")


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, argument) for argument in arguments)
    if origin is Literal:
        return any(value == argument for argument in arguments)
    if origin is list:
        return isinstance(value, list) and all(_fits(item, arguments[0]) for item in value)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint) if isinstance(hint, type) else True


def _in_words(hint: Any) -> str:
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_in_words(argument) for argument in get_args(hint))
    if get_origin(hint) is Literal:
        return " or ".join(map(repr, get_args(hint)))
    if get_origin(hint) is list:
        return f"a list of {_in_words(get_args(hint)[0])}"
    return "None" if hint is NoneType else getattr(hint, "__name__", str(hint))
