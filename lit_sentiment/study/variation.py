"""The settings that a study varies: each combination is a training."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from lit_sentiment.errors import InputError


def combinations(vary: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return each combination of the values, by option; one that is empty where nothing is varied.

    Raises:
        InputError: An option has no list of values, or one value twice.
    """
    for option, values in vary.items():
        if not isinstance(values, list) or not values:
            raise InputError(f"`vary`: expected a list of values for {option}, found {values!r}")
        twice = [value for number, value in enumerate(values) if value in values[:number]]
        if twice:
            raise InputError(f"`vary`: expected each value of {option} once, found {twice[0]} several times")
    return [dict(zip(vary, values, strict=True)) for values in product(*vary.values())]


def as_options(combination: Mapping[str, Any]) -> list[str]:
    """Return the options that give `fit` these values."""
    return [f"--{option}={_text(value)}" for option, value in combination.items()]


def suffix(combination: Mapping[str, Any]) -> str:
    """Return what the name of a training has behind that of what it varies, such as `-dropout=0.5,0.3`."""
    return "".join(f"-{option.rpartition('.')[2]}={_short(value)}" for option, value in combination.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _short(value: Any) -> str:
    return re.sub(r"[^\w.,+-]+", "_", _text(value).replace(" ", "").strip("[]{}"))[:40]
