import json

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.study.run_status import RunStatus
from lit_sentiment.study.study_plan import PlannedRun

CONFIG = "trainer: {max_epochs: 5}\n"
FINISHED = json.dumps({"torch": "2", "lightning": "2", "training_seconds": 7.5, "verdict": {"kind": "overfitting"}})


def test_run_without_a_folder_waits_and_starts(training, tmp_path):
    status = RunStatus(PlannedRun(training(max_epochs=3), 0, tmp_path))
    assert (status.state, status.max_epochs, len(status.history)) == ("waiting", 3, 0)
    assert status.begin() == "started"


def test_finished_run_is_done_with_its_outcome(begun):
    status = RunStatus(begun(3, finished=FINISHED))
    assert (status.state, status.verdict, status.seconds, len(status.history)) == ("done before", "overfitting", 7.5, 3)
    assert status.outcome == "best val_loss 0.6000 in epoch 2, overfitting, 8 s"


def test_run_with_a_checkpoint_goes_on_and_keeps_what_it_has(begun):
    run = begun(3, last_checkpoint="", config=CONFIG)
    status = RunStatus(run)
    assert status.state == "waiting"
    assert status.begin() == "goes on after epoch 3"
    assert status.max_epochs == 5, "what its own config asks for"
    assert run.folder.last_checkpoint.exists()


def test_fragment_of_a_first_epoch_is_begun_anew(begun):
    status = RunStatus(begun(1, config=CONFIG))
    assert status.begin() == "started anew: no epoch of it was whole"
    assert len(status.history) == 0


@pytest.mark.parametrize("finished", ["", "torn {", "{}", "[]"])
def test_damaged_outcome_is_begun_again(begun, finished):
    """`fit` writes it anew, and trains nothing."""
    status = RunStatus(begun(3, last_checkpoint="", config=CONFIG, finished=finished))
    assert status.state == "waiting"
    assert status.begin() == "goes on after epoch 3"


def test_run_with_the_checkpoint_before_alone_goes_on(begun):
    assert RunStatus(begun(3, checkpoint_before_last="", config=CONFIG)).begin() == "goes on after epoch 3"


def test_folder_without_settings_is_started(begun):
    """Killed in its first second."""
    assert RunStatus(begun()).begin() == "started"


@pytest.mark.parametrize("config", ["", "trainer:\n", "trainer: [", "trainer: {max_epochs: many}", "a: !!int "])
def test_strange_config_is_left_to_fit(begun, config):
    assert RunStatus(begun(3, last_checkpoint="", config=config)).begin() == "goes on after epoch 3"


def test_endless_training_goes_on(begun):
    assert RunStatus(begun(3, last_checkpoint="", config="trainer: {max_epochs: -1}")).begin().startswith("goes on")


def test_folder_of_something_else_is_left_alone(begun):
    run = begun(3)
    run.log.unlink()
    with pytest.raises(InputError, match=r"one-seed0: expected a run of this study, found something else; move it"):
        RunStatus(run).begin()
    assert run.folder.history.exists()
