"""The trainings of a search: the settings as they are given, and the trials with the values that Optuna chooses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lit_sentiment.commands.study_options import read_training, require_distinct, require_not_own
from lit_sentiment.commands.usable_options import usable_seed
from lit_sentiment.study.candidate import Candidate
from lit_sentiment.study.optuna_study import OptunaStudy
from lit_sentiment.study.run_status import RunStatus
from lit_sentiment.study.search_space import edges
from lit_sentiment.study.study_folder import add_trainings, has_runs, varied_options
from lit_sentiment.study.study_plan import plan_runs


class SearchTrials:
    """Makes trainings of what the options of `search` say.

    Args:
        configs: Config files of `fit`.
        options: Further options of `fit`.
        seeds: Of each training.
        space: As `read_space` returns it.
        folder: Of the search.

    Raises:
        InputError: A seed is given twice or none is, or `fit` would refuse the options, or a value of the space.
    """

    def __init__(
        self,
        configs: Sequence[Path],
        options: Sequence[str],
        seeds: Sequence[int],
        space: Mapping[str, Any],
        folder: Path,
    ) -> None:
        require_distinct("seeds", seeds)
        usable_seed(max(seeds), "--seeds")
        require_not_own(options, space)
        self._configs, self._options, self._seeds, self._space, self._folder = configs, options, seeds, space, folder
        self._title = read_training(configs, options, max(seeds), {}).name
        for values in edges(space):
            read_training(configs, options, max(seeds), values)

    def candidate(self, name: str, values: Mapping[str, Any], trial: Any = None) -> Candidate:
        """Return the training with these values of the space, or with none: the settings as they are given."""
        read = read_training(self._configs, self._options, max(self._seeds), values)
        contents = {**read.contents, "space": dict(self._space)}
        training = replace(read, name=f"{self._title}-{name}", contents=contents)
        runs = [RunStatus(run) for run in plan_runs([training], self._seeds, self._folder)]
        return Candidate(training, runs, trial)

    def choose(self, study: OptunaStudy, numbers: Sequence[int]) -> list[Candidate]:
        """Return the trials of these numbers, and write down their values.

        One that has runs already keeps the values that were written down for them.

        Raises:
            InputError: The folder has runs of a trial from another space.
        """
        recorded = varied_options(self._folder)
        chosen = []
        for number in numbers:
            name = f"trial{number:03}"
            title = f"{self._title}-{name}"
            trial = study.ask(recorded.get(title) if has_runs(self._folder, title) else None)
            chosen.append(self.candidate(name, trial.params, trial))
        add_trainings(self._folder, [one.training for one in chosen])
        return chosen
