"""Keras's word index, to and from our list of words."""

import json

import numpy as np
import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.word_index import read_word_index, write_word_index
from lit_sentiment.text.text_encoder import TextEncoder

WORDS = ["the", "ça", 'a"b', "zebra", "bad"]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "word_index.json"
    path.write_text(json.dumps({"zebra": 4, "the": 1, "bad": 5, 'a"b': 3, "ça": 2}))
    return path


def test_words_come_in_the_order_of_their_ranks(path):
    assert read_word_index(path, 100) == WORDS


@pytest.mark.parametrize("vocab_size", [2, 4, 6, 8, 9])
def test_no_word_has_a_token_id_beyond_the_vocabulary(path, vocab_size):
    words = read_word_index(path, vocab_size)
    assert words == WORDS[: max(vocab_size - 4, 0)]
    token_ids = TextEncoder("keras", words, 4).encode(["the zebra bad"])
    assert token_ids.max() < max(vocab_size, 3)
    assert np.array_equal(token_ids[0], [1, 4, 7, 8]) == (vocab_size == 9)


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
