"""From a text to its words, and from many texts to a vocabulary: the only file that imports torchtext."""

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from itertools import chain
from typing import Literal, get_args

from lit_sentiment.errors import InputError

TokenizerName = Literal["basic_english", "keras"]
Tokenizer = Callable[[str], list[str]]

_HTML_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
KERAS_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
"""What Keras's `Tokenizer` takes for blanks by default."""


def get_tokenizer(name: TokenizerName) -> Tokenizer:
    """Return the tokenizer of that name; HTML line breaks count as spaces for both.

    Args:
        name: `basic_english` gives the words of torchtext's tokenizer of that name, the same list for every text
            (`torchtext/data/utils.py`, torchtext 0.6): lower case, punctuation marks are words of their own. `keras`
            follows `text_to_word_sequence` (`keras/src/legacy/preprocessing/text.py`, Keras 3.15): lower case,
            punctuation but the apostrophe becomes a blank, words are what lies between blanks.

    Raises:
        InputError: No tokenizer has that name.
    """
    tokenizers = {"basic_english": _basic_english_words, "keras": _keras_words}
    if name not in tokenizers:
        raise InputError(f"`tokenizer`: expected {' or '.join(get_args(TokenizerName))}, found {name!r}")
    split_words = tokenizers[name]
    return lambda text: split_words(_HTML_BREAK.sub(" ", text) if "<" in text else text)


def most_frequent_words(token_lists: Iterable[list[str]], count: int) -> list[str]:
    """Return the `count` most frequent words, the most frequent first; equally frequent ones in alphabetical order."""
    from torchtext.vocab import Vocab

    return list(Vocab(Counter(chain.from_iterable(token_lists)), max_size=count, specials=[]).itos)


def words_by_rank(token_lists: Iterable[list[str]], count: int) -> list[str]:
    """Return the `count` most frequent words, the most frequent first; equally frequent ones as they first appear.

    Keras equivalence: the order of `Tokenizer.fit_on_texts` (`keras/src/legacy/preprocessing/text.py`, Keras 3.15).
    """
    return [word for word, _ in Counter(chain.from_iterable(token_lists)).most_common(count)]


def vocabulary_of(token_lists: Iterable[list[str]], count: int) -> list[str]:
    """Return the `count` most frequent words, the most frequent first; equally frequent ones from z to a, by UTF-8.

    Keras equivalence: `TextVectorization.adapt` (`keras/src/layers/preprocessing/index_lookup.py`, Keras 3.15).
    """
    frequencies = Counter(word for tokens in token_lists for word in tokens)
    ranked = sorted(frequencies, key=lambda word: (frequencies[word], _utf8(word)), reverse=True)
    return ranked[:count]


def standardized_words(text: str) -> list[str]:
    """Return the words of a text as Keras's TextVectorization cuts it by default.

    Keras equivalence: `standardize="lower_and_strip_punctuation"` and `split="whitespace"`
    (`keras/src/layers/preprocessing/text_vectorization.py`, Keras 3.15, on TensorFlow). Only A to Z are put in lower
    case, punctuation leaves no blank behind, and only the blanks of ASCII separate words.
    """
    words = _utf8(text).lower().translate(None, string.punctuation.encode()).split()
    return [word.decode("utf-8", "surrogatepass") for word in words]


def text_to_word_sequence(text: str, filters: str = KERAS_FILTERS, lower: bool = True, split: str = " ") -> list[str]:
    """Return the words of a text as Keras's function of that name does (same file), for every text and setting.

    Args:
        text: Any text; other blanks than `split` are letters, unless `filters` has them.
        filters: Characters that become `split`.
        lower: Whether the text is put in lower case first.
        split: What lies between words.
    """
    text = text.lower() if lower else text
    return [word for word in text.translate(_blanks(filters, split)).split(split) if word]


@cache
def _blanks(filters: str, split: str) -> dict[int, str]:
    return {ord(letter): split for letter in filters}


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _keras_words(text: str) -> list[str]:
    return text.lower().translate(_blanks(KERAS_FILTERS, " ")).split()


def _basic_english_words(text: str) -> list[str]:
    """torchtext replaces by patterns, at five times the cost; the break comes after the quote and before the marks."""
    text = text.lower().replace('"', "").replace("<br />", " ")
    for mark in "'.,()!?":
        text = text.replace(mark, f" {mark} ")
    return text.replace(";", " ").replace(":", " ").split()
