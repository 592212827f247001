"""`diagnose`: what the curves of any training say."""

import math
from collections.abc import Sequence
from pathlib import Path

from jsonargparse import ArgumentParser
from rich.console import Console

from lit_sentiment.commands.command_parser import command_parser
from lit_sentiment.curves.figure import draw_overfitting
from lit_sentiment.curves.foreign_run import ForeignRun, read_run
from lit_sentiment.curves.overfitting import Verdict
from lit_sentiment.curves.overfitting import diagnose as verdict_on
from lit_sentiment.curves.run_search import find_runs
from lit_sentiment.curves.tag_guess import OPTIONS
from lit_sentiment.errors import InputError
from lit_sentiment.files import require_new

MOST_COLUMNS = 20
"""How many trainings fit in a picture."""


def diagnose(args: Sequence[str]) -> None:
    """Print what the curves of each run say, and what to try next."""
    config = _parser().parse_args(list(args))
    if config.picture is not None:
        require_new("--picture", Path(config.picture))
    if config.chance is not None and not 0 <= config.chance < 1:
        raise InputError(f"--chance: expected an accuracy from 0 to below 1, found {config.chance}")
    given = {figure: tag for figure, option in OPTIONS.items() if (tag := getattr(config, option)) is not None}
    runs, left_out = [], []
    for path in map(Path, config.folders):
        read, refused = _read(path, given)
        runs += read
        left_out += refused
    if not runs:
        more = f" (and {len(left_out) - 1} more runs like it)" if len(left_out) > 1 else ""
        raise InputError(left_out[0] + more)
    if config.picture is not None and len(runs) > MOST_COLUMNS:
        raise InputError(f"--picture: expected at most {MOST_COLUMNS} runs, found {len(runs)}; name fewer folders")

    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    verdicts = []
    for run in runs:
        chance = run.likely_chance() if config.chance is None else config.chance
        verdicts.append(verdict_on(run.history, chance))
        console.print("\n".join(_lines(run, verdicts[-1], chance, assumed=config.chance is None)), end="\n\n")
    for line in left_out:
        console.print(f"Left out: {line}")
    if config.picture is not None:
        histories = {str(run.folder): run.history for run in runs}
        onsets = {str(run.folder): verdict.onset_epoch for run, verdict in zip(runs, verdicts, strict=True)}
        draw_overfitting(histories, Path(config.picture), onsets)
        console.print(f"Picture: {config.picture}")


def _parser() -> ArgumentParser:
    parser = command_parser(
        "diagnose",
        "Say whether trainings overfit, and what to try next. Reads what Keras, Lightning, Hugging Face and others "
        "write: TensorBoard folders with sub-runs such as train/ and validation/ or tags such as train_loss and "
        "val/loss; and history.csv, CSVLogger's files, metrics.csv, trainer_state.json, or a history as JSON. The exit "
        "code is 0 whatever the verdict, and 2 if nothing could be judged.",
    )
    parser.add_argument("folders", nargs="+", help="Folders of runs, folders that hold several, or files.")
    for option in OPTIONS.values():
        what = option.replace("train", "training").replace("val", "validation").replace("_", " ")
        parser.add_argument(f"--{option}", type=str | None, help=f"Tag of the {what}; guessed when not given.")
    parser.add_argument(
        "--chance",
        type=float | None,
        help="Accuracy of always giving the commonest label; 0.5 when not given and no accuracy is far below.",
    )
    parser.add_argument("--picture", type=str | None, help="PNG to draw the curves in, a column per run; a new file.")
    return parser


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
