"""The folder of a study: one study at a time, and always of the same trainings."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lit_sentiment.errors import InputError
from lit_sentiment.files import is_locked_here, made_folder, read_object, replace_text, require_folder, require_utf8
from lit_sentiment.study.study_plan import Training

PLAN = "study.json"


@contextmanager
def open_study(folder: Path, trainings: Sequence[Training]) -> Iterator[None]:
    """Take the folder for these trainings; one that is new and gets no run before a refusal is taken away.

    The lock ends with this process, however it ends. A run that it left at work has a lock of its own.

    Raises:
        InputError: The folder holds something else, or one of the trainings with other contents, or another study is
            at work in it.
    """
    require_folder("`folder`", folder)
    require_utf8("`folder`", folder)
    plan, lock = folder / PLAN, folder / "study.lock"
    if folder.is_dir() and not lock.exists() and not plan.exists() and any(folder.iterdir()):
        raise InputError(f"`folder`: expected a new folder or that of a study, found other things in {folder}")
    new = not folder.exists()
    with made_folder(folder), lock.open("w") as file:
        if not is_locked_here(file):
            raise InputError(
                f"`folder`: expected no other study at work in {folder}, found one; wait for its end, or name another "
                "folder"
            )
        add_trainings(folder, trainings)
        try:
            yield
        except InputError:
            if new and {path.name for path in folder.iterdir()} <= {plan.name, lock.name, "slurm"}:
                shutil.rmtree(folder)
            raise


def add_trainings(folder: Path, trainings: Sequence[Training]) -> None:
    """Write down what the trainings of a study are, before any of their runs.

    Raises:
        InputError: The folder has runs of one of them with other contents.
    """
    plan = folder / PLAN
    known = _read(plan) if plan.exists() else {}
    for training in trainings:
        if training.name in known and has_runs(folder, training.name):
            _require_same(training, known[training.name], plan)
    known |= {training.name: training.contents for training in trainings}
    replace_text(plan, json.dumps({"trainings": known}, indent=1) + "\n")


def varied_options(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the values that a study varies, by training and option; nothing where no study has written them."""
    try:
        return {name: dict(contents.get("vary", {})) for name, contents in _read(folder / PLAN).items()}
    except (InputError, AttributeError, TypeError, ValueError):
        return {}


def _read(plan: Path) -> dict[str, Any]:
    try:
        return dict(read_object(plan, "the trainings of a study", {"trainings": dict})["trainings"])
    except InputError as fault:
        raise InputError(f"{fault}; name another `folder`") from None


def has_runs(folder: Path, name: str) -> bool:
    """Whether a folder holds runs of the training of this name."""
    return folder.is_dir() and any(path.is_dir() and path.name.startswith(f"{name}-seed") for path in folder.iterdir())


def _require_same(training: Training, known: Any, plan: Path) -> None:
    before, now = dict(_flatten(known)), dict(_flatten(training.contents))
    different = [name for name in {**now, **before} if before.get(name) != now.get(name)]
    if different:
        name = different[0]
        raise InputError(
            f"{training.name}: expected the training of which {plan.parent} holds runs, found {name} "
            f"{now.get(name, 'nowhere')} where it was {before.get(name, 'nowhere')}; name another `folder`, or remove "
            "its runs"
        )


def _flatten(contents: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give each setting with its path of names; the items of a list are named by their numbers."""
    if isinstance(contents, list):
        contents = {str(number): item for number, item in enumerate(contents, start=1)}
    if isinstance(contents, dict):
        for name, value in contents.items():
            yield from _flatten(value, f"{prefix}.{name}" if prefix else name)
    else:
        yield prefix, contents
