"""Settings that a search tries: a run for each seed, and what they come to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from lit_sentiment.curves.history import History
from lit_sentiment.study.run_status import RunStatus
from lit_sentiment.study.study_plan import Training


@dataclass
class Candidate:
    """A training of a search, with its runs in the order of the seeds.

    What it comes to depends on its runs in that order alone, not on which of them ends first.
    """

    training: Training
    runs: Sequence[RunStatus]
    trial: Any = None
    """Optuna's; None for the settings as they are given."""
    pruned: bool = False
    """Whether the seeds so far say that another is better."""
    losses: list[float] = field(default_factory=list)
    """The smallest validation loss of each seed, without a penalty, up to the one that pruned it."""

    @property
    def mean(self) -> float:
        """The mean of the losses."""
        return fmean(self.losses)

    @property
    def failed(self) -> bool:
        """Whether there is nothing to take the mean of for some seed."""
        return not self.pruned and any(
            run.state in ("failed", "not tried") or (_is_done(run) and best_loss(run.history) is None)
            for run in self.runs
        )

    @property
    def whole(self) -> bool:
        """Whether it has a loss for every seed."""
        return len(self.losses) == len(self.runs)

    def judge(self) -> None:
        """Take note of the losses that there are; start no more runs if it is pruned or has failed.

        The positions of the seeds are the steps of the trial.
        """
        while not self.pruned and not self.whole:
            position = len(self.losses)
            loss = best_loss(self.runs[position].history) if _is_done(self.runs[position]) else None
            if loss is None:
                break
            self.losses.append(loss)
            if self.trial is not None:
                self.trial.report(loss, position)
                self.pruned = not self.whole and self.trial.should_prune()
        if self.pruned or self.failed:
            for run in self.runs:
                if run.state == "waiting":
                    run.end("pruned" if self.pruned else "not tried")


def by_seed(candidates: Sequence[Candidate]) -> list[RunStatus]:
    """Return the runs in the order of their start: all with the first seed, then with the next one."""
    return [run for of_seed in zip(*(one.runs for one in candidates), strict=True) for run in of_seed]


def judge_all(candidates: Sequence[Candidate]) -> None:
    """Judge each."""
    for candidate in candidates:
        candidate.judge()


def best_of(candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the one of the smallest mean, the first of several, among those with a loss for every seed."""
    return min((one for one in candidates if one.whole), key=lambda one: one.mean, default=None)


def counts_of(candidates: Sequence[Candidate]) -> str:
    """Return how many there are, pruned and failed ones apart, in one line."""
    pruned, failed = sum(one.pruned for one in candidates), sum(one.failed for one in candidates)
    return f"{len(candidates)} tried, {pruned} pruned, {failed} failed"


def best_loss(history: History) -> float | None:
    """Return the smallest finite validation loss of the data, which has no penalty in it; None where there is none."""
    return min(filter(math.isfinite, history.data_curve("val_")), default=None)


def _is_done(run: RunStatus) -> bool:
    return run.state in ("done", "done before")
