import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.study.variation import as_options, combinations, suffix


def test_every_combination_is_a_training():
    vary = {"model.dropout": [[0, 0], [0.5, 0.3]], "data.seed": [1, 2]}
    assert combinations(vary) == [
        {"model.dropout": [0, 0], "data.seed": 1},
        {"model.dropout": [0, 0], "data.seed": 2},
        {"model.dropout": [0.5, 0.3], "data.seed": 1},
        {"model.dropout": [0.5, 0.3], "data.seed": 2},
    ]
    assert combinations({}) == [{}]


@pytest.mark.parametrize(
    ("value", "option", "name"),
    [
        ([0.5, 0.3], "--model.x=[0.5, 0.3]", "-x=0.5,0.3"),
        (1e-6, "--model.x=1e-06", "-x=1e-06"),
        ("1e-6", "--model.x=1e-6", "-x=1e-6"),
        (None, "--model.x=null", "-x=null"),
        (True, "--model.x=true", "-x=true"),
        ("torch", "--model.x=torch", "-x=torch"),
        ({"a": "../b"}, '--model.x={"a": "../b"}', "-x=_a_.._b_"),
        ("../../up", "--model.x=../../up", "-x=.._.._up"),
    ],
)
def test_values_become_options_and_names(value, option, name):
    assert as_options({"model.x": value}) == [option]
    assert suffix({"model.x": value}) == name


@pytest.mark.parametrize(
    ("vary", "found"),
    [
        ({"model.l2": 3}, "list of values for model.l2, found 3"),
        ({"model.l2": []}, r"list of values for model.l2, found \[\]"),
        ({"model.l2": "0.1 0.2"}, "list of values"),
        ({"model.l2": [0.1, 0.2, 0.1]}, "each value of model.l2 once, found 0.1 several times"),
        ({"model.x": [[1], [1]]}, r"once, found \[1\]"),
    ],
)
def test_other_values_are_refused(vary, found):
    with pytest.raises(InputError, match=found):
        combinations(vary)
