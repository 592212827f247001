"""The space of a search: which options it varies, and from which values."""

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lit_sentiment.errors import InputError

_FORMS = "a list of values, or a mapping of low, high and, if wanted, log or step"


def read_space(space: Mapping[str, Any]) -> dict[str, Any]:
    """Return a space as JSON types: by option of `fit` a list of values, or `low`, `high`, `log` and `step`.

    A range is of whole numbers if `low`, `high` and `step` are. A number that YAML takes for a text, such as 1e-6, is
    one all the same. A value that is itself a list becomes its text, which is what `fit` is given.

    Raises:
        InputError: There is no option, or the values of one cannot be drawn.
    """
    if not space:
        raise InputError("`space`: expected an option of fit and its values, found none")
    return {option: _read_values(option, values) for option, values in space.items()}


def edges(space: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return combinations in which each value of a list and both ends of a range appear.

    Args:
        space: As `read_space` returns it.
    """
    values = {option: one if isinstance(one, list) else [one["low"], one["high"]] for option, one in space.items()}
    first = {option: some[0] for option, some in values.items()}
    return [first] + [{**first, option: value} for option, some in values.items() for value in some[1:]]


def _read_values(option: str, values: Any) -> list[Any] | dict[str, Any]:
    if isinstance(values, list) and values:
        return _read_choices(option, values)
    if isinstance(values, dict) and {"low", "high"} <= values.keys() <= {"low", "high", "log", "step"}:
        return _read_range(option, values)
    raise InputError(f"`space`: expected {_FORMS}, for {option}, found {values!r}")


def _read_choices(option: str, values: list[Any]) -> list[Any]:
    endless = [value for value in values if isinstance(value, float) and not math.isfinite(value)]
    if endless:
        raise InputError(f"`space`: expected finite numbers for {option}, found {endless[0]}")
    choices = [json.dumps(value) if isinstance(value, list | dict) else value for value in values]
    texts = [str(value) for value in choices]
    twice = [text for number, text in enumerate(texts) if text in texts[:number]]
    if twice:
        raise InputError(f"`space`: expected each value of {option} once, found {twice[0]} several times")
    return choices


def _read_range(option: str, values: dict[str, Any]) -> dict[str, Any]:
    read = {name: _read_number(f"{name} of {option}", value) for name, value in values.items() if name != "log"}
    low, high, step, log = read["low"], read["high"], read.get("step"), values.get("log", False)
    if low >= high:
        raise InputError(f"`space`: expected low below high for {option}, found {low} and {high}")
    if not isinstance(log, bool):
        raise InputError(f"`space`: expected true or false as log of {option}, found {log!r}")
    if log and low <= 0:
        raise InputError(f"`space`: expected low above 0 with log for {option}, found {low}")
    if log and step is not None:
        raise InputError(f"`space`: expected step or log for {option}, found both")
    if step is not None and not 0 < step <= high - low:
        raise InputError(f"`space`: expected a step above 0 that fits between low and high of {option}, found {step}")
    return {**read, "log": log}


def _read_number(what: str, value: Any) -> float:
    number = value
    if isinstance(value, str):
        with suppress(ValueError):
            number = float(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise InputError(f"`space`: expected a finite number as {what}, found {value!r}")
    return number
