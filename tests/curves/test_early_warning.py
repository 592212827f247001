"""How early a verdict on the epochs so far is the final one."""

import pytest

from lit_sentiment.curves.early_warning import EarlyWarning, epochs_until_told, rises_after
from lit_sentiment.curves.history import History


def history(*val_losses):
    made = History()
    for epoch, loss in enumerate(val_losses):
        accuracy = {"accuracy": 0.8 + epoch / 100, "val_accuracy": 0.8 - epoch / 50}
        made.append({"loss": 0.6 - epoch / 20, "val_loss": loss, **accuracy})
    return made


RISING = history(0.5, 0.4, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)
LEVEL = history(0.5, 0.45, 0.42, 0.41, 0.405, 0.403, 0.402, 0.4)
PASSING = history(0.5, 0.4, 0.6, 0.8, 0.9, 0.5, 0.42, 0.4, 0.4, 0.39)


def test_prefixes_are_judged_from_the_fourth_epoch_on():
    assert rises_after(RISING) == [False, True, True, True, True]
    assert rises_after(LEVEL) == [False] * 5


def test_epochs_are_counted_from_the_minimum():
    assert epochs_until_told(RISING) == 3  # the minimum is epoch 2, and after 5 epochs it is said


def test_what_is_never_told_counts_as_beyond_the_end():
    assert epochs_until_told(LEVEL) == 8 - 7


def test_several_runs_together():
    found = EarlyWarning.of((one, 0.5) for one in (RISING, RISING, LEVEL, PASSING))
    assert (found.rising, found.epochs, found.others, found.false_alarms) == (2, [3, 3], 2, 1)
    assert found.sentence == (
        "in 2 runs validation loss rises in the end, and the verdict first says so 3 epochs after its minimum (median; "
        "3 to 3); in 2 runs it does not, and the verdict says so at some epoch in 1"
    )


@pytest.mark.parametrize(("epochs", "median"), [([3], "3"), ([3, 4], "3.5"), ([3, 3, 9], "3"), ([2, 3, 5, 9], "4")])
def test_median_of_an_even_number_lies_between_the_two_in_the_middle(epochs, median):
    assert f" {median} epochs after its minimum (median; " in EarlyWarning(len(epochs), epochs, 0, 0).sentence


def test_history_so_far():
    assert RISING.until(3)["val_loss"] == [0.5, 0.4, 0.45]
    assert len(RISING) == 8
