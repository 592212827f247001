"""The configs that come with the package, each by its name: `--config baseline`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lit_sentiment.errors import InputError, did_you_mean, reason

_FOLDER = Path(__file__).parent / "configs"
"""In the repository a link to the top-level `configs`; in a wheel a folder of the package."""
_ARCHITECTURE = "architectures/"
_OPTIONS = ("--config", "-c")


def config_names() -> list[str]:
    """Return the names of the configs, such as `baseline`, and then those of architectures: `architectures/gru`."""
    folder = _FOLDER.resolve()
    names = [path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml")]
    return sorted(names, key=lambda name: (name.startswith(_ARCHITECTURE), name))


def built_in_config(name: str, names: Sequence[str] | None = None) -> Path:
    """Return the file of a built-in config.

    Raises:
        InputError: There is none of this name, or it is not one of those that can be used here.
    """
    names = config_names() if names is None else names
    if name not in names:
        close = did_you_mean(Path(name).stem, names)
        raise InputError(f"expected a file or a built-in config ({', '.join(names)}), found {name!r}{close}")
    return _FOLDER / f"{name}.yaml"


def config_file(name: str, architecture: bool = False) -> Path:
    """Return the file that a user means: one that is there, or else the built-in config of this name.

    Args:
        name: What the user gave.
        architecture: Whether a model's layers are meant, in place of options.

    Raises:
        InputError: There is neither.
    """
    names = [one for one in config_names() if one.startswith(_ARCHITECTURE) is architecture]
    path = Path(name)
    if not path.exists() or path.is_dir():
        return built_in_config(name, names)
    if not architecture:
        read_settings(path)
    return path


def read_settings(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of a config, and the settings in it.

    Raises:
        InputError: It cannot be read, or is no YAML of options.
    """
    import yaml

    from lit_sentiment.commands.bounded_yaml import load_yaml

    try:
        text = path.read_text(encoding="utf-8")
        settings = load_yaml(text)
    except yaml.YAMLError as fault:
        raise InputError(f"{path}: expected options as YAML, found {' '.join(str(fault).split())[:200]}") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{path}: expected options as YAML, found {reason(fault)}") from None
    if not isinstance(settings, dict):
        found = "nothing" if settings is None else "a list" if isinstance(settings, list) else f"{settings!s:.40}"
        raise InputError(f"{path}: expected options as YAML, such as seed_everything: 3, found {found}")
    return text, settings


def with_config_files(args: Sequence[str]) -> list[str]:
    """Return the arguments of a command with the file of each `--config`, which may also be YAML itself.

    A pipe, as a shell's `<(...)` is, gives its text only once: it is taken in the place of the file.

    Raises:
        InputError: There is neither such a file nor such a built-in config, or it has no options.
    """
    found = [""]
    for arg in args:
        option, _, value = (found[-1], "", arg) if found[-1] in _OPTIONS else arg.partition("=")
        if option in _OPTIONS and value.strip("-") and ":" not in value:
            try:
                is_pipe = Path(value).is_fifo()
                file = f"\n{read_settings(Path(value))[0]}" if is_pipe else str(config_file(value))
                arg = arg.removesuffix(value) + file
            except InputError as refusal:
                raise InputError(f"{option}: {refusal}") from None
        found.append(arg)
    return found[1:]
