"""The runs in a folder, grouped by what they share."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lit_sentiment.curves.history import History
from lit_sentiment.errors import InputError
from lit_sentiment.files import what_is
from lit_sentiment.reference.recorded_reference import RecordedReference, find_reference
from lit_sentiment.runs.epoch_judgements import JudgedSplit, SplitJudgements, read_judgements
from lit_sentiment.runs.identity import Identity, apart_from_roundings
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.study.study_folder import varied_options
from lit_sentiment.study.variation import suffix


@dataclass(frozen=True)
class StudyRun:
    """A finished training, read from its folder."""

    folder: RunFolder
    identity: Identity
    history: History
    reference: RecordedReference | None
    """Keras's, where one was recorded for exactly this training."""

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self.identity["seed"])

    def judgements(self) -> dict[JudgedSplit, SplitJudgements]:
        """Return what it says of every review after every epoch.

        Raises:
            InputError: It has not recorded that, or not in all epochs, or the file is damaged.
        """
        read = read_judgements(self.folder.judgements)
        for one in read.values():
            known = [not np.isnan(epoch).any() for epoch in one.logits]
            if known != [True] * len(self.history):
                raise InputError(
                    f"{self.folder.judgements}: expected the judgements of {len(self.history)} epochs, found those of "
                    f"{sum(known)}: the run was not always trained with --record_judgements true"
                )
        return read


@dataclass(frozen=True)
class RunGroup:
    """Runs that differ in nothing but the seed."""

    title: str
    runs: Sequence[StudyRun]
    """In the order of their seeds."""
    varied: Mapping[str, Any] = field(default_factory=dict)
    """The values of the options that the study varied."""
    base: str = ""
    """What the study calls the training but for these."""

    @property
    def judgements(self) -> list[dict[JudgedSplit, SplitJudgements]]:
        """What each run says of every review after every epoch; nothing unless all of them have recorded it."""
        recorded = all(run.folder.judgements.exists() for run in self.runs)
        return [run.judgements() for run in self.runs] if recorded else []

    @property
    def referenced(self) -> list[tuple[StudyRun, RecordedReference]]:
        """The runs that have a recorded reference, each with it."""
        return [(run, run.reference) for run in self.runs if run.reference is not None]


def read_groups(folder: Path) -> tuple[list[RunGroup], list[str]]:
    """Return the finished runs in a folder, grouped, and a line for each that is left out: unfinished or damaged.

    Raises:
        InputError: There is no finished run, or one seed was trained twice.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected the folder of a study, found {what_is(folder)}")
    if RunFolder(folder).config.exists():
        raise InputError(f"{folder}: expected the folder of a study, found that of a run; give the one that it lies in")
    groups: dict[str, list[StudyRun]] = {}
    left_out = []
    for config in sorted(folder.glob("*/config.yaml")):
        run = RunFolder(config.parent)
        if not run.finished.exists():
            left_out.append(f"{run.path.name}: not finished")
            continue
        try:
            one = read_run(run.path)
        except InputError as damage:
            left_out.append(str(damage))
            continue
        training = apart_from_roundings(one.identity)
        shared = json.dumps({name: value for name, value in training.items() if name != "seed"}, sort_keys=True)
        groups.setdefault(shared, []).append(one)
    if not groups:
        found = "; ".join(left_out) or "none"
        raise InputError(f"{folder}: expected finished runs, as study and fit write them, found {found}")
    for runs in groups.values():
        _refuse_twice(runs)
        runs.sort(key=lambda run: run.seed)
    varied = varied_options(folder)
    planned = {name: place for place, name in enumerate(varied)}  # the order in which the study was given them
    in_order = sorted(groups.values(), key=lambda runs: planned.get(_without_seed(runs[0]), len(planned)))
    read = []
    for title, runs in zip(_titles(in_order), in_order, strict=True):
        name = _without_seed(runs[0])
        combination = varied.get(name, {})
        read.append(RunGroup(title, runs, combination, name.removesuffix(suffix(combination))))
    return read, left_out


def _without_seed(run: StudyRun) -> str:
    return re.sub(r"-seed\d+(-\d+)?$", "", run.folder.path.name)


def read_run(path: Path) -> StudyRun:
    """Return the finished run in a folder.

    Raises:
        InputError: There is none, or it is damaged.
    """
    run = RunFolder(path)
    run.read_finished()
    identity, history = run.read_identity(), run.read_history()
    if not len(history):
        raise InputError(f"{run.history}: expected the epochs of a finished run, found none")
    return StudyRun(run, identity, history, find_reference(identity))


def _refuse_twice(runs: Sequence[StudyRun]) -> None:
    names: dict[int, str] = {}
    for run in runs:
        name = run.folder.path.name
        if run.seed in names:
            raise InputError(
                f"{run.folder.path.parent}: expected each seed of a training once, found seed {run.seed} in "
                f"{names[run.seed]} and {name}; move one of them away"
            )
        names[run.seed] = name


def _titles(groups: Sequence[Sequence[StudyRun]]) -> list[str]:
    """Return the model of each group; where several have the same, the name of a folder without its seed, or whole.

    A model from an architecture has the name of the folder, which tells more than its class.
    """
    folders = [runs[0].folder.path.name for runs in groups]
    without_seed = [_without_seed(runs[0]) for runs in groups]
    identities = [runs[0].identity for runs in groups]
    titles = [
        name if "architecture" in identity else str(identity["model"])
        for name, identity in zip(without_seed, identities, strict=True)
    ]
    for names in (without_seed, folders):
        titles = [title if titles.count(title) == 1 else name for title, name in zip(titles, names, strict=True)]
    return titles
