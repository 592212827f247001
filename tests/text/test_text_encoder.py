import json
import random
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lit_sentiment.errors import InputError
from lit_sentiment.text.text_encoder import INDEX_FROM, OUT_OF_VOCABULARY, PADDING, START, TextEncoder
from lit_sentiment.text.words import KERAS_FILTERS, most_frequent_words

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


LETTERS = [*"aAbBé.,!<> \t\n\r\u00a0'", " good ", " Film ", "ΑΣ", "İ", "ß", "😀", "  ", " <oov> ", "<br />"]


def random_texts(count):
    draw = random.Random(3)
    return ["", " ", *("".join(draw.choices(LETTERS, k=draw.randrange(40))) for _ in range(count))]


def sequences_of_keras(texts, fitted_on=None, word_index=None, **settings):
    """A Tokenizer of Keras, and its sequences."""
    from keras.src.legacy.preprocessing.text import Tokenizer

    tokenizer = Tokenizer(**settings)
    if fitted_on is not None:
        tokenizer.fit_on_texts(fitted_on)
    else:
        tokenizer.word_index = word_index
    return tokenizer, tokenizer.texts_to_sequences(texts)


@pytest.mark.keras
@pytest.mark.parametrize("oov_token", [None, "<oov>"])
@pytest.mark.parametrize("num_words", [None, 2, 9])
@pytest.mark.parametrize("filters", ["", ".,!<\t", KERAS_FILTERS])
@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("split", [" ", "a", " ."])
def test_token_ids_are_those_of_a_tokenizer(oov_token, num_words, filters, lower, split):
    from keras.utils import pad_sequences

    texts = random_texts(40)
    settings = {"oov_token": oov_token, "filters": filters, "lower": lower, "split": split}
    fitted_on = [text.replace("<oov>", "") for text in texts[:20]]
    tokenizer, theirs = sequences_of_keras(texts, fitted_on, num_words=num_words, **settings)
    words = list(tokenizer.word_index)[: num_words and num_words - 1]
    for padding, truncating in product(("pre", "post"), repeat=2):
        encoder = TextEncoder("keras", words, MAX_LENGTH, "tokenizer", padding, truncating, **settings)
        assert np.array_equal(encoder.encode(texts), pad_sequences(theirs, MAX_LENGTH, "int32", padding, truncating))


@pytest.mark.keras
@pytest.mark.parametrize(
    "wrong",
    [
        {"padding": "pre"},
        {"truncating": "pre"},
        {"oov_token": None},
        {"filters": ""},
        {"lower": False},
        {"split": "o"},
        {"words": ["<oov>", "film", "good"]},
        {"ids": "imdb", "oov_token": None},
    ],
)
def test_one_wrong_setting_gives_other_token_ids_than_a_tokenizer(wrong):
    from keras.utils import pad_sequences

    texts = ["Good, good film", "odd good film good film good film", ""]
    tokenizer, theirs = sequences_of_keras(texts, texts[:1], oov_token="<oov>")
    right = TextEncoder("keras", list(tokenizer.word_index), 6, "tokenizer", "post", "post", "<oov>")
    theirs = pad_sequences(theirs, 6, "int32", "post", "post")
    assert np.array_equal(right.encode(texts), theirs)
    assert not np.array_equal(replace(right, **wrong).encode(texts), theirs)


@pytest.mark.keras
@pytest.mark.parametrize("num_words", [2, 7, 1000])
def test_fitted_words_are_those_of_a_tokenizer(num_words):
    from keras.utils import pad_sequences

    texts = random_texts(60)
    tokenizer, sequences = sequences_of_keras(texts, texts, num_words=num_words)
    encoder = TextEncoder.fit(texts, "keras", num_words, MAX_LENGTH, ids="tokenizer")
    theirs = pad_sequences(sequences, MAX_LENGTH)
    assert encoder.words == list(tokenizer.word_index)[: num_words - 1]
    assert np.array_equal(encoder.encode(texts), theirs)
    alphabetical = most_frequent_words(map(encoder.split_words, texts), num_words - 1)
    assert alphabetical != encoder.words or num_words < 1000


RECORDED = [
    ({}, [[0, 0, 3, 1, 2, 1], [0, 0, 0, 0, 0, 0]]),
    ({"padding": "post"}, [[3, 1, 2, 1, 0, 0], [0, 0, 0, 0, 0, 0]]),
    ({"words": ["-", "good", "film", "bad"], "oov_token": "-"}, [[1, 4, 2, 3, 1, 2], [0, 0, 0, 0, 0, 1]]),
    ({"words": ["-", "good"], "oov_token": "-", "truncating": "post"}, [[1, 1, 2, 1, 1, 2], [0, 0, 0, 0, 0, 1]]),
    ({"words": ["good"]}, [[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0]]),
    ({"lower": False}, [[0, 0, 0, 3, 2, 1], [0, 0, 0, 0, 0, 0]]),
    ({"filters": ""}, [[0, 0, 0, 0, 3, 1], [0, 0, 0, 0, 0, 0]]),
    ({"words": ["g", "bad g", "dd", "d"], "split": "o"}, [[0, 0, 0, 3, 1, 4], [0, 0, 0, 0, 0, 3]]),
]
"""Settings, and the token ids of RECORDED_TEXTS from Keras 3.15.1."""
RECORDED_TEXTS = ["A bad Good film, odd\tgood", "odd"]


def recorded_encoder(settings):
    usual = {"tokenizer": "keras", "words": ["good", "film", "bad"], "max_length": 6, "ids": "tokenizer"}
    return TextEncoder(**{**usual, **settings})


@pytest.mark.parametrize(("settings", "expected"), RECORDED)
def test_token_ids_of_a_tokenizer_are_ranks_without_a_start_mark(settings, expected):
    assert recorded_encoder(settings).encode(RECORDED_TEXTS).tolist() == expected


@pytest.mark.keras
@pytest.mark.parametrize(("settings", "expected"), RECORDED)
def test_recorded_token_ids_are_those_of_keras(settings, expected):
    from keras.utils import pad_sequences

    ours = recorded_encoder(settings)
    word_index = {word: rank for rank, word in enumerate(ours.words, start=1)}
    own = {name: settings[name] for name in ("oov_token", "filters", "lower", "split") if name in settings}
    _, theirs = sequences_of_keras(RECORDED_TEXTS, word_index=word_index, **own)
    assert pad_sequences(theirs, 6, "int32", ours.padding, ours.truncating).tolist() == expected


def test_words_of_a_tokenizer_that_are_equally_frequent_rank_as_they_appear():
    texts = ["odd film", "bad film bad odd"]
    assert TextEncoder.fit(texts, "keras", 4, 6, ids="tokenizer").words == ["odd", "film", "bad"]
    assert TextEncoder.fit(texts, "keras", 7, 6).words == ["bad", "film", "odd"]
    with pytest.raises(InputError, match=r"`vocab_size`: expected 2 or more .*, found 1"):
        TextEncoder.fit(texts, "keras", 1, 6, ids="tokenizer")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"truncating": "post"}, [1, 4, 5, 6]),
        ({"padding": "post"}, [6, 7, 4, 5]),
    ],
)
def test_other_ends_for_imdb_s_ids(encoder, settings, expected):
    other = replace(encoder, max_length=4, **settings)
    assert other.encode(["good film bad odd good film"])[0].tolist() == expected
    assert other.encode([""])[0].tolist() == ([1, 0, 0, 0] if "padding" in settings else [0, 0, 0, 1])


@pytest.mark.parametrize(
    "settings", [{"ids": "tokenizer"}, {"padding": "post"}, {"ids": "tokenizer", "oov_token": "good", "filters": "."}]
)
def test_state_says_what_is_not_the_default(encoder, settings):
    assert encoder.state_dict().keys() == {"tokenizer", "words", "max_length"}
    other = replace(encoder, **settings)
    assert other.state_dict() == {**encoder.state_dict(), **settings}
    assert TextEncoder(**json.loads(json.dumps(other.state_dict()))) == other


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ids": "vectorization"}, "`ids`: expected imdb or tokenizer or text_vectorization, found"),
        ({"padding": "left"}, "`padding`: expected pre or post, found 'left'"),
        ({"truncating": None}, "`truncating`: expected pre or post, found None"),
        ({"oov_token": "-"}, "`ids`: expected tokenizer, which goes with `oov_token`, found imdb"),
        ({"lower": False}, "`ids`: expected tokenizer, which goes with `lower`, found imdb"),
        ({"ids": "tokenizer", "oov_token": "-"}, "`oov_token`: expected '-' to have rank 1"),
        ({"ids": "tokenizer", "tokenizer": "basic_english"}, "`tokenizer`: expected keras, which goes with `ids` tok"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(encoder, settings, message):
    with pytest.raises(InputError, match=message):
        replace(encoder, **settings)


def test_ids_of_text_vectorization_follow_its_rules():
    """Punctuation leaves no blank, only A to Z become lower case, ties go from z to a, and unknown words are 1."""
    settings = {"ids": "text_vectorization", "padding": "post", "truncating": "post"}
    encoder = TextEncoder.fit(["It's GOOD, good", "a-b É\xa0é a-b"], "keras", 6, 4, **settings)
    assert encoder.words == ["good", "ab", "É\xa0é", "its"]
    token_ids = encoder.encode(["its good  it's", "Ab. new É\xa0é a b", ""])
    assert token_ids.tolist() == [[5, 2, 5, 0], [3, 1, 4, 1], [0, 0, 0, 0]]
    assert TextEncoder(**encoder.state_dict()) == encoder
    with pytest.raises(InputError, match="`tokenizer`: expected keras, which goes with `ids` text_vectorization"):
        replace(encoder, tokenizer="basic_english")
    with pytest.raises(
        InputError, match="`ids`: expected tokenizer, which goes with `lower`, found text_vectorization"
    ):
        replace(encoder, lower=False)


WORDS = st.sampled_from(["good", "film", "bad", "odd", "oov", "never"])
SENTENCES = st.lists(st.lists(WORDS, max_size=9).map(" ".join), min_size=1, max_size=5)
IDS = st.sampled_from(["imdb", "tokenizer", "text_vectorization"])
SIDES = st.sampled_from(["pre", "post"])


def expected_ids(encoder, words):
    """By the convention as Keras documents it, a word at a time."""
    rank = {word: number for number, word in enumerate(encoder.words, start=1)}
    if encoder.ids == "imdb":
        return [START, *(rank[word] + INDEX_FROM if word in rank else OUT_OF_VOCABULARY for word in words)]
    if encoder.ids == "text_vectorization":
        return [rank.get(word, 0) + 1 for word in words]
    known = [rank.get(word, rank.get(encoder.oov_token)) for word in words]
    return [one for one in known if one is not None]


@given(SENTENCES, SENTENCES, IDS, SIDES, SIDES, st.integers(1, 12), st.integers(1, 6), st.booleans())
def test_ids_are_padded_and_cut_as_a_plain_reference_has_it(
    training, texts, ids, padding, truncating, max_length, room, has_oov
):
    settings = {"ids": ids, "padding": padding, "truncating": truncating}
    encoder = TextEncoder.fit(training, "keras", room + 4, max_length, **settings)
    if has_oov and ids == "tokenizer":
        encoder = replace(encoder, oov_token="oov", words=["oov", *encoder.words])
    for text, row in zip(texts, encoder.encode(texts).tolist(), strict=True):
        expected = expected_ids(encoder, text.split())
        kept = expected[-max_length:] if truncating == "pre" else expected[:max_length]
        zeros = [PADDING] * (max_length - len(kept))
        assert row == (zeros + kept if padding == "pre" else kept + zeros)
        start_is_cut = ids == "imdb" and truncating == "pre"
        assert encoder.words_unread(text.split()) == max(0, len(expected) - start_is_cut - max_length)


@given(st.lists(st.text()), IDS)
def test_state_of_any_words_survives_json(texts, ids):
    encoder = TextEncoder.fit(texts, "keras", 50, 5, ids=ids)
    again = TextEncoder(**json.loads(json.dumps(encoder.state_dict())))
    assert again == encoder
    assert np.array_equal(again.encode(texts), encoder.encode(texts))
