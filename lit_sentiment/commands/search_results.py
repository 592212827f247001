"""What a search found, in the terminal and as a config."""

import contextlib
import io
import shlex
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from lit_sentiment.commands.evaluate import test
from lit_sentiment.console import Console
from lit_sentiment.errors import InputError
from lit_sentiment.plugins import command_line
from lit_sentiment.study.best_config import BEST, write_best_config
from lit_sentiment.study.candidate import Candidate
from lit_sentiment.study.execution import as_option
from lit_sentiment.study.optuna_study import JOURNAL

if TYPE_CHECKING:
    from lit_sentiment.commands.search import SearchOutcome


def trial_line(candidate: Candidate) -> str:
    """Return what a trial came to, and its values, in one line."""
    if candidate.whole:
        outcome = f"{candidate.mean:.4f}"
    elif candidate.pruned:
        outcome = f"{candidate.mean:.4f}, pruned after {len(candidate.losses)} of {len(candidate.runs)} seeds"
    else:
        outcome = f"failed: {next((run.fault for run in candidate.runs if run.fault), 'no validation loss is finite')}"
    return f"{candidate.training.name}: {outcome}; {_values(candidate)}"


def print_results(outcome: "SearchOutcome", folder: Path, storage: str | None, console: Console) -> None:
    """Print the best trial beside the settings as given, its test figures, and where to look; write it as a config.

    Raises:
        InputError: A user has changed the config meanwhile.
    """
    best, as_given = outcome.best, outcome.as_given
    console.soft_wrap = True
    if best is None:
        console.print("No trial has a validation loss for every seed")
    else:
        console.print(f"Best: {trial_line(best)}")
        console.print("\n".join(_table(best, as_given)))
        console.print(_comparison(best, as_given, len(outcome.trials)))
        console.print(_test_line(best))
        config = folder / BEST
        seeds = ", ".join(str(status.run.seed) for status in best.runs)
        facts = [
            f"Best of {len(outcome.trials)} trials: {_values(best)}",
            f"Mean of the smallest validation loss over the seeds {seeds}: {best.mean:.4f}",
            f"Command:    {command_line('fit', '--config', config)}",
        ]
        write_best_config(config, best.runs[0].run.folder, facts)
        fresh = max(status.run.seed for status in best.runs) + 1
        seeds_and_folder = ("--seeds", *range(fresh, fresh + len(best.runs)), "--folder", f"{folder}-best")
        console.print(f"Written: {config}")
        console.print(f"Try it with other seeds: {command_line('study', '--trainings', config, *seeds_and_folder)}")
    views = [
        f"optuna-dashboard {shlex.quote(storage or str(folder / JOURNAL))}",
        f"tensorboard --logdir {shlex.quote(str(folder))}",
        command_line("report", folder),
    ]
    for view in views:
        console.print(f"Look at it: {view}")


def _values(candidate: Candidate) -> str:
    values = candidate.training.contents.get("vary", {})
    return ", ".join(f"{option} = {_short(value)}" for option, value in values.items())


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else value if isinstance(value, str) else as_option(value)


def _table(best: Candidate, as_given: Candidate) -> list[str]:
    """Return the losses of both, seed by seed."""
    names = ["mean", *(f"seed {status.run.seed}" for status in best.runs)]
    lines = [f"{'smallest val. loss':<18}" + "".join(f" {name:>9}" for name in names)]
    for title, one in (("best trial", best), ("as given", as_given)):
        figures = [one.mean, *one.losses] if one.whole else []
        lines.append(f"{title:<18}" + ("".join(f" {figure:>9.4f}" for figure in figures) or " failed"))
    return lines


def _comparison(best: Candidate, as_given: Candidate, trials: int) -> str:
    if not as_given.whole:
        return "The settings as given have no loss to compare with"
    better = sum(ours < theirs for ours, theirs in zip(best.losses, as_given.losses, strict=True))
    if best.mean >= as_given.mean:
        return "No trial is better than the settings as given: keep those"
    return (
        f"The best trial is better with {better} of {len(best.runs)} seeds; as the best of {trials} it owes a part of "
        "that to luck, which other seeds show"
    )


def _test_line(best: Candidate) -> str:
    """Return the test figures of the best trial, which nothing was chosen by."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            accelerator = "gpu" if best.training.uses_gpu else "cpu"
            figures = [
                test(ckpt_path=status.run.folder.best_checkpoint, accelerator=accelerator) for status in best.runs
            ]
    except InputError as refusal:
        return f"No test figures: {refusal}"
    means = {name: fmean(one[name] for one in figures) for name in ("data_loss", "accuracy")}
    return "On test reviews, mean over the seeds: " + ", ".join(f"{name} {mean:.4f}" for name, mean in means.items())
