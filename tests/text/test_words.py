import random
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lit_sentiment
from lit_sentiment.errors import InputError
from lit_sentiment.text.words import (
    get_tokenizer,
    most_frequent_words,
    standardized_words,
    text_to_word_sequence,
    vocabulary_of,
    words_by_rank,
)

PACKAGE = Path(lit_sentiment.__file__).parent


def test_basic_english_makes_punctuation_words_of_their_own():
    split_words = get_tokenizer("basic_english")
    assert split_words("Great, isn't it? (NO!)") == ["great", ",", "isn", "'", "t", "it", "?", "(", "no", "!", ")"]


ALL_CHARACTERS = "".join(f"a{chr(code)}B" for code in range(sys.maxunicode + 1))
TANGLED = [*"\"'.,;:! \n\x1ca\u03a3\u0130", "<br />", "<br", "/>", "<br;/>", '<b"r />']


def tangled_texts(count):
    dice = random.Random(3)
    return ["".join(dice.choices(TANGLED, k=8)) for _ in range(count)]


def test_basic_english_gives_the_words_of_torchtext():
    from torchtext.data.utils import get_tokenizer as torchtext_tokenizer

    ours, theirs = get_tokenizer("basic_english"), torchtext_tokenizer("basic_english")
    for text in [ALL_CHARACTERS, *tangled_texts(20_000)]:
        assert ours(text) == theirs(re.sub(r"<br\s*/?>", " ", text, flags=re.IGNORECASE))


def test_basic_english_with_blanks_made_first_gives_other_words():
    split_words = get_tokenizer("basic_english")
    assert any(split_words(text) != split_words(text.replace(";", " ")) for text in tangled_texts(1_000))


def test_keras_drops_punctuation_but_the_apostrophe():
    split_words = get_tokenizer("keras")
    assert split_words("Great, isn't it?\t(NO!)\nso-so_x") == ["great", "isn't", "it", "no", "so", "so", "x"]


@pytest.mark.keras
def test_keras_words_are_those_of_text_to_word_sequence():
    from keras.src.legacy.preprocessing.text import text_to_word_sequence

    texts = ["Great, isn't it?\t(NO!)\nso-so_x", "".join(map(chr, range(1, 0x250))), " a  b\u00a0c ", ""]
    split_words = get_tokenizer("keras")
    for text in texts:
        # Keras leaves "\r" and a few blanks of Unicode inside words; our splitting takes every blank.
        theirs = [part for word in text_to_word_sequence(text) for part in word.split()]
        assert split_words(text) == theirs


@pytest.mark.parametrize("name", ["basic_english", "keras"])
@pytest.mark.parametrize("line_break", ["<br />", "<br/>", "<br>", "<BR />", "<br   />"])
def test_html_breaks_are_spaces(name, line_break):
    split_words = get_tokenizer(name)  # type: ignore[arg-type]
    assert split_words(f"dull{line_break}{line_break}film") == ["dull", "film"]


@pytest.mark.parametrize("name", ["basic_english", "keras"])
def test_other_tags_are_not_spaces(name):
    assert get_tokenizer(name)("dull<bread>film") != ["dull", "film"]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["basic_english", "keras"])
@pytest.mark.parametrize("text", ["", "   ", "\n\t", "<br />"])
def test_empty_text_has_no_words(name, text):
    assert get_tokenizer(name)(text) == []  # type: ignore[arg-type]


def test_unknown_tokenizer_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"`tokenizer`: expected basic_english or keras, found 'spacy'"):
        get_tokenizer("spacy")  # type: ignore[arg-type]


def test_words_come_by_frequency_and_then_by_alphabet():
    texts = [["b", "c", "a"], ["c", "d", "b"], ["c"]]
    assert most_frequent_words(texts, 9) == ["c", "b", "a", "d"]
    assert most_frequent_words(texts[::-1], 3) == ["c", "b", "a"]


def test_words_that_torchtext_reserves_count_like_all_others():
    texts = [["<pad>", "<unk>", "<pad>", "film", "film", "film"]]
    assert most_frequent_words(texts, 3) == ["film", "<pad>", "<unk>"]


def test_words_rank_as_a_plain_count_ranks_them():
    texts = [list("the quick brown fox jumps over the lazy dog"), list("pack my box with five dozen liquor jugs")]
    counts = Counter(letter for text in texts for letter in text)
    by_hand = sorted(counts, key=lambda word: (-counts[word], word))
    assert most_frequent_words(texts, len(by_hand)) == by_hand


def test_torchtext_is_imported_in_one_file_only():
    imports = re.compile(r"^\s*(from|import) torchtext\b", re.MULTILINE)
    assert [path.name for path in PACKAGE.rglob("*.py") if imports.search(path.read_text())] == ["words.py"]


SPLIT = {
    "basic_english": get_tokenizer("basic_english"),
    "keras": get_tokenizer("keras"),
    "text_to_word_sequence": text_to_word_sequence,
    "standardized_words": standardized_words,
}


@pytest.mark.parametrize("name", SPLIT)
@given(st.text())
def test_words_of_the_words_are_the_words(name, text):
    # torchtext takes quotes away behind the line breaks, so that it makes a new one of <b"r>.
    words = SPLIT[name](text.replace("<", ""))
    assert SPLIT[name](" ".join(words)) == words


@given(st.lists(st.lists(st.sampled_from(["a", "b", "\xe9", "\uffff", "\U00010000", "ab", "."]))), st.integers(1, 9))
def test_vocabularies_are_in_their_orders(texts, count):
    frequencies = Counter(word for words in texts for word in words)
    first_seen = list(frequencies)
    orders = {
        most_frequent_words: lambda word: (-frequencies[word], word),
        words_by_rank: lambda word: (-frequencies[word], first_seen.index(word)),
        vocabulary_of: lambda word: (-frequencies[word], [*(-byte for byte in word.encode()), 1]),
    }
    for words_of, order in orders.items():
        assert words_of(texts, count) == sorted(frequencies, key=order)[:count]
