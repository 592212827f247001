"""The config of the best trial of a search, which is replaced only while nobody has changed it."""

import hashlib
from pathlib import Path

import yaml

from lit_sentiment.built_in_configs import read_settings
from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_text
from lit_sentiment.runs.run_folder import RunFolder

BEST = "best.yaml"
"""Its name in the folder of a search."""

_FIRST_LINE = "# Written by search, which replaces it only while the lines below have this sha256: "


def require_unchanged(path: Path) -> None:
    """Refuse to replace a file that a user wrote or changed.

    Raises:
        InputError: It is there, and is not what `write_best_config` wrote.
    """
    if not path.exists():
        return
    first, _, rest = path.read_text(encoding="utf-8", errors="replace").partition("\n")
    if first != _FIRST_LINE + _digest(rest):
        raise InputError(f"{path}: expected the file as search wrote it, found a changed one; move it away")


def write_best_config(path: Path, run: RunFolder, facts: list[str]) -> None:
    """Write the settings of a run as a config for `fit`, under lines that say what they are.

    Raises:
        InputError: As `require_unchanged`, or those settings cannot be read.
    """
    require_unchanged(path)
    _, settings = read_settings(run.config)
    settings.pop("run", None)  # or `fit` would ask to go on with that run
    lines = "".join(f"# {fact}\n" for fact in facts)
    text = lines + yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    replace_text(path, f"{_FIRST_LINE}{_digest(text)}\n{text}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
