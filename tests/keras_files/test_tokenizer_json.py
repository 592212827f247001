"""A file of `tokenizer.to_json()`, to and from our encoder."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.tokenizer_json import read_tokenizer, write_tokenizer
from lit_sentiment.text.text_encoder import TextEncoder
from lit_sentiment.text.words import KERAS_FILTERS

TEXTS = ["Good film: a GOOD film.", "a ça-va film", "", "never_seen good"]
CONFIG = {
    "num_words": 4,
    "filters": KERAS_FILTERS,
    "lower": True,
    "split": " ",
    "char_level": False,
    "oov_token": "<oov>",
    "document_count": 2,
    "word_counts": '{"good": 2, "film": 3, "a": 2}',
    "word_docs": "{}",
    "index_docs": "{}",
    "index_word": '{"1": "<oov>", "2": "film", "3": "good", "4": "a"}',
    "word_index": '{"<oov>": 1, "film": 2, "good": 3, "a": 4}',
}
EXPECTED = [[3, 2, 1, 3, 2], [0, 1, 1, 1, 2], [0, 0, 0, 0, 0], [0, 0, 1, 1, 3]]


def written(path, **changes):
    path.write_text(json.dumps({"class_name": "Tokenizer", "config": {**CONFIG, **changes}}))
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tokenizer.json"


@pytest.mark.parametrize("twice", [False, True])
def test_file_settles_words_and_their_ids(path, twice):
    """People also write `json.dump(tokenizer.to_json(), file)`: a JSON string that holds JSON."""
    written(path)
    if twice:
        path.write_text(json.dumps(path.read_text()))
    encoder = read_tokenizer(path, 5, "pre", "post")
    assert encoder == TextEncoder("keras", ["<oov>", "film", "good"], 5, "tokenizer", "pre", "post", "<oov>")
    assert encoder.encode(TEXTS).tolist() == EXPECTED


def test_oov_token_that_is_a_word_has_the_rank_of_the_word(path):
    """Keras's Tokenizer lists it first and again as a word, and the last place counts."""
    settings = {"oov_token": "good", "word_index": '{"film": 2, "good": 3, "a": 4}', "num_words": None}
    encoder = read_tokenizer(written(path, **settings), 5, "pre", "post")
    assert encoder.words == ["good", "film", "good", "a"]
    assert encoder.encode(["Film unknown good a"]).tolist() == [[0, 2, 3, 3, 4]]
    write_tokenizer(encoder, path)
    assert json.loads(json.loads(path.read_text())["config"]["index_word"]) == {"2": "film", "3": "good", "4": "a"}
    assert read_tokenizer(path, 5, "pre", "post") == encoder
    assert read_tokenizer(written(path, **{**settings, "num_words": 4}), 5, "pre", "post").words == encoder.words[:3]
    with pytest.raises(
        InputError, match=r"expected the oov_token among the first 2 words .* it has the rank 3, a token"
    ):
        read_tokenizer(written(path, **{**settings, "num_words": 3}), 5, "pre", "post")


@pytest.mark.parametrize(("num_words", "count"), [(None, 4), (0, 4), (3, 2), (99, 4)])
def test_num_words_counts_as_in_keras(path, num_words, count):
    assert len(read_tokenizer(written(path, num_words=num_words), 5, "pre", "pre").words) == count


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"padding": "post"},
        {"oov_token": "film"},
        {"filters": ".", "lower": False, "split": "o", "words": ["ça", "G"]},
    ],
)
def test_written_file_is_read_as_the_same_encoder(path, settings):
    encoder = replace(TextEncoder("keras", ["film", "ça"], 5, "tokenizer"), **settings)
    write_tokenizer(encoder, path)
    assert read_tokenizer(path, 5, encoder.padding, encoder.truncating) == encoder


@pytest.mark.keras
@pytest.mark.parametrize("oov_token", [None, "<oov>", "good"])
@pytest.mark.parametrize("num_words", [None, 4])
@pytest.mark.parametrize("settings", [{}, {"filters": "!:-", "lower": False, "split": "o"}])
def test_files_of_keras_and_ours_give_the_same_token_ids(path, oov_token, num_words, settings):
    from keras.src.legacy.preprocessing.text import Tokenizer, tokenizer_from_json
    from keras.utils import pad_sequences

    tokenizer = Tokenizer(num_words, oov_token=oov_token, **settings)
    tokenizer.fit_on_texts(TEXTS[:2])
    path.write_text(tokenizer.to_json())
    encoder = read_tokenizer(path, 5, "post", "pre")
    theirs = pad_sequences(tokenizer.texts_to_sequences(TEXTS), 5, padding="post")
    assert np.array_equal(encoder.encode(TEXTS), theirs)
    assert not np.array_equal(replace(encoder, padding="pre").encode(TEXTS), theirs)

    write_tokenizer(encoder, path)
    again = tokenizer_from_json(path.read_text())
    assert again.texts_to_sequences(TEXTS) == tokenizer.texts_to_sequences(TEXTS)
    ids = [[1], [2, 3]]
    assert again.sequences_to_texts(ids) == tokenizer.sequences_to_texts(ids)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"char_level": True}, "expected char_level to be false, as letters are no words in .*, found True"),
        ({"num_words": -1}, "expected num_words to be null or a number in"),
        ({"num_words": True}, "expected num_words to be null or a number in"),
        ({"filters": None}, "expected filters to be a text in"),
        ({"lower": 1}, "expected lower to be true or false in"),
        ({"split": ""}, "expected split to be a text in"),
        ({"oov_token": 1}, "expected oov_token to be null or a text in"),
        ({"oov_token": "film"}, "expected oov_token to have rank 1 in .*, found 'film'"),
        ({"oov_token": None, "word_index": "{}"}, "expected the words of a fitted Tokenizer in"),
        ({"num_words": 2}, "expected the words of a fitted Tokenizer in"),
        ({"word_index": '{"a": 0, "b": 1}'}, "expected the ranks 1 to 2 in"),
        ({"word_index": "[]"}, "expected an object of words and ranks"),
        ({"word_index": "{"}, "expected what tokenizer.to_json.. gives in .*, found other JSON"),
        ({"word_index": {"a": 1}}, "expected what tokenizer.to_json.. gives in .*, found other JSON"),
        (
            {"oov_token": None},
            "expected words as the Tokenizer's settings cut them in .*, found '<oov>', which no text",
        ),
        ({"filters": " o"}, "expected words as the Tokenizer's settings cut them in .*, found 'good', which no text"),
        ({"word_index": '{"<oov>": 1, "Good": 2}'}, "expected words as .*, found 'Good', which no text can have"),
    ],
)
def test_other_tokenizer_is_refused(path, changes, message):
    with pytest.raises(InputError, match=f"^`tokenizer_json`: {message}"):
        read_tokenizer(written(path, **changes), 5, "pre", "pre")


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '"a"', '{"config": []}', '{"config": {"num_words": 1}}'])
def test_other_file_is_refused(path, text):
    path.write_text(text)
    with pytest.raises(InputError, match=r"^`tokenizer_json`: expected (a JSON file at|what tokenizer.to_json\(\))"):
        read_tokenizer(path, 5, "pre", "pre")


SCRIPT = st.text(st.sampled_from('aAbB\u03a3\u0130\xdf ,.<>\t\r\n\u2028"'), max_size=12)


@given(st.lists(SCRIPT), SCRIPT, st.booleans(), st.sampled_from([" ", ",", "ab", "\u03c3"]), st.none() | SCRIPT)
def test_any_tokenizer_comes_back(tmp_path, texts, filters, lower, split, oov_token):
    settings = {"filters": filters, "lower": lower, "split": split}
    fitted = TextEncoder.fit(texts, "keras", 30, 5, ids="tokenizer", **settings)
    assume({*fitted.words} - {oov_token})  # else it is refused, for no text has a word
    oov = [] if oov_token is None else [oov_token]
    encoder = replace(fitted, oov_token=oov_token, words=[*oov, *fitted.words])
    write_tokenizer(encoder, tmp_path / "any.json")
    again = read_tokenizer(tmp_path / "any.json", 5, "pre", "pre")
    assert again == encoder
    assert np.array_equal(again.encode(texts), encoder.encode(texts))
