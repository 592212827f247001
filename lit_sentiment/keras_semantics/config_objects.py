"""How Keras writes objects into a config."""

from typing import Any


def keras_object(module: str, class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return an object as Keras 3 serializes it."""
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def in_short(value: Any) -> Any:
    """Return an object in a config in short, the same whichever version of Keras wrote it; other values as they are."""
    match value:
        case {"class_name": "DTypePolicy", "config": {"name": name}}:
            return name
        case {"class_name": kind, "config": dict(settings)}:
            return f"{kind}({', '.join(f'{name}={setting}' for name, setting in settings.items())})"
    return value


def shown(value: Any) -> str:
    """Return a value of a config as a message shows it: in short, on one line."""
    return f"{in_short(value)!s:.60}".replace("\n", " ")
