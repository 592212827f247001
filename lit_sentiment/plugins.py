"""Users' own models, data, callbacks and loggers: which packages they may come from.

A configuration file, a checkpoint or a run folder never brings code in: a class is imported only from this package,
Lightning's and torch's optimisers, from packages that the user names on the command line (`--allow my_package`), and
from installed packages with an entry point in the group `lit_sentiment.plugins`.
"""

import importlib
import shlex
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from lit_sentiment.errors import InputError

GROUP = "lit_sentiment.plugins"
OPTION = "--allow"
_named: list[str] = []
_withdrawn: set[str] = set()

Class = TypeVar("Class", bound=type)


def allow(*packages: str) -> None:
    """Let classes be imported from these packages, given by the names of their top modules."""
    for package in packages:
        if not package.isidentifier():
            raise InputError(f"{OPTION}: expected the name of a top module, found {package!r}")
        if package not in _named:
            _named.append(package)


def allow_options() -> list[str]:
    """Return the options that allow what the user named."""
    return [f"{OPTION}={package}" for package in _named]


def command_line(command: str, *args: object) -> str:
    """Return a command for the user to give, which allows what the user named."""
    return f"python -m lit_sentiment {shlex.join([command, *allow_options(), *map(str, args)])}"


@cache
def _installed_packages() -> list[str]:
    """Return the packages with an entry point of ours; looked up once, as it reads the metadata of every package."""
    return [point.value.partition(":")[0].partition(".")[0] for point in entry_points(group=GROUP)]


def allowed_packages() -> list[str]:
    """Return the packages that users' classes may come from."""
    return [*_named, *_installed_packages()]


def withdrawn_packages() -> list[str]:
    """Return the packages that an earlier command line of this process named, and the present one does not."""
    return sorted(_withdrawn - set(allowed_packages()))


def is_users(class_path: str) -> bool:
    """Say whether a class path leads into a package of the user's that is allowed."""
    return class_path.partition(".")[0] in allowed_packages()


def class_of(name: str, known: Mapping[str, Class], base: type) -> Class:
    """Return a class by its name, or a user's own by its path.

    Args:
        name: As a checkpoint has it.
        known: This package's classes by name.
        base: What a user's own must extend.

    Raises:
        InputError: It is not one of them, or not from an allowed package.
    """
    if name in known:
        return known[name]
    module, _, own = name.rpartition(".")
    if not module or not is_users(name):
        raise InputError(
            f"expected one of {', '.join(known)}, found {name}; a class of your own comes from a package that you name "
            f"by {OPTION} PACKAGE"
        )
    found: Any = getattr(importlib.import_module(module), own, None)
    if not isinstance(found, type) or not issubclass(found, base):
        raise InputError(f"expected {name} to extend {base.__name__}, found that it does not")
    return found  # type: ignore[return-value]


def name_of(kind: type) -> str:
    """Return the name by which `class_of` finds a class: the path of a user's own."""
    own = kind.__module__.partition(".")[0] == __name__.partition(".")[0]
    return kind.__name__ if own else f"{kind.__module__}.{kind.__qualname__}"


def names_packages(args: Sequence[str]) -> bool:
    """Return whether a command line allows packages."""
    return any(arg.partition("=")[0] == OPTION for arg in args)


def take_from(args: Sequence[str]) -> list[str]:
    """Allow what the command line names, and return the arguments without it."""
    _withdrawn.update(_named)
    _named.clear()
    left: list[str] = []
    arguments = iter(args)
    for arg in arguments:
        name, equals, value = arg.partition("=")
        if name != OPTION:
            left.append(arg)
            continue
        package = value if equals else next(arguments, None)
        if package is None:
            raise InputError(f"{OPTION}: expected the name of a package behind it, found none")
        allow(package)
        if find_spec(package) is None:  # as `python -m` has it, and the command `lit-sentiment` has not
            sys.path.insert(0, str(Path.cwd()))
            if find_spec(package) is None:
                raise InputError(f"{OPTION}: expected a package that is installed or lies here, found no {package}")
    return left
