"""What a search may draw from."""

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.study.search_space import edges, read_space


def test_space_is_read_as_plain_values():
    space = {
        "model.l2": {"low": "1e-6", "high": 1, "log": True},
        "model.units": {"low": 16, "high": 64, "step": 16},
        "model.dropout": [[0.5, 0.3], [0.2, 0.1]],
        "optimizer": ["torch.optim.Adam", None, 2],
    }
    assert read_space(space) == {
        "model.l2": {"low": 1e-6, "high": 1, "log": True},
        "model.units": {"low": 16, "high": 64, "step": 16, "log": False},
        "model.dropout": ["[0.5, 0.3]", "[0.2, 0.1]"],
        "optimizer": ["torch.optim.Adam", None, 2],
    }


def test_edges_have_each_value_and_both_ends():
    space = read_space({"a": [1, 2, 3], "b": {"low": 4, "high": 9}})
    assert edges(space) == [{"a": 1, "b": 4}, {"a": 2, "b": 4}, {"a": 3, "b": 4}, {"a": 1, "b": 9}]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ([], "a list of values, or a mapping"),
        (3, "a list of values, or a mapping"),
        ({}, "a list of values, or a mapping"),
        ({"low": 1}, "a list of values, or a mapping"),
        ({"low": 1, "high": 2, "lgo": True}, "a list of values, or a mapping"),
        ([1, 2, 1], "each value of x once, found 1 several times"),
        (["1", 1], "each value of x once, found 1 several times"),
        ([float("nan")], "finite"),
        ({"low": 2, "high": 1}, "low below high for x, found 2 and 1"),
        ({"low": 2, "high": 2}, "low below high"),
        ({"low": 0, "high": 1, "log": True}, "low above 0 with log"),
        ({"low": -1.0, "high": 1.0, "log": True}, "low above 0 with log"),
        ({"low": 1, "high": 2, "log": "yes"}, "true or false as log"),
        ({"low": 1, "high": 2, "log": True, "step": 1}, "step or log for x, found both"),
        ({"low": 1, "high": 2, "step": 0}, "a step above 0"),
        ({"low": 1, "high": 2, "step": 5}, "a step above 0"),
        ({"low": "few", "high": 2}, "a finite number as low of x, found 'few'"),
        ({"low": True, "high": 2}, "a finite number as low"),
        ({"low": 0, "high": float("inf")}, "a finite number as high"),
    ],
)
def test_what_cannot_be_drawn_from_is_refused(values, named):
    with pytest.raises(InputError, match=named):
        read_space({"x": values})


def test_empty_space_is_refused():
    with pytest.raises(InputError, match="expected an option of fit"):
        read_space({})
