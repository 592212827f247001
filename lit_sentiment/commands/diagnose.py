"""`diagnose`: what the curves of any training say."""

import math
from dataclasses import dataclass
from pathlib import Path

from lit_sentiment.console import Console
from lit_sentiment.curves.overfitting import Verdict
from lit_sentiment.curves.overfitting import diagnose as verdict_on
from lit_sentiment.errors import InputError
from lit_sentiment.files import require_new
from lit_sentiment.foreign_runs.foreign_run import ForeignRun, read_run
from lit_sentiment.foreign_runs.run_search import find_runs
from lit_sentiment.foreign_runs.tag_guess import OPTIONS
from lit_sentiment.pictures import draw_overfitting

MOST_COLUMNS = 20
"""How many trainings fit in a picture."""


@dataclass(frozen=True)
class JudgedRun:
    """A training, and what its curves say."""

    run: ForeignRun
    verdict: Verdict


def diagnose(
    runs: list[Path],
    *,
    train_loss: str | None = None,
    val_loss: str | None = None,
    train_accuracy: str | None = None,
    val_accuracy: str | None = None,
    chance: float | None = None,
    picture: Path | None = None,
) -> list[JudgedRun]:
    """Say whether trainings overfit, and what to try next.

    Reads what Keras, Lightning, Hugging Face and others write: TensorBoard folders with sub-runs such as train/ and
    validation/ or tags such as train_loss and val/loss; and history.csv, CSVLogger's files, metrics.csv,
    trainer_state.json, or a history as JSON. The exit code is 0 whatever the verdict, and 2 if nothing could be judged.

    Args:
        runs: Folders of runs, folders that hold several, or files.
        train_loss: Tag of the training loss; guessed when not given.
        val_loss: Tag of the validation loss; guessed when not given.
        train_accuracy: Tag of the training accuracy; guessed when not given.
        val_accuracy: Tag of the validation accuracy; guessed when not given.
        chance: Accuracy of always giving the commonest label; 0.5 when not given and no accuracy is far below.
        picture: PNG to draw the curves in, a column per run; a new file.

    Returns:
        The trainings that could be judged.

    Raises:
        InputError: None could be judged, or the picture would be written over or too wide.
    """
    if picture is not None:
        require_new("--picture", picture, ".png")
    if chance is not None and not 0 <= chance < 1:
        raise InputError(f"--chance: expected an accuracy from 0 to below 1, found {chance}")
    asked = {"loss": train_loss, "val_loss": val_loss, "accuracy": train_accuracy, "val_accuracy": val_accuracy}
    given = {figure: tag for figure, tag in asked.items() if tag is not None}
    found, left_out = [], []
    for path in runs:
        read, refused = _read(path, given)
        found += read
        left_out += refused
    if not found:
        more = f" (and {len(left_out) - 1} more runs like it)" if len(left_out) > 1 else ""
        raise InputError(left_out[0] + more)
    if picture is not None and len(found) > MOST_COLUMNS:
        raise InputError(f"--picture: expected at most {MOST_COLUMNS} runs, found {len(found)}; name fewer folders")

    console = Console(soft_wrap=True)
    judged = []
    for run in found:
        likely = run.likely_chance() if chance is None else chance
        judged.append(JudgedRun(run, verdict_on(run.history, likely)))
        console.print("\n".join(_lines(run, judged[-1].verdict, likely, assumed=chance is None)), end="\n\n")
    for line in left_out:
        console.print(f"Left out: {line}")
    if picture is not None:
        histories = {str(one.run.folder): one.run.history for one in judged}
        draw_overfitting(histories, picture, {str(one.run.folder): one.verdict.onset_epoch for one in judged})
        console.print(f"Picture: {picture}")
    return judged


def _read(path: Path, given: dict[str, str]) -> tuple[list[ForeignRun], list[str]]:
    """Read the runs in a folder or a file; for those that cannot be judged there is a line."""
    runs, refusals = [], []
    try:
        found = find_runs(path)
    except InputError as refusal:
        return [], [str(refusal)]
    for run in found:
        try:
            runs.append(read_run(run, given))
        except InputError as refusal:
            refusals.append(str(refusal))
    return runs, refusals


def _lines(run: ForeignRun, verdict: Verdict, chance: float | None, assumed: bool) -> list[str]:
    lines = [str(run.folder)]
    for how, given in (("given", True), ("guessed", False)):
        curves = [
            f"{OPTIONS.get(figure, figure)} = {source}"
            for figure, source in run.sources.items()
            if source.given == given
        ]
        if curves:
            lines.append(f"Curves {how}: {', '.join(curves)}")
    lines += [f"Note: {note}" for note in run.notes]
    if verdict.kind in ("not learnt", "collapsed") and assumed and chance is not None:
        lines.append(f"Note: {chance} is taken for the accuracy of chance; --chance says otherwise")
    lines += [f"Figures: {_figures(run)}", f"Verdict: {verdict.sentence}"]
    return [*lines, f"Try next: {'; '.join(verdict.suggestions)}."]


def _figures(run: ForeignRun) -> str:
    history, best = run.history, run.history.best_epoch
    step = "" if run.steps[best] in (best, best + 1) else f" (step {run.steps[best]})"
    figures = [f"best epoch {best + 1} of {len(history)}{step}"]
    figures.append(f"val_loss {history['val_loss'][best]:.4f} there and {history['val_loss'][-1]:.4f} at the end")
    for figure in ("accuracy", "val_accuracy"):
        there, last = history[figure][best], history[figure][-1]
        if not math.isnan(last):
            figures.append(f"{OPTIONS[figure]} {there:.4f} and {last:.4f}")
    return ", ".join(figures)
