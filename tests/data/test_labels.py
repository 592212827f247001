"""Which labels are positive, negative, or left out."""

from typing import Any

import pytest

from lit_sentiment.data.labels import LabelRule, label_key
from lit_sentiment.errors import InputError

MISSING = ["", " ", "nan", "NaN", "NA", "N/A", "null", "NULL", "None", "<NA>", "#N/A"]


@pytest.mark.parametrize("given", [5, 5.0, "5", " 5.0 ", [5], ["5"], [4, 5], ["4", 5.0]])
@pytest.mark.parametrize("written", ["5", "5.0", "5.00", " 5 ", "+5"])
def test_number_is_compared_by_value(given, written):
    rule = LabelRule(positive_labels=given)
    assert rule.class_of(written) == 1
    assert [rule.class_of(other) for other in ("55", "-5", "0.5", "5 stars")] == [0, 0, 0, 0]


@pytest.mark.parametrize(("one", "other"), [("0", "-0.0"), ("100", "100.0"), ("True", "true "), ("Good", "good")])
def test_label_has_one_key_however_it_is_written(one, other):
    assert label_key(one) == label_key(other)


@pytest.mark.parametrize(("one", "other"), [("1", "true"), ("1", "10"), ("1e1", "10"), ("１", "1"), ("1_0", "10")])
def test_different_labels_have_different_keys(one, other):
    assert label_key(one) != label_key(other)


@pytest.mark.parametrize("label", MISSING)
@pytest.mark.parametrize(
    "rule", [{}, {"positive_labels": "good"}, {"positive_labels": "good", "negative_labels": ["bad"]}]
)
def test_missing_label_is_left_out_under_every_rule(rule, label):
    assert LabelRule(**rule).class_of(label) is None


def test_missing_label_that_a_list_names_is_a_label():
    rule = LabelRule(positive_labels="good", negative_labels=["None"])
    assert (rule.class_of("none"), rule.class_of("nan")) == (0, None)


CASES: list[tuple[dict[str, Any], dict[str, int | str | None]]] = [
    ({}, {"1": 1, "pos": 1, "0": 0, "False": 0, "neutral": "unknown"}),
    ({"positive_labels": "good"}, {"good": 1, "bad": 0, "neutral": 0, "1": 0}),
    (
        {"positive_labels": "good", "negative_labels": "bad"},
        {"good": 1, "bad": 0, "neutral": "unknown", "1": "unknown"},
    ),
    (
        {"positive_labels": [4, 5], "negative_labels": [1, 2], "ignored_labels": 3},
        {"5": 1, "4": 1, "3": None, "2": 0, "1": 0, "6": "unknown"},
    ),
    ({"positive_labels": [4, 5], "ignored_labels": [3]}, {"5": 1, "3": None, "2": 0, "6": 0}),
    ({"ignored_labels": "neutral"}, {"positive": 1, "negative": 0, "neutral": None, "other": "unknown"}),
    ({"negative_labels": ["negative", "neutral"]}, {"positive": 1, "neutral": 0, "0": "unknown"}),
    ({"negative_labels": "1"}, {"1": 0, "positive": 1, "2": "unknown"}),
]


@pytest.mark.parametrize(("rule", "expected"), CASES)
def test_each_label_has_its_class(rule, expected):
    made = LabelRule(**rule)
    for label, label_class in expected.items():
        if label_class == "unknown":
            with pytest.raises(LookupError):
                made.class_of(label)
        else:
            assert made.class_of(label) == label_class


@pytest.mark.parametrize("name", ["positive_labels", "negative_labels", "ignored_labels"])
def test_empty_list_is_refused(name):
    with pytest.raises(InputError, match=rf"`{name}`: expected one label or more, found none"):
        LabelRule(**{name: []})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("positive_labels", "negative_labels"),
        ("positive_labels", "ignored_labels"),
        ("negative_labels", "ignored_labels"),
    ],
)
def test_label_in_two_lists_is_refused(first, second):
    with pytest.raises(InputError, match=rf"`{second}`: .*found '5.0' in `{first}` too"):
        LabelRule(**{first: [4, 5], second: ["5.0"]})  # type: ignore[arg-type]


@pytest.mark.parametrize("classes", [["bad", "ok", "good"], ["good", "bad", "ok"], [1, "2.0", 3], [True, False]])
def test_classes_are_numbered_in_their_order(classes):
    rule = LabelRule(classes=classes, ignored_labels="odd")
    assert rule.class_names == [*map(str, classes)]
    assert [rule.class_of(f" {name} ".upper()) for name in rule.class_names] == [*range(len(classes))]
    assert [rule.class_of(label) for label in ("odd", "", "NA")] == [None, None, None]
    for unknown in ("positive", "other"):
        with pytest.raises(LookupError):
            rule.class_of(unknown)


def test_all_labels_are_classes_by_value_and_then_by_the_alphabet():
    found = ["pear", "10", "9.0", "9", "Apple", "apple", "-1", "none", "", "ignored", "100"]
    rule = LabelRule(classes="all", ignored_labels="Ignored").with_classes(found)
    assert rule.class_names == ["-1", "9.0", "10", "100", "Apple", "pear"]
    assert [rule.class_of(label) for label in ("100", "ignored", "PEAR")] == [3, None, 5]


@pytest.mark.parametrize("given", [["a"], [], ["a", "b", "A"], [5, "5.0"], ["a", " "]])
def test_classes_that_cannot_be_told_apart_are_refused(given):
    with pytest.raises(InputError, match=r"^`classes`: expected (the labels of two|labels that differ)"):
        LabelRule(classes=given)


@pytest.mark.parametrize("option", ["positive_labels", "negative_labels"])
@pytest.mark.parametrize("classes", ["all", ["a", "b"]])
def test_classes_stand_alone(option, classes):
    with pytest.raises(InputError, match=rf"`{option}`: expected none beside `classes`, found 'a'"):
        LabelRule(classes=classes, **{option: "a"})
