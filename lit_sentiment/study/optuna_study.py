"""Optuna at work: the only file that imports it (extra `search`)."""

import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lit_sentiment.errors import InputError, missing_extra
from lit_sentiment.study.candidate import Candidate

try:
    import optuna
    from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError
except ImportError:
    raise missing_extra("search") from None

JOURNAL = "optuna.journal"
"""The storage in the folder of a search."""

_TABLES_SECONDS = 0.2
_WRITER = "lit_sentiment search"


class OptunaStudy:
    """Asks Optuna for values, and tells it and its storage what came of them.

    The storage is written anew each time, for the folders of the runs are what counts. Values depend on the seed of the
    sampler, on their trial's number and on what was told before it was asked for; not on how often a search was
    stopped.

    Args:
        space: As `read_space` returns it.
        journal: The file that holds the trials, where no database does.
        url: Of a database that holds the trials instead.
        name: Of the study in the storage.
        sampler_seed: Decides the values, with what is told.
        p_threshold: Of `optuna.pruners.WilcoxonPruner`, with seeds as instances; 0 for no pruning.

    Raises:
        InputError: The database cannot be used, or has a study of this name that is not ours.
    """

    def __init__(
        self, space: Mapping[str, Any], journal: Path, url: str | None, name: str, sampler_seed: int, p_threshold: float
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space = {option: _distribution(values) for option, values in space.items()}
        self._sampler_seed = sampler_seed
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            pruner = optuna.pruners.WilcoxonPruner(p_threshold=p_threshold)
            storage = _new_journal(journal) if url is None else _database(url, name)
            self._study = optuna.create_study(storage=storage, study_name=name, pruner=pruner)
        self._study.set_user_attr("written_by", _WRITER)

    def ask(self, values: Mapping[str, Any] | None = None) -> optuna.Trial:
        """Return the next trial; with these values, if they are given.

        TPE takes trials that are not told yet for bad ones, so that those of a round differ.
        """
        if values is not None:
            self._study.enqueue_trial(dict(values))
        # A sampler for each trial: one for all would draw other values after a stop, for it would begin anew.
        entropy = np.random.SeedSequence([self._sampler_seed, len(self._study.trials)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self._study.sampler = optuna.samplers.TPESampler(seed=int(entropy.generate_state(1)[0]), constant_liar=True)
        return self._study.ask(self._space)

    def tell(self, candidate: Candidate) -> None:
        """Tell what a trial came to.

        Of a pruned one it is the mean of the losses that there are, as the documentation of `WilcoxonPruner` advises.
        """
        if not candidate.pruned and not candidate.whole:
            self._study.tell(candidate.trial, state=optuna.trial.TrialState.FAIL)
            return
        candidate.trial.set_user_attr("seeds_trained", len(candidate.losses))
        self._study.tell(candidate.trial, candidate.mean)


@contextmanager
def storage_faults() -> Iterator[None]:
    """Refuse in one line what a database refuses.

    Raises:
        InputError: So it does.
    """
    try:
        yield
    except (ImportError, SQLAlchemyError, optuna.exceptions.StorageInternalError) as fault:
        raise _refused(fault.__cause__ or fault) from None


def _new_journal(path: Path) -> optuna.storages.BaseStorage:
    for file in (path, path.with_name(f"{path.name}.lock")):
        file.unlink(missing_ok=True)
    return JournalStorage(JournalFileBackend(str(path)))


def _database(url: str, name: str) -> optuna.storages.BaseStorage:
    storage = _open(url)
    if name in optuna.get_all_study_names(storage):
        if optuna.load_study(study_name=name, storage=storage).user_attrs.get("written_by") != _WRITER:
            raise InputError(
                f"`storage`: expected no study {name} of another program, found one; name another database"
            )
        optuna.delete_study(study_name=name, storage=storage)
    return storage


def _open(url: str, tries: int = 5) -> optuna.storages.BaseStorage:
    try:
        return optuna.storages.get_storage(url)
    except ValueError as fault:  # of URLs that Optuna itself does not take, such as redis://
        raise _refused(fault) from None
    except DBAPIError:  # where the database is new, another search may just be making its tables
        if tries == 1:
            raise
        time.sleep(_TABLES_SECONDS)
        return _open(url, tries - 1)


def _refused(fault: BaseException) -> InputError:
    line = str(fault).splitlines()[0]
    return InputError(f"`storage`: expected the URL of a database that can be used, found {line}")


def _distribution(values: Any) -> BaseDistribution:
    if isinstance(values, list):
        return CategoricalDistribution(values)
    kind = IntDistribution if all(isinstance(value, int) for value in values.values()) else FloatDistribution
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that a range is no multiple of the step; its end is left out
        return kind(**values)
