import json

import numpy as np
import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.text.text_encoder import INDEX_FROM, OUT_OF_VOCABULARY, PADDING, START, TextEncoder

TEXTS = ["good good good film", "bad film", "odd"]
MAX_LENGTH = 6


@pytest.fixture
def encoder():
    """good, film, bad and odd have the ranks 1 to 4, so the indices 4 to 7."""
    return TextEncoder.fit(TEXTS, "keras", vocab_size=8, max_length=MAX_LENGTH)


def test_reserved_indices_are_those_of_keras():
    # keras/src/datasets/imdb.py, Keras 3.15: start_char=1, oov_char=2, index_from=3; pad_sequences pads with 0.
    assert (PADDING, START, OUT_OF_VOCABULARY, INDEX_FROM) == (0, 1, 2, 3)


def test_word_of_rank_r_has_index_r_plus_3(encoder):
    assert encoder.words == ["good", "film", "bad", "odd"]
    assert encoder.encode(["good film bad odd"]).tolist() == [[0, 1, 4, 5, 6, 7]]


def test_index_3_is_never_used(encoder):
    assert 3 not in encoder.encode([*TEXTS, "", "never seen", "good " * 9])


def test_unknown_words_share_one_index(encoder):
    assert encoder.encode(["good plot here"]).tolist() == [[0, 0, 1, 4, 2, 2]]


def test_short_review_is_padded_at_the_front(encoder):
    assert encoder.encode(["bad film"]).tolist() == [[0, 0, 0, 1, 6, 5]]


def test_long_review_loses_its_start_mark_and_first_words(encoder):
    exactly, longer = encoder.encode(["odd good film bad odd", "bad bad odd good film bad odd"]).tolist()
    assert exactly == [1, 7, 4, 5, 6, 7]
    assert longer == [6, 7, 4, 5, 6, 7]


def test_only_the_last_token_is_left_where_one_is_allowed():
    encoder = TextEncoder.fit(TEXTS, "keras", vocab_size=8, max_length=1)
    assert encoder.encode(["odd good", ""]).tolist() == [[4], [START]]


@pytest.mark.parametrize("tokenizer", ["basic_english", "keras"])
def test_empty_text_is_padding_and_the_start_mark(tokenizer):
    encoder = TextEncoder.fit(TEXTS, tokenizer, vocab_size=8, max_length=4)  # type: ignore[arg-type]
    assert encoder.encode(["", " \n", "<br />"]).tolist() == [[0, 0, 0, 1]] * 3


def test_token_ids_are_int32_of_a_row_per_text(encoder):
    for count in (0, 1, 5):
        token_ids = encoder.encode(["good"] * count)
        assert (token_ids.dtype, token_ids.shape) == (np.int32, (count, MAX_LENGTH))


def test_vocab_size_counts_the_reserved_indices():
    encoder = TextEncoder.fit(TEXTS, "keras", vocab_size=6, max_length=MAX_LENGTH)
    token_ids = encoder.encode(["good film bad odd"])
    assert encoder.words == ["good", "film"]
    assert token_ids.tolist() == [[0, 1, 4, 5, 2, 2]]
    assert token_ids.max() == 6 - 1


def test_fewer_words_than_indices_are_all_kept():
    assert len(TextEncoder.fit(TEXTS, "keras", vocab_size=1000, max_length=MAX_LENGTH).words) == 4


def test_vocab_size_without_room_for_a_word_is_refused():
    assert TextEncoder.fit(TEXTS, "keras", vocab_size=5, max_length=MAX_LENGTH).words == ["good"]
    with pytest.raises(InputError, match=r"`vocab_size`: expected 5 or more .*, found 4"):
        TextEncoder.fit(TEXTS, "keras", vocab_size=4, max_length=MAX_LENGTH)


@pytest.mark.parametrize("word", ["<pad>", "<unk>", "<start>", "<oov>"])
def test_reserved_looking_words_are_plain_words(word):
    encoder = TextEncoder.fit([f"{word} {word} film"], "basic_english", vocab_size=9, max_length=4)
    assert encoder.encode([word]).tolist() == [[0, 0, START, 4]]
    stranger = TextEncoder.fit(TEXTS, "basic_english", vocab_size=9, max_length=4)
    assert stranger.encode([word]).tolist() == [[0, 0, START, OUT_OF_VOCABULARY]]


def test_tokenizers_give_other_token_ids():
    text = "it's good, good!"
    by_marks, by_blanks = (
        TextEncoder.fit([text], name, vocab_size=30, max_length=9)  # type: ignore[arg-type]
        for name in ("basic_english", "keras")
    )
    assert by_marks.words == ["good", "!", "'", ",", "it", "s"]
    assert by_blanks.words == ["good", "it's"]
    assert (by_marks.encode([text]) != by_blanks.encode([text])).any()


def test_state_is_plain_and_makes_the_same_encoder(encoder):
    state = json.loads(json.dumps(encoder.state_dict()))
    again = TextEncoder(**state)
    assert again == encoder
    assert np.array_equal(again.encode(TEXTS), encoder.encode(TEXTS))
    assert TextEncoder(**{**state, "words": state["words"][::-1]}) != encoder


def test_state_does_not_share_the_vocabulary(encoder):
    encoder.state_dict()["words"].clear()
    assert len(encoder.words) == 4


@pytest.mark.keras
def test_arrays_are_those_of_keras(encoder):
    from keras.utils import pad_sequences

    texts = [*TEXTS, "", "bad bad odd good film bad odd", "never seen"]
    ranks = {word: rank for rank, word in enumerate(encoder.words, start=1)}
    # What `keras.datasets.imdb.load_data` does with ranks, before `pad_sequences`.
    sequences = [[1, *(ranks[word] + 3 if word in ranks else 2 for word in text.split())] for text in texts]
    theirs = pad_sequences(sequences, maxlen=MAX_LENGTH)
    assert np.array_equal(encoder.encode(texts), theirs)
    assert not np.array_equal(encoder.encode(texts), pad_sequences(sequences, maxlen=MAX_LENGTH, padding="post"))


@pytest.mark.parametrize("max_length", [0, -1, 10**9])
def test_length_that_cannot_be_is_refused(max_length):
    with pytest.raises(InputError, match=r"`max_length`: expected .*, found"):
        TextEncoder("keras", ["good"], max_length)


def test_array_that_would_be_too_large_is_refused_before_it_is_made(monkeypatch):
    monkeypatch.setattr("lit_sentiment.text.text_encoder.LARGEST_TOKEN_IDS", 10)
    encoder = TextEncoder("keras", ["good"], 4)
    assert encoder.encode(["good"] * 2).shape == (2, 4)
    with pytest.raises(InputError, match=r"`max_length`: expected at most 3 for 3 texts, found 4"):
        encoder.encode(["good"] * 3)
