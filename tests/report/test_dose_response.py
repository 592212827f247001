import dataclasses

import pytest

from lit_sentiment.report.dose_response import RESPONSES, dose_responses
from lit_sentiment.report.report_pictures import draw_dose_response
from lit_sentiment.report.statistics import shares_of_variation


def curves(*val_loss, loss=0.25):
    return {
        "loss": [loss] * len(val_loss),
        "accuracy": [0.5] * len(val_loss),
        "val_loss": list(val_loss),
        "val_accuracy": [0.5] * len(val_loss),
    }


@pytest.fixture
def varied(group):
    """Make a group with varied values, of a best validation loss for each seed."""

    def varied(best, base="a", keras=None, **values):
        made = group([curves(0.9, loss, loss + 0.5) for loss in best], keras, title=f"{base}{values}")
        return dataclasses.replace(
            made, varied={name.replace("_", "."): value for name, value in values.items()}, base=base
        )

    return varied


def test_responses_are_those_of_the_data_loss(varied):
    history = varied([0.5], model_x=1).runs[0].history
    assert [value(history) for value in RESPONSES.values()] == [0.5, 0.5, 0.75, 2]
    history.curves["val_data_loss"], history.curves["data_loss"] = [0.5, 0.25, 0.75], [0.5, 0.5, 0.125]
    assert [value(history) for value in RESPONSES.values()] == [0.25, 0.5, 0.625, 2]


def test_numbers_are_in_order_and_texts_of_numbers_are_numbers(varied):
    (response,) = dose_responses([varied([0.5], model_l2=value) for value in (0.01, "1e-6", 0.001)])
    assert (response.option, response.doses) == ("model.l2", [1e-6, 0.001, 0.01])
    assert [group.varied["model.l2"] for group in response.lines["a"]] == ["1e-6", 0.001, 0.01]


def test_other_values_stay_as_they_were_given(varied):
    (response,) = dose_responses([varied([0.5], model_x=value) for value in ([0.5, 0.3], [0, 0], None)])
    assert response.doses == [[0.5, 0.3], [0, 0], None]


def test_a_grid_has_a_picture_for_each_option_and_a_line_for_each_value_of_the_other(varied):
    grid = [varied([0.5], model_x=x, model_y=y) for x in (1, 2) for y in (3, 4, 5)]
    of_x, of_y = dose_responses(grid)
    assert list(of_x.lines) == ["a, model.y=3", "a, model.y=4", "a, model.y=5"]
    assert list(of_y.lines) == ["a, model.x=1", "a, model.x=2"]
    assert of_y.lines["a, model.x=2"] == grid[3:]


def test_values_that_one_line_has_not_are_left_out(varied):
    groups = [varied([0.5], base, model_x=x) for base, x in (("a", 1), ("a", 2), ("a", 3), ("b", 2), ("b", 1))]
    (response,) = dose_responses(groups)
    assert response.doses == [1, 2]
    assert dose_responses(groups[2:4]) == []
    assert dose_responses([]) == []


def test_keras_stands_beside_runs_without_a_penalty_alone(varied):
    group = varied([0.5, 0.6], keras=[curves(0.7, 0.4), None], model_x=1)
    (response,) = dose_responses([group, varied([0.5], model_x=2)])
    assert [history["val_loss"] for history in response.keras(group)] == [[0.7, 0.4]]
    group.runs[0].history.curves["data_loss"] = [0.1, 0.1, 0.1]
    assert response.keras(group) == []


def test_variation_is_split_between_setting_and_seed():
    def shares_of(*settings):
        return shares_of_variation([dict(enumerate(values)) for values in settings])

    assert shares_of([1, 1], [2, 2]).setting == 1
    assert shares_of([1, 2], [1, 2]).seed == 1
    crossed = shares_of([1, 2], [2, 1])
    assert (crossed.setting, crossed.seed, crossed.neither) == (0, 0, 1)
    mixed = shares_of([0, 1], [2, 5])  # rows 0.5, 3.5; columns 1, 3; middle 2; total 14
    assert (mixed.setting, mixed.seed, mixed.neither) == pytest.approx((9 / 14, 4 / 14, 1 / 14))
    for nothing in ([[1, 1], [1, 1]], [[1, float("nan")], [1, 2]], [[1, 2]], [[1], [2, 3]], []):
        assert shares_of(*nothing) is None


def test_seeds_that_some_value_has_not_are_left_out_of_the_shares(varied):
    (response,) = dose_responses([varied([0.5, 0.6, 7], model_x=1), varied([0.6, 0.7], model_x=2)])
    shares = response.shares("a")
    assert (shares.setting, shares.seed) == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize("doses", [(1e-6, 1e-2), (0, 1e-6, 1e-2), ([0, 0], [0.5, 0.3]), (1, 2, 3), ("a$b_", None)])
def test_every_seed_and_keras_are_in_the_picture(varied, tmp_path, doses):
    def drawn(name, best, keras=None):
        (response,) = dose_responses([varied([best, 0.5], keras=keras, model_x=dose) for dose in doses])
        draw_dose_response(response, tmp_path / name)
        return (tmp_path / name).read_bytes()

    assert drawn("one.png", 0.4) == drawn("same.png", 0.4)
    assert drawn("one.png", 0.4) != drawn("other.png", 0.3)
    assert drawn("one.png", 0.4) != drawn("keras.png", 0.4, [curves(0.7, 0.3), None])
