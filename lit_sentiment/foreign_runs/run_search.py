"""The runs in a folder: TensorBoard files, and files that hold a history."""

import os
from dataclasses import dataclass
from pathlib import Path

from lit_sentiment.errors import InputError
from lit_sentiment.foreign_runs.history_files import history_files
from lit_sentiment.foreign_runs.tag_words import TagWords, names_side
from lit_sentiment.tensorboard.event_files import event_files


@dataclass(frozen=True)
class FoundRun:
    """A training: a folder, and the names of the sub-runs in it; an empty name stands for the folder itself.

    Or a file that holds a history.
    """

    folder: Path
    sub_runs: tuple[str, ...] = ("",)


def find_runs(path: Path) -> list[FoundRun]:
    """Return the runs in a folder and below it, or in a file.

    A run is a folder with event files of its own, or with sub-runs of training and of validation (`train/`,
    `validation/`, `val/`, `eval/` ...), or with both; or a history in a folder with no event files in it or below it.
    A single event file stands for its folder.

    Raises:
        InputError: There is no such path, or nothing of these in it.
    """
    if path.is_file():
        return [FoundRun(path.parent) if "tfevents" in path.name else FoundRun(path)]
    if not path.is_dir():
        raise InputError(f"{path}: expected a folder or a file with curves, found none")
    folders = [Path(folder) for folder, _, _ in os.walk(path)]
    holders = {folder for folder in folders if event_files(folder)}
    runs: dict[Path, list[str]] = {}
    for holder in sorted(holders):
        parent = holder.parent
        siblings = [other.name for other in holders if other.parent == parent and names_side(other.name)]
        if holder != path and holder.name in siblings and (parent in holders or _has_both_sides(siblings)):
            runs.setdefault(parent, []).append(holder.name)
        else:
            runs.setdefault(holder, []).append("")
    above = {folder for holder in holders for folder in (holder, *holder.parents)}
    files = [file for folder in folders if folder not in above for file in history_files(folder)]
    found = [*(FoundRun(folder, tuple(names)) for folder, names in sorted(runs.items())), *map(FoundRun, files)]
    if not found:
        what = "TensorBoard event files (*tfevents*) or a history (CSV or JSON with a loss)"
        raise InputError(f"{path}: expected {what} in it or below it, found none")
    return found


def _has_both_sides(names: list[str]) -> bool:
    return {"train", "val"} <= {TagWords(name, "").side for name in names}
