"""A command line from a function: its signature gives the options, its docstring their help."""

import re
from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from docstring_parser import parse as parse_docstring
from jsonargparse import ArgumentParser


def command_parser(name: str, function: Callable[..., Any]) -> ArgumentParser:
    """Return the parser of a command, which leaves errors to the command line to report in one line.

    A parameter without a default is given by its place, one that is keyword-only by its name; a list takes several
    values, one after the other. The description is the docstring down to its first section.

    Args:
        name: Of the command.
        function: With types, and a docstring in Google style that tells of every parameter.
    """
    docstring = parse_docstring(function.__doc__ or "")
    description = re.sub(r"\s+", " ", docstring.description or "").replace("`", "")
    parser = ArgumentParser(exit_on_error=False, prog=f"python -m lit_sentiment {name}", description=description)
    told = {one.arg_name: one.description for one in docstring.params}
    types = get_type_hints(function)
    for parameter in signature(function).parameters.values():
        settings: dict[str, Any] = {"help": told[parameter.name], "type": types[parameter.name]}
        item = _item_of(settings["type"])
        if item is not None:
            settings |= {"type": item, "nargs": "+"}
        if parameter.default is not Parameter.empty:
            settings["default"] = parameter.default if item is None else list(parameter.default or []) or None
        by_place = parameter.kind is Parameter.POSITIONAL_OR_KEYWORD and parameter.default is Parameter.empty
        if not by_place:
            settings["required"] = parameter.default is Parameter.empty
        parser.add_argument(parameter.name if by_place else f"--{parameter.name}", **settings)
    return parser


def _item_of(kind: Any) -> Any:
    """Return the type of the items, if a type is that of a list or of a list that may be missing."""
    options = [one for one in get_args(kind) if one is not NoneType] if isinstance(kind, UnionType) else [kind]
    if len(options) == 1 and get_origin(options[0]) in (list, Sequence):
        return get_args(options[0])[0]
    return None
