"""The page of the claims: what each says, what was measured, and what came out."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from lit_sentiment.claims import judged_run as figures
from lit_sentiment.claims.claim_pictures import draw_doses, draw_fitted_labels, draw_patience
from lit_sentiment.claims.judged_run import JudgedRun
from lit_sentiment.claims.question import FEWEST_SEEDS, answers
from lit_sentiment.claims.the_claims import CLAIMS, NOISE, RATES, REVIEWS, STRENGTHS, UNITS
from lit_sentiment.curves.early_warning import EarlyWarning
from lit_sentiment.errors import InputError
from lit_sentiment.models.linear_baseline import LinearBaseline
from lit_sentiment.plugins import command_line
from lit_sentiment.process import harmless
from lit_sentiment.report.epoch_pictures import draw_right_and_wrong, draw_temperatures
from lit_sentiment.report.judge import Judge, with_whole_checkpoints
from lit_sentiment.report.statistics import Shares, mean_over_seeds, shares_of_variation
from lit_sentiment.report.study_runs import RunGroup
from lit_sentiment.report.written_report import Draw, write_report

Runs = Mapping[str, Sequence[JudgedRun]]
"""Those of each cell, in the order of their seeds."""
_DOSES = {
    "share of wrong labels": {name: f"{dose / 10:g}" for name, dose in NOISE.items()},
    "training reviews": {name: f"{375 * 2**dose:.0f}" for name, dose in REVIEWS.items()},
    "units": {name: f"{2**dose:.0f}" for name, dose in UNITS.items()},
    "strength of L2": {name: name.removeprefix("l2-") for name in STRENGTHS},
    "dropout": {name: f"{rate:g}" for name, rate in RATES.items()},
}
"""By what is varied, the cells and what an axis calls them."""
_ROWS = {"smallest validation loss": figures.best_loss, "rise after it": figures.rise}
_SHOWN_INSIDE = ("baseline", "noise-0", "dropout-listing", "l2-1e-4")
_SHOWN_PATIENCE = ("baseline", "dropout-listing", "slow", "l2-1e-2")


def write_claims(folder: Path, groups: Sequence[RunGroup], left_out: Sequence[str]) -> list[str]:
    """Write `claims.html`, `claims.md` and `claims/` into a folder of runs, and return what is to be said of them.

    Raises:
        InputError: No run keeps its judgements, or the reviews of one cannot be read, or a cell has several trainings.
    """
    groups, damaged = with_whole_checkpoints(groups)
    judge, left_out = Judge(), [*left_out, *damaged]
    cells: dict[str, dict[int, JudgedRun]] = {}
    for group in groups:
        if group.base in cells:
            other = next(iter(cells[group.base].values())).run
            raise InputError(
                f"{folder}: expected the runs of a cell to differ in nothing but the seed, found others in "
                f"{other.folder.path.name} than in {group.runs[0].folder.path.name}; move one of them away"
            )
        for run in group.runs:
            try:
                judgements = run.judgements()
            except InputError as damage:
                left_out.append(str(damage))
            else:
                cells.setdefault(group.base, {})[run.seed] = JudgedRun(run, judge.data_of(run), judgements)
    if not cells:
        raise InputError(left_out[-1])
    runs = {name: list(by_seed.values()) for name, by_seed in cells.items()}
    found = answers(CLAIMS, cells)
    deciding = [(claim, one) for claim in CLAIMS for one in found[claim.number] if one.verdict is not None]
    linear: dict[str, LinearBaseline] = {}
    for name, some in runs.items():  # each only once, by the first cell that has these reviews
        baseline = judge.linear_of(some[0].run)
        linear |= {} if baseline in linear.values() else {name: baseline}
    everyone = [one for some in runs.values() for one in some]
    contents = {
        "name": f"The claims, by {folder.resolve().name}",
        "command": harmless(command_line("report", folder, "--claims", "true")),
        "left_out": left_out,
        "claims": CLAIMS,
        "found": found,
        "deciding": deciding,
        "runs": runs,
        "fewest_seeds": FEWEST_SEEDS,
        "is_trial": any(one.effect is None or one.effect.seeds < FEWEST_SEEDS for _, one in deciding),
        "linear": linear,
        "beaten": [name for name in linear if linear[name].best.val_loss <= mean(map(figures.best_loss, runs[name]))],
        "mean": lambda figure, name: mean_over_seeds([figure(one) for one in runs[name]]),
        "best_loss": figures.best_loss,
        "error_at_best": figures.error_at_best,
        "early": EarlyWarning.of((one.history, one.data.arrays("train").chance) for one in everyone),
        "shares": {dose: shares for dose, names in _DOSES.items() if (shares := _shares(cells, names)) is not None},
    }
    write_report(folder, "claims", contents, _pictures(runs))
    return [f"Left out: {line}" for line in left_out] + [
        f"{claim.number}. {claim.says}: {one.verdict_in_words} ({one.question.measures})" for claim, one in deciding
    ]


def _pictures(runs: Runs) -> dict[str, Draw]:
    """Return what draws the pictures that the cells that are there allow."""
    inside = {name: [one.judgements for one in some] for name, some in _some(runs, _SHOWN_INSIDE).items()}
    labelled = {name: some for name, some in _some(runs, NOISE).items() if all(one.wrong_labels.any() for one in some)}
    doses = {
        dose: (_some(runs, names), [text for name, text in names.items() if name in runs])
        for dose, names in _DOSES.items()
        if len(_some(runs, names)) > 1
    }
    patience = _some(runs, _SHOWN_PATIENCE)
    drawn: dict[str, tuple[Any, Draw]] = {
        "right_and_wrong": (inside, partial(draw_right_and_wrong, inside)),
        "temperatures": (inside, partial(draw_temperatures, inside)),
        "fitted_labels": (labelled, partial(draw_fitted_labels, labelled)),
        "doses": (doses, partial(draw_doses, doses, _ROWS)),
        "patience": (patience, partial(draw_patience, patience)),
    }
    return {name: draw for name, (shown, draw) in drawn.items() if shown}


def _shares(cells: Mapping[str, Mapping[int, JudgedRun]], names: Iterable[str]) -> Shares | None:
    return shares_of_variation(
        [{seed: figures.best_loss(one) for seed, one in cells[name].items()} for name in names if name in cells]
    )


def _some(runs: Runs, names: Any) -> Runs:
    return {name: runs[name] for name in names if name in runs}
