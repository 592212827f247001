"""Keras's word index, to and from our list of words."""

import json

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.word_index import read_word_index, write_word_index

WORDS = ["the", "ça", 'a"b', "zebra", "bad"]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "word_index.json"
    path.write_text(json.dumps({"zebra": 4, "the": 1, "bad": 5, 'a"b': 3, "ça": 2}))
    return path


def test_words_come_in_the_order_of_their_ranks(path):
    assert read_word_index(path, 100) == WORDS


@pytest.mark.parametrize("count", [-1, 0, 2, 5])
def test_no_more_words_come_than_are_asked_for(path, count):
    assert read_word_index(path, count) == WORDS[: max(count, 0)]


def test_written_index_is_keras_s(tmp_path, path):
    write_word_index(WORDS, tmp_path / "written.json")
    assert json.loads((tmp_path / "written.json").read_text()) == json.loads(path.read_text())
    assert read_word_index(tmp_path / "written.json", 100) == WORDS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"the": 1, "a": 3}', "expected the ranks 1 to 2"),
        ('{"the": 1, "a": 1}', "expected the ranks 1 to 2"),
        ('{"the": 0, "a": 1}', "expected the ranks 1 to 2"),
        ('{"the": 1.0}', "expected the ranks 1 to 1"),
        ('{"the": true}', "expected the ranks 1 to 1"),
        ('{"the": [1]}', "expected the ranks 1 to 1"),
        ('["the"]', "expected an object of words and ranks"),
        ("the 1", "expected a JSON file"),
    ],
)
def test_other_file_is_refused(tmp_path, text, message):
    path = tmp_path / "word_index.json"
    path.write_text(text)
    with pytest.raises(InputError, match=f"`word_index`: {message}"):
        read_word_index(path, 100)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"`word_index`: expected a JSON file at .*none"):
        read_word_index(tmp_path / "none", 100)
