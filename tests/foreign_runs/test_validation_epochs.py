import math

import pytest

from lit_sentiment.foreign_runs.validation_epochs import ValidationEpochs


def by_epoch(*values):
    return list(enumerate(values))


def test_epochs_stay_epochs_without_a_note():
    train, validation = by_epoch(3.0, 2.0, 1.0), by_epoch(6.0, 5.0, 4.0)
    epochs = ValidationEpochs(train, validation)
    assert (epochs.of_training(train), epochs.of_validation(validation)) == ([3.0, 2.0, 1.0], [6.0, 5.0, 4.0])
    assert (epochs.steps, epochs.notes) == ([0, 1, 2], [])


def test_training_values_are_averaged_since_the_validation_before():
    train = [(step, float(step)) for step in range(0, 30, 2)]
    epochs = ValidationEpochs(train, [(9, 0.5), (19, 0.5), (25, 0.5)])
    assert epochs.of_training(train) == [4.0, 14.0, 22.0]
    assert epochs.notes == [
        "an epoch here is a validation: 3 of them, at steps 9 to 25",
        "training values are averaged over the steps since the validation before",
    ]


def test_validation_more_often_than_training_takes_the_next_value():
    train = [(9, 2.0), (19, 1.0)]
    epochs = ValidationEpochs(train, [(4, 0.5), (9, 0.5), (14, 0.5), (19, 0.5)])
    assert epochs.of_training(train) == [2.0, 2.0, 1.0, 1.0]
    assert "training is logged less often than validation; the next training value counts" in epochs.notes


def test_validation_before_and_after_training_is_no_epoch():
    train, validation = [(5, 2.0), (10, 1.0)], [(0, 9.0), (5, 0.5), (10, 0.25), (11, 9.0)]
    epochs = ValidationEpochs(train, validation)
    assert epochs.of_validation(validation) == [0.5, 0.25]
    assert epochs.notes[-1] == "left out, for lack of training before it: the validation at step 0, 11"


def test_later_validation_of_a_step_counts():
    validation = [(0, 0.5), (1, 0.25), (1, 0.125), (2, 0.0)]
    assert ValidationEpochs(by_epoch(3.0, 2.0, 1.0), validation).of_validation(validation) == [0.5, 0.125, 0.0]


@pytest.mark.parametrize("first", [0, 1])
def test_training_by_batch_beside_validation_by_epoch_is_shared_out(first):
    train = [(step, float(step // 10)) for step in range(40)]
    epochs = ValidationEpochs(train, [(first + epoch, 0.5) for epoch in range(4)])
    assert epochs.of_training(train) == [0.0, 1.0, 2.0, 3.0]
    assert epochs.notes[0] == "training and validation count their steps differently; both are taken to end together"


def test_training_by_epoch_beside_validation_by_batch_is_paired():
    train, validation = by_epoch(3.0, 2.0, 1.0), [(9, 0.5), (19, 0.25), (29, 0.125)]
    epochs = ValidationEpochs(train, validation)
    assert epochs.of_training(train) == [3.0, 2.0, 1.0]
    assert epochs.of_validation(validation) == [0.5, 0.25, 0.125]


def test_figure_that_is_not_always_there_is_nan():
    epochs = ValidationEpochs(by_epoch(3.0, 2.0, 1.0), by_epoch(0.5, 0.5, 0.5))
    accuracies = epochs.of_validation([(1, 0.75)])
    assert math.isnan(accuracies[0])
    assert accuracies[1] == 0.75
    assert math.isnan(epochs.of_training(by_epoch(0.5))[2])


def test_broken_value_breaks_its_epoch_alone():
    train = [(0, 1.0), (1, math.nan), (2, 1.0), (3, 1.0)]
    values = ValidationEpochs(train, [(1, 0.5), (3, 0.5)]).of_training(train)
    assert math.isnan(values[0])
    assert values[1] == 1.0
