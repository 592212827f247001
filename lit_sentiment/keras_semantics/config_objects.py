"""How Keras writes objects into a config."""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, NamedTuple, TypeVar

from lit_sentiment.errors import InputError

T = TypeVar("T")


class ConfigObject(NamedTuple):
    """A class or a function of Keras's in a config."""

    name: str
    settings: Mapping[str, Any]
    """Of a class; a function, or a class given by its name alone, has none."""


def keras_object(module: str, class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return an object as Keras 3 serializes it."""
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def object_in(value: Any, module: str) -> ConfigObject | None:
    """Return the class or function of a module of Keras that a config names, or None if it is anything else.

    Args:
        value: A name, or an object as Keras 2 or 3 serializes it. Keras 2 left the module out.
        module: Such as `keras.losses`.
    """
    match value:
        case str():
            return ConfigObject(value, {})
        case {"registered_name": str(registered)} if ">" in registered:  # `package>name`: the user's own
            return None
        case {"class_name": "function", "config": str(name)}:
            return ConfigObject(name, {})
        case {"class_name": str(name), "config": dict(settings)} if value.get("module") in (None, module):
            return ConfigObject(name, settings)
    return None


def constructed(kind: Callable[..., T], settings: Mapping[str, Any]) -> T:
    """Return an object of a class, made with the settings of a config.

    Raises:
        InputError: The class does not have one of the settings, or not with this value.
    """
    known = list(signature(kind).parameters)
    for setting, value in settings.items():
        if setting not in known:
            raise InputError(f"expected no setting but {', '.join(known) or '(none)'}, found {setting} {shown(value)}")
    return kind(**settings)


def in_short(value: Any) -> Any:
    """Return an object in a config in short, the same whichever version of Keras wrote it; other values as they are."""
    match value:
        case {"class_name": "DTypePolicy", "config": {"name": name}}:
            return name
        case {"class_name": "function", "config": str(name)}:
            return name
        case {"class_name": kind, "config": dict(settings)}:
            return f"{kind}({', '.join(f'{name}={setting}' for name, setting in settings.items())})"
    return value


def shown(value: Any) -> str:
    """Return a value of a config as a message shows it: in short, on one line."""
    return f"{in_short(value)!s:.60}".replace("\n", " ")
