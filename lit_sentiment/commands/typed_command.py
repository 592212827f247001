"""A command line from a function: its signature gives the options, its docstring their help."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from inspect import Parameter, signature
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import yaml
from docstring_parser import parse as parse_docstring
from jsonargparse import ArgumentParser

from lit_sentiment.commands.bounded_yaml import load_yaml
from lit_sentiment.commands.class_settings import with_their_values
from lit_sentiment.commands.messages import refusal_in
from lit_sentiment.errors import InputError

PASSED_ON = "options"
"""The parameter that takes the options which a command has not itself, where it has such a parameter."""
_EARLIER_NAMES = {"accelerator": "trainer.accelerator"}
"""What an option is called by `fit`, and was called by all commands."""


def parse_call(
    name: str, function: Callable[..., Any], args: Sequence[str], defaults: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the arguments with which a command line calls a function.

    Options that it has not itself go to its parameter `options`, if it has one; then `--config` names a file of
    options, too. An option that takes several texts may be given several times, and so may one that takes a mapping: a
    name and its value each time.

    Args:
        name: Of the command.
        function: See `command_parser`.
        args: The command line behind the name.
        defaults: Of this call, in place of those of the signature.

    Raises:
        ArgumentError: Something is missing, unknown, or not of its type.
        InputError: A class does not take its settings.
    """
    parameters = signature(function).parameters
    known = {f"--{parameter}" for parameter in parameters} | {"--config", "--help", "-h"}
    own, passed_on, texts, mappings = [], [], dict[str, list[str]](), dict[str, dict[str, Any]]()
    types = {one: parameter.annotation for one, parameter in parameters.items()}
    for group in with_their_values(args):
        flag, equals, value = group[0].partition("=")
        parameter = flag.removeprefix("--")
        if PASSED_ON in parameters and flag.startswith("-") and flag not in known:
            passed_on += group
        elif _item_of(types.get(parameter)) is str and parameter != PASSED_ON:
            texts.setdefault(parameter, []).extend([value, *group[1:]] if equals else group[1:])
        elif _is_mapping(types.get(parameter)):
            mappings.setdefault(parameter, {}).update(_named_value(group))
        else:
            own += group
    own += [f"--{parameter}={given[0]}" if given else f"--{parameter}" for parameter, given in texts.items()]
    own += [f"--{parameter}={json.dumps(given)}" for parameter, given in mappings.items()]
    parser = command_parser(name, function)
    parser.set_defaults(dict(defaults or {}))
    options = parser.parse_args(own)
    try:
        call = vars(parser.instantiate(options))
    except ValueError as fault:
        raise refusal_in(fault) from None
    call.pop("config", None)
    if passed_on:
        call[PASSED_ON] = [*(call[PASSED_ON] or ()), *passed_on]
    return {**call, **texts}


def command_parser(name: str, function: Callable[..., Any]) -> ArgumentParser:
    """Return the parser of a command, which leaves errors to the command line to report in one line.

    A parameter without a default is given by its place, one that is keyword-only by its name; a list takes several
    values, one after the other; a dataclass becomes an option for each of its fields. The description is the docstring
    down to its first section.

    Args:
        name: Of the command.
        function: With types, and a docstring in Google style that tells of every parameter. The type of what it returns
            is not looked at, so that it may be one that is only imported when the function is called.
    """
    docstring = parse_docstring(function.__doc__ or "")
    description = re.sub(r"\s+", " ", docstring.description or "").replace("`", "")
    parser = ArgumentParser(
        exit_on_error=False, allow_abbrev=False, prog=f"python -m lit_sentiment {name}", description=description
    )
    parameters = signature(function).parameters
    if PASSED_ON in parameters:
        parser.add_argument("--config", action="config", help="A file with these options.")
    told = {one.arg_name: one.description for one in docstring.params}
    for name, parameter in parameters.items():
        _add(parser, parameter, told[name])
    return parser


def _add(parser: ArgumentParser, parameter: Parameter, told: str | None) -> None:
    kind = parameter.annotation
    has_default = parameter.default is not Parameter.empty
    settings: dict[str, Any] = {"type": kind, "help": told} | ({"default": parameter.default} if has_default else {})
    item = _item_of(kind)
    if item is not None:
        settings |= {"default": list(parameter.default or []) or None} if has_default else {}
        if parameter.name != PASSED_ON:
            settings |= {"type": item, "nargs": "+"}
    if parameter.kind is Parameter.POSITIONAL_OR_KEYWORD and not has_default:
        parser.add_argument(parameter.name, **settings)
    elif is_dataclass(kind):
        parser.add_class_arguments(kind, parameter.name)
    else:
        names = [parameter.name, *filter(None, [_EARLIER_NAMES.get(parameter.name)])]
        parser.add_argument(*(f"--{name}" for name in names), required=not has_default, **settings)


def _is_mapping(kind: Any) -> bool:
    return any(get_origin(one) is Mapping for one in get_args(kind))


def _named_value(group: Sequence[str]) -> dict[str, Any]:
    try:
        _, name, value = group
        return {name: load_yaml(value, yaml.safe_load)}
    except (ValueError, yaml.YAMLError):
        raise InputError(f"{group[0]}: expected a name and a value, found {' '.join(group[1:]) or 'none'}") from None


def _item_of(kind: Any) -> Any:
    """Return the type of the items, if a type is that of a list or of a list that may be missing."""
    options = [one for one in get_args(kind) if one is not NoneType] if isinstance(kind, UnionType) else [kind]
    if len(options) == 1 and get_origin(options[0]) in (list, Sequence):
        return get_args(options[0])[0]
    return None
