"""Settings belong to the class that they were given for."""

from collections.abc import Sequence
from itertools import pairwise

from jsonargparse import Namespace, _typehints

_CHOICES = ("--model", "--data", "--optimizer")


def separate_settings_of_classes() -> None:
    """Let jsonargparse start a class that is chosen in place of another with its own defaults.

    jsonargparse 4.53 keeps whatever the new class accepts, defaults of the old one among it: `--data ReviewTable` would
    get the vocabulary size of ShopReviews. It has no setting for this, so its own function is replaced.
    """
    _typehints.discard_init_args_on_class_path_change = _discard_all


def _discard_all(parser: object, previous: Namespace | dict | None, value: Namespace) -> None:
    if previous and previous.get("class_path") != value["class_path"]:
        previous.pop("init_args", None)


def in_order_of_rank(args: Sequence[str]) -> list[str]:
    """Return the arguments with configuration files first, then the choice of classes, then all else.

    So an option rules over every file, and `--model.units 4 --model L2LSTM` sets the units of the class chosen. Of a
    setting of such a class that is given twice the last one is left.
    """
    groups = with_their_values(args)
    last = {_setting(group[0]): group for group in groups}
    left = [group for group in groups if not _is_of_class(group[0]) or last[_setting(group[0])] is group]
    return [arg for group in sorted(left, key=lambda group: _rank(group[0])) for arg in group]


def with_their_values(args: Sequence[str]) -> list[list[str]]:
    """Return the arguments of a command in groups, each an option with its values."""
    groups: list[list[str]] = []
    for arg in args:
        if arg.startswith("--") or arg.partition("=")[0] in ("-c", "-h") or not groups:
            groups.append([])
        groups[-1].append(arg)
    return groups


def named_values(args: Sequence[str]) -> list[tuple[str, str]]:
    """Return each argument that may name an option, and the value behind it, joined by = or not."""
    pairs = [(*arg.partition("="), following) for arg, following in pairwise([*args, ""])]
    return [(name, value if equals else following) for name, equals, value, following in pairs]


def _rank(option: str) -> int:
    name = _setting(option)
    return 0 if name in ("--config", "-c") else 1 if name in _CHOICES else 2


def _setting(option: str) -> str:
    return option.partition("=")[0].replace(".init_args.", ".").removesuffix(".class_path")


def _is_of_class(option: str) -> bool:
    return option.startswith(tuple(f"{choice}." for choice in _CHOICES)) and not option.endswith(".help")
