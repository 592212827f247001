"""A time limit ends a training with a whole epoch, and the run says so."""

import json
from pathlib import Path

import pytest

from lit_sentiment.curves.history import History
from lit_sentiment.errors import InputError
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.training.time_limit import TimeLimit


def test_run_ends_with_the_epoch_and_says_why(command, tiny):
    outcome = command("fit", *tiny, "--run", "run", "--trainer.max_epochs", -1, "--trainer.max_time", "00:00:00:01")
    assert outcome.code == 0, outcome.err
    history = History.read(Path("run/history.csv"))
    assert f"Stopped early: --trainer.max_time of 1 s was over after epoch {len(history)}" in outcome.out
    assert all(figure == figure for figure in history["val_loss"])
    assert RunFolder(Path("run")).read_identity()["early_stopping"] == [{"class": "TimeLimit", "seconds": 1.0}]


def test_run_that_is_in_time_says_nothing(command, tiny):
    outcome = command("fit", *tiny, "--run", "run", "--trainer.max_time", json.dumps({"hours": 1}))
    assert outcome.code == 0, outcome.err
    assert "Stopped early" not in outcome.out


@pytest.mark.parametrize("duration", ["soon", "1", {"epochs": 3}])
def test_other_durations_are_refused(duration):
    with pytest.raises(InputError, match=r"--trainer\.max_time: "):
        TimeLimit(duration)
