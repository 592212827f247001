"""The configs that come with the package, each by its name: `--config baseline`."""

from collections.abc import Sequence
from pathlib import Path

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
        _require_settings(path)
    return path


def _require_settings(path: Path) -> None:
    import yaml

    from lit_sentiment.commands.bounded_yaml import load_yaml

    try:
        settings = load_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as fault:
        raise InputError(f"{path}: expected options as YAML, found {' '.join(str(fault).split())[:200]}") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{path}: expected options as YAML, found {reason(fault)}") from None
    if not isinstance(settings, dict):
        found = "nothing" if settings is None else "a list" if isinstance(settings, list) else f"{settings!s:.40}"
        raise InputError(f"{path}: expected options as YAML, such as seed_everything: 3, found {found}")


def with_config_files(args: Sequence[str]) -> list[str]:
    """Return the arguments of a command with the file of each `--config`, which may also be YAML itself.

    Raises:
        InputError: There is neither such a file nor such a built-in config.
    """
    found = [""]
    for arg in args:
        option, _, value = (found[-1], "", arg) if found[-1] in _OPTIONS else arg.partition("=")
        if option in _OPTIONS and value.strip("-") and ":" not in value:
            try:
                arg = arg.removesuffix(value) + str(config_file(value))
            except InputError as refusal:
                raise InputError(f"{option}: {refusal}") from None
        found.append(arg)
    return found[1:]
