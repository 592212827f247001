"""Settings of the wrong kind, from Python, are refused for every source and option."""

from pathlib import Path
from typing import Any

import pytest

from lit_sentiment.data.sources import SOURCES
from lit_sentiment.errors import InputError

WRONG: dict[str, list[Any]] = {
    "vocab_size": ["abc", "50", 4.5, None, True, [9], 10**9, 0, -1],
    "max_length": ["abc", 4.5, None, False, 10**9, 0, -1],
    "batch_size": ["abc", 4.5, None, 10**30, 0, -1],
    "tokenizer": ["spacy", 3, None, ["keras"]],
    "validation_fraction": ["0.2", None, [0.2]],
    "train_limit": ["5", 2.5, True, 0, -1],
    "validation_limit": ["5", 2.5, 0, -1],
    "randomness": ["numpy", 3, None],
    "cache_dir": [3, ["a"]],
    "drop_duplicates": ["yes", 1, None],
}
OWN: dict[str, dict[str, list[Any]]] = {
    "ShopReviews": {
        "train_reviews": ["9", None, 0, -1, 10**9],
        "validation_reviews": [2.5, 0, 10**9],
        "test_reviews": [True, 0, 10**9],
        "wrong_label_fraction": ["0.1"],
        "corpus_seed": ["0", 1.5],
    },
    "Imdb": {"archive": [3]},
    "ReviewTable": {
        "path": [3, ["a"]],
        "validation_path": [3],
        "test_path": [3],
        "text_column": [5, None],
        "label_column": [5, None],
        "positive_labels": [{"a": 1}, [["a"]], [None]],
        "negative_labels": [{"a": 1}],
        "ignored_labels": [b"a"],
        "encoding": [8, None],
        "separator": [5],
        "columns": ["text", [3]],
    },
}
CASES = [
    (source, name, value) for source in SOURCES for name, values in {**WRONG, **OWN[source]}.items() for value in values
]


@pytest.mark.parametrize(("source", "name", "value"), CASES)
def test_setting_of_the_wrong_kind_or_size_is_refused_by_name(source, name, value):
    with pytest.raises(InputError, match=rf"^`{name}`: expected .+, found ") as caught:
        SOURCES[source](**{name: value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "name"), [("ReviewTable", "path"), ("Imdb", "archive"), ("ShopReviews", "cache_dir")]
)
def test_path_objects_become_texts_that_a_checkpoint_can_hold(source, name):
    assert SOURCES[source](**{name: Path("a/b")}).hparams[name] == str(Path("a/b"))


def test_whole_numbers_are_fractions_and_limits_may_exceed_the_data():
    data = SOURCES["ShopReviews"](validation_fraction=1, train_limit=10**30)
    assert data.train_limit == 10**30
