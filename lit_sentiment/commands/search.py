"""`search`: the best settings of a model, looked for with Optuna; each trial is a training with several seeds."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonargparse.typing import NonNegativeInt, PositiveInt

from lit_sentiment.commands.configs import ConfigFile
from lit_sentiment.errors import InputError
from lit_sentiment.process import leaving_at_once
from lit_sentiment.study.best_config import BEST, require_unchanged
from lit_sentiment.study.execution import as_option, carry_out, given_files, plain_console
from lit_sentiment.study.executors import Destination, Kind
from lit_sentiment.study.search_space import read_space
from lit_sentiment.study.study_folder import open_study

if TYPE_CHECKING:
    from lit_sentiment.study.candidate import Candidate


@dataclass(frozen=True)
class SearchOutcome:
    """The trials of a search in their order, the best of them, and the settings as they were given."""

    trials: "Sequence[Candidate]"
    best: "Candidate | None"
    as_given: "Candidate"

    @property
    def exit_code(self) -> int:
        """0, or 1 if no trial has a loss for every seed."""
        return 1 if self.best is None else 0


def search(
    *,
    training: ConfigFile | None = None,
    shared_configs: Sequence[ConfigFile] = (),
    space: Mapping[str, Any] | None = None,
    trials: PositiveInt = 30,
    seeds: Sequence[NonNegativeInt] = (0, 1, 2),
    options: Sequence[str] = (),
    folder: Path = Path("runs/search"),
    trials_at_once: PositiveInt = 4,
    sampler_seed: NonNegativeInt = 0,
    p_threshold: float = 0.3,
    storage: str | None = None,
    workers: PositiveInt | None = None,
    executor: Kind = "processes",
    address: str | None = None,
    slurm: Mapping[str, Any] | None = None,
) -> SearchOutcome:
    """Look for the settings with the smallest validation loss; started again, do what is missing.

    A trial counts by the mean over the seeds of its smallest validation loss, without a penalty, which would be judged
    by its own size. Options of fit, such as --trainer.max_epochs 3, go to every training. Needs the extra search. Exit
    code 0: all done; 1: no trial came to its end.

    Args:
        training: A config file of fit or the name of a built-in one. When not given: what --model and the other options
            describe.
        shared_configs: Config files of fit to compose onto it, such as imdb.
        space: An option of fit and a list of its values, or their range, such as --space model.l2 '{low: 1.0e-6, high:
            1.0e-2, log: true}'; a range may have a step, and is of whole numbers if all its numbers are.
        trials: How many settings to try.
        seeds: Seeds of each.
        options: Options of fit in a file of options, such as '["--trainer.max_epochs=3"]'.
        folder: Folder of the search.
        trials_at_once: Trials whose values are chosen together; fewer learn more from each other.
        sampler_seed: Seed of Optuna's TPE sampler.
        p_threshold: A trial gets no more seeds once Wilcoxon's test finds it worse than the best one with a p below
            this; 0 for never. After n seeds p is 0.5 to the power of n at least.
        storage: URL of a database for Optuna, in place of a file in the folder.
        workers: Runs at a time; when not given as many as cores, or as GPUs, and on a cluster all.
        executor: As in study: where the runs go.
        address: As in study.
        slurm: As in study.

    Returns:
        The trials and what they came to.

    Raises:
        InputError: The training cannot be run, the space cannot be drawn from, the folder holds something else, or
            Optuna is not installed.
        Interrupted: A signal came; by then the trainings have ended, and keep their whole epochs.
    """
    options, shared_configs, seeds = options or (), shared_configs or (), seeds or ()
    drawn = read_space(space or {})
    if not 0 <= p_threshold <= 1:
        raise InputError(f"`p_threshold`: expected a number from 0 to 1, found {p_threshold}")
    require_unchanged(folder / BEST)
    destination = Destination(executor, address, slurm or {}, workers)
    with leaving_at_once():
        from lit_sentiment.commands.search_results import print_results, trial_line
        from lit_sentiment.commands.search_trials import SearchTrials
        from lit_sentiment.study.candidate import best_of, by_seed, counts_of, judge_all
        from lit_sentiment.study.optuna_study import JOURNAL, OptunaStudy, storage_faults
    files = {"--training": [training] if training else [], "--shared_configs": shared_configs}
    configs = [Path(os.fspath(path)) for paths in files.values() for path in paths]
    source = SearchTrials(configs, options, seeds, drawn, folder)
    as_given = source.candidate("as-given", {})
    again = ["search", *given_files(files)]
    again += [part for option, values in drawn.items() for part in ("--space", option, as_option(values))]
    again += ["--trials", str(trials), "--seeds", *map(str, seeds), "--folder", str(folder)]
    again += ["--trials_at_once", str(trials_at_once), "--sampler_seed", str(sampler_seed)]
    again += ["--p_threshold", str(p_threshold), *(["--storage", storage] if storage else [])]
    again += [*destination.as_options(), *options]
    console = plain_console()
    started_seconds = time.monotonic()
    tried: list[Candidate] = []
    opened = destination.open(folder, [as_given.training])
    with open_study(folder, [as_given.training]), opened as (processes, where), storage_faults():
        study_name = "search" if storage is None else str(folder.resolve())
        optuna_study = OptunaStudy(drawn, folder / JOURNAL, storage, study_name, sampler_seed, p_threshold)
        console.print(f"Search of {trials} trials with {len(seeds)} seeds in {folder}, {where}")
        while len(tried) < trials:
            chosen = source.choose(optuna_study, range(len(tried), min(len(tried) + trials_at_once, trials)))
            together = chosen if tried else [as_given, *chosen]
            judge_all(together)
            carry_out(by_seed(together), processes, console, again, partial(judge_all, together))
            for one in chosen:
                optuna_study.tell(one)
                tried.append(one)
                console.print(f"{trial_line(one)} ({len(tried)} of {trials} trials)")
    console.print(f"Search: {counts_of(tried)}, in {time.monotonic() - started_seconds:.0f} s")
    outcome = SearchOutcome(tried, best_of(tried), as_given)
    print_results(outcome, folder, storage, console)
    return outcome
