"""Questions to runs with several seeds: what is measured, and the verdict that follows."""

import math
from types import SimpleNamespace

import pytest

from lit_sentiment.claims.question import (
    Answer,
    Claim,
    answers,
    difference,
    gain_of_choice,
    level,
    smallest,
    trend,
)
from lit_sentiment.report.statistics import effect


def cells(**values):
    """Runs whose only figure is a number: by cell, one for each seed."""
    return {
        name: {seed: SimpleNamespace(figure=value) for seed, value in enumerate(given)}
        for name, given in values.items()
    }


def figure(run):
    return run.figure


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (level("x", figure, "a"), [1.0, 2.0, 4.0]),
        (difference("x", figure, "a", "b"), [1.0, 1.0, 1.0]),
        (smallest("x", figure, "a", "b", "c"), [0.0, 0.0, 0.0]),
        (trend("x", figure, {"b": 0.0, "a": 2.0}), [0.5, 0.5, 0.5]),
        (trend("x", figure, {"a": 0.0, "b": 1.0, "c": 2.0}), [-0.5, -1.0, -2.0]),
    ],
)
def test_value_of_each_seed(asked, expected):
    runs = cells(a=[1.0, 2.0, 4.0], b=[0.0, 1.0, 3.0], c=[0.0, 0.0, 0.0])
    assert asked.effect(runs) == effect(expected)


def test_choice_is_made_by_the_other_seeds_and_tried_on_this_one():
    """Seed 0 likes `b`, the others `c`: each seed is judged by what the others would choose for it."""
    runs = cells(usual=[1.0, 1.0, 1.0], b=[0.1, 0.9, 0.9], c=[0.8, 0.2, 0.3])
    found = gain_of_choice("x", figure, ("usual", "b", "c"), "usual").effect(runs)
    assert found.mean == pytest.approx(((1 - 0.8) + (1 - 0.9) + (1 - 0.9)) / 3)


def test_trend_over_a_training_that_diverged_is_not_defined():
    runs = cells(a=[1.0, 1.0], b=[2.0, float("inf")], c=[3.0, 3.0])
    assert math.isnan(trend("x", figure, {"a": 0.0, "b": 1.0, "c": 2.0}).effect(runs).mean)


def test_seeds_that_a_cell_lacks_are_left_out():
    runs = cells(a=[1.0, 2.0, 4.0], b=[0.0, 1.0])
    assert difference("x", figure, "a", "b").effect(runs).seeds == 2
    assert difference("x", figure, "a", "c").effect(runs) is None


FIVE = [0.9, 1.0, 1.1, 1.05, 0.95]
NOISE = [-0.2, 0.3, -0.1, 0.25, -0.3]
TINY = [-0.001, 0.001, 0.0005, -0.0005, 0.0]


@pytest.mark.parametrize(
    ("values", "claim", "threshold", "margin", "verdict"),
    [
        (FIVE, "above", 0.0, 0.0, "supported"),
        (FIVE, "below", 0.0, 0.0, "refuted"),
        (FIVE, "below", 2.0, 0.0, "supported"),
        (FIVE, "above", 2.0, 0.0, "refuted"),
        (NOISE, "above", 0.0, 0.05, "open"),
        (TINY, "above", 0.0, 0.01, "no effect larger than 0.00098"),
        (TINY, "above", 0.0, 0.0001, "open"),
        (FIVE[:4], "above", 0.0, 0.0, "open"),
        ([0.0] * 5, "below", 0.01, 0.0, "open"),
        ([0.0] * 6, "below", 0.01, 0.0, "supported"),
        ([0.0] * 6, "above", 0.01, 0.0, "refuted"),
        ([0.0] * 5, "above", 0.0, 0.01, "open"),
        ([float("nan"), *FIVE[1:]], "above", 0.0, 0.1, "open"),
    ],
)
def test_verdict(values, claim, threshold, margin, verdict):
    question = getattr(level("x", figure, "a"), claim)(threshold, margin)
    (answer,) = answers([Claim(1, "so", [question])], cells(a=values))[1]
    assert answer.verdict_in_words == verdict


def test_what_stands_beside_decides_nothing():
    answer = Answer(level("x", figure, "a"), effect(FIVE))
    assert answer.verdict is None
    assert answer.verdict_in_words == ""


def test_many_questions_ask_for_more_evidence():
    """Alone, these values are enough; among twenty questions, they are not."""
    question = level("x", figure, "a").above()
    values = [0.2, 1.1, 0.7, 0.9, 0.4]
    assert answers([Claim(1, "so", [question])], cells(a=values))[1][0].verdict == "supported"
    claims = [Claim(1, "so", [question] * 20)]
    assert {one.verdict for one in answers(claims, cells(a=values))[1]} == {"open"}
