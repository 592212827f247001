"""A training read from a TensorBoard folder or a file, whoever wrote it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lit_sentiment.curves.history import History
from lit_sentiment.errors import InputError, listed
from lit_sentiment.foreign_runs.history_files import read_history_file
from lit_sentiment.foreign_runs.run_search import FoundRun
from lit_sentiment.foreign_runs.tag_guess import OPTIONS, Place, Source, choose_sources, name_of
from lit_sentiment.foreign_runs.tag_words import TagWords, names_side
from lit_sentiment.foreign_runs.validation_epochs import ValidationEpochs
from lit_sentiment.tensorboard.event_files import Points, read_events

LEAST_OF_TWO = 0.4
"""An accuracy below this shows that there are more than two labels, of which the commonest is not known."""


@dataclass(frozen=True)
class ForeignRun:
    """A training's figures, and how they were found."""

    folder: Path
    history: History
    """An epoch per validation."""
    steps: list[int]
    """The step of each of them."""
    sources: dict[str, Source]
    """Where each figure came from."""
    notes: list[str] = field(default_factory=list)
    """What a reader should know of how the history was made, a line each."""

    def likely_chance(self) -> float | None:
        """Return 0.5 where the accuracies look like those of two labels, else None."""
        values = [value for name in ("accuracy", "val_accuracy") for value in self.history[name]]
        return None if any(value < LEAST_OF_TWO for value in values) else 0.5


def read_run(run: FoundRun, given: Mapping[str, str]) -> ForeignRun:
    """Read a run.

    Args:
        run: Where it is.
        given: Tags that the user named, by figure; others are guessed.

    Raises:
        InputError: A given tag is not there, or there is no training loss or no validation loss.
    """
    curves, faults = _curves_of(run)
    if not curves:
        raise InputError(f"{run.folder}: expected curves, found no values; {'; '.join(faults) or 'no scalars at all'}")
    try:
        sources = choose_sources(curves, given)
    except InputError as refusal:
        raise InputError(f"{run.folder}: {refusal}") from None
    for figure, name in (("val_loss", "validation"), ("loss", "training")):
        if figure not in sources:
            advice = f"name one by --{OPTIONS[figure]} TAG"
            sides = {TagWords(*place).side for place in curves}
            if len(sides) == 1 and curves.keys() & {place for place in curves if place[0]}:
                other = "a sub-run of training" if figure == "loss" else "a sub-run of validation"
                advice = f"{other} is missing: give the folder that holds both, or {advice}"
            tags = listed(sorted(map(name_of, curves)))
            raise InputError(f"{run.folder}: expected a {name} loss, found the tags {tags}; {advice}")
    points = {figure: curves[source.place] for figure, source in sources.items()}
    epochs = ValidationEpochs(points["loss"], points["val_loss"])
    if not len(epochs):
        raise InputError(f"{run.folder}: expected training values before a validation, found none")
    history, notes = History(), [*epochs.notes, *faults]
    notes += _others(curves, sources)
    if "data_loss" in points:
        notes.append("the verdict goes by the losses without penalty (data_loss)")
    for figure in points:
        of_epochs = epochs.of_validation if figure.startswith("val_") else epochs.of_training
        history.curves[figure] = of_epochs(points[figure])
        if figure.endswith("accuracy"):
            history.curves[figure] = _as_fractions(history[figure], figure, notes)
        else:
            # In a history NaN stands for what does not apply; here it is a loss that is no number any more.
            history.curves[figure] = [math.inf if math.isnan(value) else value for value in history[figure]]
    for figure in history.curves.keys() - points.keys():
        history.curves[figure] = [math.nan] * len(epochs)
    return ForeignRun(run.folder, history, epochs.steps, sources, notes)


def _curves_of(run: FoundRun) -> tuple[dict[Place, Points], list[str]]:
    """Return the curves of a run, and a line for each file that is not read as it is."""
    if run.folder.is_file():
        return {("", name): points for name, points in read_history_file(run.folder).items()}, []
    curves: dict[Place, Points] = {}
    faults: list[str] = []
    for sub_run in run.sub_runs:
        events = read_events(run.folder / sub_run)
        faults += events.faults
        # A folder `validation` that is read alone holds validation, unless its tags say for themselves what they hold.
        name = run.folder.resolve().name
        says = any(TagWords("", tag).side for tag in events.curves)
        label = name if not sub_run and len(run.sub_runs) == 1 and names_side(name) and not says else sub_run
        curves.update({(label, tag): points for tag, points in events.curves.items() if points})
    return curves, faults


def _others(curves: Mapping[Place, Points], sources: Mapping[str, Source]) -> list[str]:
    """Name the pairs of losses, such as those of a second model in the same folder, that are not judged."""
    pairs: dict[frozenset[str], dict[str | None, Place]] = {}
    for place in curves:
        words = TagWords(*place)
        if words.figure == "loss":
            pairs.setdefault(words.others, {})[words.side] = place
    judged = {TagWords(*sources[figure].place).others for figure in ("loss", "val_loss")}
    names = [
        f"{name_of(sides['val'])} with {name_of(sides['train'])}"
        for others, sides in pairs.items()
        if others not in judged
        and {"train", "val"} <= sides.keys()
        and curves[sides["val"]] != curves[sources["val_loss"].place]  # the same figures by another name
    ]
    return [f"not judged: {listed(names)}; name one by --train_loss and --val_loss"] if names else []


def _as_fractions(curve: list[float], figure: str, notes: list[str]) -> list[float]:
    if not any(value > 1 for value in curve):
        return curve
    notes.append(f"{figure} is in percent")
    return [value / 100 for value in curve]
