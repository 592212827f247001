"""YAML that is read with a limit, for a few bytes can stand for more than any memory holds."""

from collections.abc import Callable
from typing import Any

import yaml
from jsonargparse import get_loader, set_loader

MOST_VALUES = 100_000
"""How many values a text may stand for, all aliases unfolded; the largest config here has under 200."""

_load = get_loader("yaml")


def load_yaml(text: str, load: Callable[[str], Any] = _load) -> Any:
    """Return what jsonargparse, or another function, reads of a text.

    Raises:
        YAMLError: It is no YAML, or is nested too deeply, or stands for too much or for itself.
    """
    try:
        content = load(text)
        size = _size(content, {})
    except RecursionError:
        raise yaml.YAMLError("expected a config, found lists in lists, too many to read") from None
    except yaml.YAMLError:
        raise
    except Exception as fault:  # PyYAML stumbles over a number of 5,000 digits or of none with whatever comes
        raise yaml.YAMLError(f"{type(fault).__name__}: {fault}") from None
    if size > MOST_VALUES:
        raise yaml.YAMLError(f"expected at most {MOST_VALUES:,} values, found more, or an alias (*) of itself")
    return content


def read_yaml_with_a_limit() -> None:
    """Let all option parsers read so."""
    set_loader("yaml", lambda text: load_yaml(text), exceptions=(yaml.YAMLError,))


def _size(value: Any, sizes: dict[int, float]) -> float:
    """Return how many values there are, shared ones counted wherever they stand; infinity for one in itself."""
    if not isinstance(value, list | dict):
        return 1
    if id(value) not in sizes:
        sizes[id(value)] = float("inf")
        parts = value.values() if isinstance(value, dict) else value
        sizes[id(value)] = 1 + sum(_size(part, sizes) for part in parts)
    return sizes[id(value)]
