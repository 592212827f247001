import json

import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.study.run_status import RunStatus, prepare
from lit_sentiment.study.study_plan import PlannedRun

CONFIG = "trainer: {max_epochs: 5}\n"
FINISHED = json.dumps({"training_seconds": 7.5, "verdict": {"kind": "overfitting", "sentence": "Overfitting."}})


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
    prepare(run)
    assert run.folder.last_checkpoint.exists()


def test_fragment_of_a_first_epoch_is_removed(begun):
    run = begun(1, config=CONFIG)
    status = RunStatus(run)
    assert status.begin() == "started anew: its folder held no whole epoch"
    prepare(run)
    assert not run.folder.path.exists()
    assert len(status.history) == 0


def test_training_cut_off_after_its_last_epoch_is_trained_again(begun):
    """`fit` would say that nothing is left to do."""
    run = begun(5, last_checkpoint="", config=CONFIG)
    assert RunStatus(run).begin() == (
        "started anew: it was cut off after its last epoch, before its end was written down"
    )
    prepare(run)
    assert not run.folder.path.exists()


@pytest.mark.parametrize(("stopped_epoch", "news"), [(0, "goes on after epoch 3"), (2, "started anew: it was cut off")])
def test_early_stopping_made_the_last_epoch(begun, stopped_epoch, news):
    run = begun(3, config=CONFIG)
    callbacks = {"KerasEarlyStopping{}": {"stopped_epoch": stopped_epoch}, "other": {}}
    torch.save({"callbacks": callbacks, "state_dict": {}}, run.folder.last_checkpoint)
    assert RunStatus(run).begin().startswith(news)


@pytest.mark.parametrize("config", ["", "trainer:\n", "trainer: [", "trainer: {max_epochs: many}"])
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
