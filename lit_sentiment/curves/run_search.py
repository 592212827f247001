"""The runs in a folder of TensorBoard files."""

import os
from dataclasses import dataclass
from pathlib import Path

from lit_sentiment.curves.event_files import event_files
from lit_sentiment.curves.tag_words import TRAINING, names_side
from lit_sentiment.errors import InputError


@dataclass(frozen=True)
class FoundRun:
    """A training: a folder, and the names of the sub-runs in it; an empty name stands for the folder itself."""

    folder: Path
    sub_runs: tuple[str, ...]


def find_runs(folder: Path) -> list[FoundRun]:
    """Return the runs in a folder and below it.

    A run is a folder with event files of its own, or with sub-runs of training and of validation (`train/`,
    `validation/`, `val/`, `eval/` ...), or with both.

    Raises:
        InputError: It is no folder, or there are no event files in it.
    """
    if not folder.is_dir():
        found = "a file" if folder.exists() else "none"
        raise InputError(f"{folder}: expected a TensorBoard folder, found {found}")
    holders = {Path(path) for path, _, _ in os.walk(folder) if event_files(Path(path))}
    if not holders:
        raise InputError(f"{folder}: expected TensorBoard event files (*tfevents*) in it or below it, found none")
    runs: dict[Path, list[str]] = {}
    for holder in sorted(holders):
        parent = holder.parent
        siblings = [path.name for path in holders if path.parent == parent and names_side(path.name)]
        if holder != folder and holder.name in siblings and (parent in holders or _has_both_sides(siblings)):
            runs.setdefault(parent, []).append(holder.name)
        else:
            runs.setdefault(holder, []).append("")
    return [FoundRun(path, tuple(names)) for path, names in sorted(runs.items())]


def _has_both_sides(names: list[str]) -> bool:
    trainings = [any(word in name.lower() for word in TRAINING) for name in names]
    return any(trainings) and not all(trainings)
