import math

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.reference.comparison import ROUNDING, STRAY_FACTOR, compare_curves, verdict_on
from lit_sentiment.reference.recorded_reference import COMPARED_FIGURES, Curves

REFERENCE: Curves = {
    "loss": [0.7, 0.5, 0.25, 0.125],
    "accuracy": [0.5, 0.75, 0.875, 0.9375],
    "val_loss": [0.6, 0.5, 0.75, 1.5],
    "val_accuracy": [0.5, 0.8, 0.7, 0.6],
}
IDENTITY = {"dtype": "float32", "train_reviews": 1000, "validation_reviews": 100}


def moved(figure, epoch, by):
    curves = {name: list(curve) for name, curve in REFERENCE.items()}
    curves[figure][epoch] += by
    return curves


def test_equal_curves_are_the_same():
    comparisons = compare_curves(REFERENCE, REFERENCE, [])
    assert [comparison.figure for comparison in comparisons] == list(COMPARED_FIGURES)
    assert all(comparison.same for comparison in comparisons)
    assert verdict_on(comparisons).startswith("Same: in 4 epochs")


@pytest.mark.parametrize("figure", COMPARED_FIGURES)
@pytest.mark.parametrize("epoch", range(4))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_damage_to_any_curve_in_any_epoch_is_found(figure, epoch, dtype):
    damage = 2 * ROUNDING[dtype] * max(1, REFERENCE[figure][epoch])
    comparisons = compare_curves(moved(figure, epoch, damage), REFERENCE, [], {**IDENTITY, "dtype": dtype})
    assert {comparison.figure: comparison.first_beyond for comparison in comparisons if not comparison.same} == {
        figure: epoch
    }
    assert f"{figure} from epoch {epoch + 1}" in verdict_on(comparisons)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rounding_is_no_difference(dtype):
    comparisons = compare_curves(moved("val_loss", 1, ROUNDING[dtype] / 2), REFERENCE, [], {**IDENTITY, "dtype": dtype})
    assert all(comparison.same for comparison in comparisons)


def test_difference_within_what_keras_strays_from_itself_is_the_same():
    twins = [moved("val_loss", 2, 0.01), moved("val_loss", 2, -0.02)]
    strays = 0.03  # between the two twins
    within = compare_curves(moved("val_loss", 2, 0.9 * STRAY_FACTOR * strays), REFERENCE, twins)
    beyond = compare_curves(moved("val_loss", 2, 1.1 * STRAY_FACTOR * strays), REFERENCE, twins)
    assert all(comparison.same for comparison in within)
    assert [comparison.figure for comparison in beyond if not comparison.same] == ["val_loss"]


def test_keras_having_strayed_later_does_not_excuse_an_earlier_epoch():
    comparisons = compare_curves(moved("val_loss", 1, 0.01), REFERENCE, [moved("val_loss", 2, 0.01)])
    assert [comparison.first_beyond for comparison in comparisons] == [None, None, 1, None]


def test_keras_having_strayed_earlier_counts_later():
    comparisons = compare_curves(moved("val_loss", 3, 0.01), REFERENCE, [moved("val_loss", 2, 0.01)])
    assert all(comparison.same for comparison in comparisons)


def test_twin_that_stopped_earlier_counts_as_far_as_it_goes():
    short = {name: curve[:2] for name, curve in REFERENCE.items()}
    short["loss"][1] += 0.25
    loss = compare_curves(REFERENCE, REFERENCE, [short])[0]
    assert loss.spread == [0, 0.25, 0.25, 0.25]


@pytest.mark.parametrize("cut", [0, 3, 5])
def test_unequal_lengths_are_refused(cut):
    ours = {name: (curve * 2)[:cut] for name, curve in REFERENCE.items()}
    with pytest.raises(InputError, match=r"loss: expected (4 epochs, as in the reference, found \d|a curve)"):
        compare_curves(ours, REFERENCE, [])


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("sides", ["ours", "theirs", "both"])
def test_values_that_are_no_numbers_are_refused_even_on_both_sides(value, sides):
    damaged = moved("accuracy", 2, value)
    ours = REFERENCE if sides == "theirs" else damaged
    theirs = REFERENCE if sides == "ours" else damaged
    with pytest.raises(InputError, match=r"accuracy: expected numbers in the re\w+, found (nan|inf) in epoch 3"):
        compare_curves(ours, theirs, [])


def test_missing_curve_is_refused():
    ours = {name: curve for name, curve in REFERENCE.items() if name != "val_loss"}
    with pytest.raises(InputError, match="val_loss: expected a curve in the reproduction, found none"):
        compare_curves(ours, REFERENCE, [])


def test_an_accuracy_may_differ_by_what_its_loss_may_in_whole_reviews():
    twins = [moved("val_loss", 2, 0.003)]  # 5 x .003 of 100 reviews are 1.5 reviews
    two_reviews = compare_curves(moved("val_accuracy", 2, -0.02), REFERENCE, twins, IDENTITY)
    three_reviews = compare_curves(moved("val_accuracy", 3, 0.03), REFERENCE, twins, IDENTITY)
    assert all(comparison.same for comparison in two_reviews)
    assert [comparison.first_beyond for comparison in three_reviews] == [None, None, None, 3]


@pytest.mark.parametrize("figure", ["accuracy", "val_accuracy"])
def test_not_even_one_review_may_differ_before_the_losses_of_keras_part(figure):
    twins = [moved("loss", 2, 0.01), moved("val_loss", 2, 0.01)]
    comparisons = compare_curves(moved(figure, 1, 0.001), REFERENCE, twins, IDENTITY)
    assert {comparison.figure: comparison.first_beyond for comparison in comparisons if not comparison.same} == {
        figure: 1
    }


def test_a_run_may_end_where_keras_itself_ends_now_here_now_there():
    def first_epochs(epochs: int) -> Curves:
        return {name: (curve * 2)[:epochs] for name, curve in REFERENCE.items()}

    twins = [first_epochs(3), first_epochs(6)]
    for epochs in (3, 5, 6):
        comparisons = compare_curves(first_epochs(epochs), REFERENCE, twins, IDENTITY)
        assert all(comparison.same for comparison in comparisons)
        assert len(comparisons[0].differences) == min(epochs, 4)
        assert f"Ours ended after epoch {epochs}, Keras's own runs after 3 to 6." in verdict_on(comparisons)
    for epochs in (2, 7):
        with pytest.raises(InputError, match=f"loss: expected 3 to 6 epochs, found {epochs} in the reproduction"):
            compare_curves(first_epochs(epochs), REFERENCE, twins, IDENTITY)
