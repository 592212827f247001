import math

import pytest

from lit_sentiment.curves.history import History
from lit_sentiment.curves.learning import lack_of_learning

FLAT = [0.6931, 0.6935, 0.693, 0.6932, 0.6931]
FALLING = [0.6931, 0.5, 0.4, 0.3, 0.25]


def history_of(loss, val_loss, accuracy=math.nan, val_accuracy=math.nan):
    history = History()
    for train, validation in zip(loss, val_loss, strict=True):
        history.append({"loss": train, "val_loss": validation, "accuracy": accuracy, "val_accuracy": val_accuracy})
    return history


def kind_of(history, chance=0.5):
    lack = lack_of_learning(history, chance)
    return None if lack is None else lack[0]


def test_losses_alone_say_that_nothing_was_learnt():
    lack = lack_of_learning(history_of(FLAT, FLAT), 0.5)
    sentence = (
        "Not learnt: in 5 epochs training loss hardly moved, from 0.693 to 0.693, and validation loss did not fall "
        "either."
    )
    assert lack == ("not learnt", sentence)


@pytest.mark.parametrize(("loss", "val_loss"), [(FALLING, FALLING), (FALLING, FLAT), (FLAT, FALLING)])
def test_a_loss_that_fell_shows_learning(loss, val_loss):
    assert kind_of(history_of(loss, val_loss)) is None


def test_large_fall_shows_learning_whatever_the_noise():
    assert kind_of(history_of([0.7, 0.5, 0.75, 0.45, 0.5], [0.7] * 5)) is None


def test_losses_alone_say_that_what_was_learnt_is_lost():
    lack = lack_of_learning(history_of([0.7, 0.5, 0.4, 0.69, 0.7, 0.69, 0.7], [0.7] * 7), None)
    sentence = "Collapsed: training loss fell from 0.700 to 0.400 at epoch 3, and is back at 0.700."
    assert lack == ("collapsed", sentence)


@pytest.mark.parametrize("loss", [[0.7, 0.5, 0.4, 0.9, 1.2, 1.5, 1.9], [0.7, 0.7, 0.71, 0.73, 0.75, 0.78, 0.8]])
def test_training_loss_that_ends_above_its_beginning_has_diverged(loss):
    lack = lack_of_learning(history_of(loss, [0.7] * 7), None)
    assert lack == ("diverged", f"Diverged: training loss itself rose, from 0.700 at epoch 1 to {loss[-1]:.3f}.")


@pytest.mark.parametrize(("val_accuracy", "kind"), [(0.5, "not learnt"), (0.8, None)])
def test_validation_accuracy_alone_can_show_learning(val_accuracy, kind):
    assert kind_of(history_of(FLAT, FLAT, val_accuracy=val_accuracy)) == kind


def test_validation_accuracy_alone_cannot_show_that_nothing_was_learnt():
    assert kind_of(history_of(FALLING, FLAT, val_accuracy=0.5)) is None
    assert kind_of(history_of(FALLING, FLAT, accuracy=0.5, val_accuracy=0.5)) == "not learnt"


def test_low_accuracies_are_no_lack_where_chance_is_not_known():
    history = history_of(FALLING, FALLING, 0.3, 0.3)
    assert kind_of(history, 0.5) == "not learnt"
    assert kind_of(history, None) is None


@pytest.mark.parametrize(("loss", "accuracy"), [(7.7, 0.5), (8.06, math.nan), (7.62, 0.5), (11.3, 0.3), (50.0, 0.5)])
def test_loss_of_certain_mistakes_that_never_moves_hints_at_the_output(loss, accuracy):
    lack = lack_of_learning(history_of([loss] * 5, [loss] * 5, accuracy, accuracy), 0.5)
    assert lack is not None
    assert lack[1].endswith("(a softmax over one unit, a sigmoid that is missing or applied twice).")
    assert "output activation" not in str(lack_of_learning(history_of(FLAT, FLAT, accuracy, accuracy), 0.5))


@pytest.mark.parametrize(("loss", "chance", "hints"), [(10.7, 1 / 3, True), (8.06, 1 / 3, False), (8.06, 0.5, True)])
def test_share_of_certain_mistakes_is_that_of_chance_where_no_accuracy_is_known(loss, chance, hints):
    lack = lack_of_learning(history_of([loss] * 5, [loss] * 5), chance)
    assert ("output activation" in str(lack)) == hints


def test_reviews_of_one_class_give_a_verdict():
    assert kind_of(history_of([0.3, 0.2, 0.1, 0.1], [0.3, 0.2, 0.1, 0.1], 1.0, 1.0), chance=1.0) == "not learnt"
