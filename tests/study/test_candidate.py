"""What the runs of a trial come to, whatever their order."""

import itertools
import json
import math

import pytest

from lit_sentiment.curves.history import History
from lit_sentiment.study.candidate import Candidate, best_loss, best_of, by_seed, counts_of
from lit_sentiment.study.run_status import RunStatus
from lit_sentiment.study.study_plan import PlannedRun

FINISHED = {"torch": "2", "lightning": "2", "training_seconds": 1.0, "verdict": {"kind": "overfitting"}}


class Trial:
    """Plays Optuna's: wants to prune from this step on."""

    def __init__(self, prune_from=9):
        self.reported = {}
        self.prune_from = prune_from

    def report(self, value, step):
        self.reported[step] = value

    def should_prune(self):
        return max(self.reported) >= self.prune_from


@pytest.fixture
def candidate(training, tmp_path):
    def candidate(name="one", trial=None, seeds=3):
        made = training(name)
        runs = [RunStatus(PlannedRun(made, seed, tmp_path / "study")) for seed in range(seeds)]
        return Candidate(made, runs, trial)

    return candidate


def finish(status, *val_losses):
    history = History()
    for loss in val_losses:
        history.append({"loss": 0.1, "val_loss": loss})
    status.run.folder.path.mkdir(parents=True)
    history.write(status.run.folder.history)
    status.run.folder.finished.write_text(json.dumps(FINISHED))
    status.end("done")


def test_loss_is_the_smallest_finite_one_without_the_penalty():
    history = History()
    for loss, data_loss in [(0.1, 0.9), (0.2, 0.5), (math.nan, math.nan), (0.05, 0.7)]:
        history.append({"val_loss": loss, "val_data_loss": data_loss})
    assert best_loss(history) == 0.5 != min(history["val_loss"])
    assert best_loss(History()) is None


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_outcome_does_not_depend_on_which_run_ends_first(candidate, order):
    whole, pruned = candidate(trial=Trial()), candidate("two", Trial(prune_from=1))
    for seed in order:
        for one in (whole, pruned):
            finish(one.runs[seed], 0.9, 0.5 + seed / 10, 0.8)
            one.judge()
    assert whole.losses == pytest.approx([0.5, 0.6, 0.7])
    assert whole.mean == pytest.approx(0.6)
    assert pruned.losses == pytest.approx([0.5, 0.6])
    assert (whole.pruned, pruned.pruned) == (False, True)
    assert best_of([pruned, whole]) is whole


def test_pruned_trial_starts_no_more_runs(candidate):
    one = candidate(trial=Trial(prune_from=0))
    one.judge()
    assert [run.state for run in one.runs] == ["waiting"] * 3
    finish(one.runs[0], 0.5)
    one.judge()
    assert [run.state for run in one.runs] == ["done", "pruned", "pruned"]
    assert one.trial.reported == {0: 0.5}
    assert not one.failed


def test_last_seed_prunes_nothing(candidate):
    one = candidate(trial=Trial(prune_from=2))
    for run in one.runs:
        finish(run, 0.5)
    one.judge()
    assert one.whole
    assert not one.pruned


@pytest.mark.parametrize("end", [lambda run: run.end("failed", "no"), lambda run: finish(run, math.nan)])
def test_trial_with_a_run_without_a_loss_has_failed(candidate, end):
    one = candidate(trial=Trial())
    finish(one.runs[0], 0.5)
    end(one.runs[1])
    one.judge()
    assert one.failed
    assert not one.whole
    assert one.runs[2].state == "not tried"
    assert best_of([one]) is None
    assert counts_of([one]) == "1 tried, 0 pruned, 1 failed"


def test_first_of_equal_trials_is_the_best_and_seeds_come_one_after_the_other(candidate):
    trials = [candidate(name, seeds=2) for name in ("a", "b")]
    for run in by_seed(trials):
        finish(run, 0.5)
    for one in trials:
        one.judge()
    assert best_of(trials) is trials[0]
    assert [run.run.name for run in by_seed(trials)] == ["a-seed0", "b-seed0", "a-seed1", "b-seed1"]
