"""From texts to the arrays of token ids that the models read, by one of Keras's three conventions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, partial
from itertools import repeat
from typing import Any, Literal, get_args

import numpy as np

from lit_sentiment.errors import InputError, require_positive
from lit_sentiment.text.words import (
    KERAS_FILTERS,
    Tokenizer,
    TokenizerName,
    get_tokenizer,
    most_frequent_words,
    standardized_words,
    text_to_word_sequence,
    vocabulary_of,
    words_by_rank,
)

Ids = Literal["imdb", "tokenizer", "text_vectorization"]
Side = Literal["pre", "post"]

_MOST_FREQUENT = {
    "imdb": most_frequent_words,
    "tokenizer": words_by_rank,
    "text_vectorization": vocabulary_of,
}

PADDING, START, OUT_OF_VOCABULARY = 0, 1, 2
INDEX_FROM = 3
"""Keras's `index_from`: the word of rank r (1 is the most frequent) has the index r + 3, so index 3 is never used."""
UNKNOWN = 1
"""What a TextVectorization gives for words that it does not know; the word of rank r is r + 1."""
LARGEST_LENGTH = 100_000
"""Of a review in tokens: an LSTM over more steps needs more memory than there is."""
LARGEST_TOKEN_IDS = 1 << 30
"""Of an array, 4 GiB."""


@dataclass(frozen=True)
class TextEncoder:
    """Turns texts into token ids as Keras does, and pads and cuts them as `pad_sequences` does.

    Keras equivalence, the same array for the same words and ranks (Keras 3.15):

    - `ids` imdb: `keras.datasets.imdb.load_data(num_words=vocab_size)`. A review is its start mark (1) and its words
      (rank + 3; 2 for every word without a rank). Cut at the front, a long review loses its start mark, too.
    - `ids` tokenizer: `Tokenizer.texts_to_sequences` of `keras/src/legacy/preprocessing/text.py`. A word is its rank;
      one without a rank is that of `oov_token`, or is left out where there is none. There is no start mark.
    - `ids` text_vectorization: `keras.layers.TextVectorization` with its own `standardize` and `split`. A word is its
      rank + 1; one without a rank is 1. The layer itself pads and cuts at the back (`padding` and `truncating` post).
    """

    tokenizer: TokenizerName
    """How a text is cut into words: see `get_tokenizer`, but where `ids` are not imdb it is as those have it."""
    words: list[str] = field(repr=False)
    """By rank: most frequent first, but behind `oov_token` where there is one. Of a word that is there twice the second
    rank counts, as in Keras, whose Tokenizer has its `oov_token` twice if it is a word of the texts too."""
    max_length: int
    """T, in tokens."""
    ids: Ids = "imdb"
    padding: Side = "pre"
    """The end at which short reviews are padded."""
    truncating: Side = "pre"
    """The end at which long reviews are cut."""
    oov_token: str | None = None
    filters: str = KERAS_FILTERS
    lower: bool = True
    split: str = " "
    """`Tokenizer`'s settings, for its token ids alone."""

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            InputError: The length is not from 1 to `LARGEST_LENGTH`, or a setting is none of its values or does not go
                with the others.
        """
        require_positive("max_length", self.max_length, LARGEST_LENGTH)
        for name, kind in {"ids": Ids, "padding": Side, "truncating": Side}.items():
            if getattr(self, name) not in get_args(kind):
                raise InputError(f"`{name}`: expected {' or '.join(get_args(kind))}, found {getattr(self, name)!r}")
        if self.ids != "imdb" and self.tokenizer != "keras":
            raise InputError(f"`tokenizer`: expected keras, which goes with `ids` {self.ids}, found {self.tokenizer}")
        unused = self.state_dict().keys() & {"oov_token", "filters", "lower", "split"}
        if self.ids != "tokenizer" and unused:
            raise InputError(f"`ids`: expected tokenizer, which goes with `{min(unused)}`, found {self.ids}")
        if self.oov_token not in (None, *self.words[:1]):
            raise InputError(f"`oov_token`: expected {self.oov_token!r} to have rank 1, found {self.words[:1]}")

    @classmethod
    def fit(
        cls, texts: Iterable[str], tokenizer: TokenizerName, vocab_size: int, max_length: int, **settings: Any
    ) -> "TextEncoder":
        """Make the encoder whose vocabulary is the most frequent words of `texts`.

        Args:
            texts: The training split, and nothing else.
            tokenizer: See `get_tokenizer`.
            vocab_size: How many indices there are, reserved ones included: Keras's `num_words`.
            max_length: T, in tokens.
            settings: Of the encoder.

        Raises:
            InputError: `vocab_size` leaves no room for a word.
        """
        empty = cls(tokenizer, [], max_length, **settings)
        room = vocab_size - empty.first_word
        if room < 1:
            raise InputError(
                f"`vocab_size`: expected {empty.first_word + 1} or more (reserved indices included), found {vocab_size}"
            )
        most_frequent = _MOST_FREQUENT[empty.ids]
        return cls(tokenizer, most_frequent(map(empty.split_words, texts), room), max_length, **settings)

    @property
    def first_word(self) -> int:
        """The token id of `words[0]`; those of the others follow."""
        return {"imdb": INDEX_FROM + 1, "tokenizer": 1, "text_vectorization": UNKNOWN + 1}[self.ids]

    @property
    def split_words(self) -> Tokenizer:
        """What cuts a text into words."""
        if self.ids == "tokenizer":
            return partial(text_to_word_sequence, filters=self.filters, lower=self.lower, split=self.split)
        return standardized_words if self.ids == "text_vectorization" else get_tokenizer(self.tokenizer)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return token ids, int32 (N, T), one row per text.

        An empty text is padding, with a start mark where there is one.

        Raises:
            InputError: The array would be larger than `LARGEST_TOKEN_IDS`.
        """
        return self.encode_words(map(self.split_words, texts), len(texts))

    def encode_words(self, word_lists: Iterable[list[str]], count: int) -> np.ndarray:
        """Return what `encode` does, int32 (N, T), for texts that are cut into words; `count` is N.

        Raises:
            InputError: As `encode`.
        """
        if count * self.max_length > LARGEST_TOKEN_IDS:
            raise InputError(
                f"`max_length`: expected at most {LARGEST_TOKEN_IDS // count} for {count} texts, found "
                f"{self.max_length}; shorten it, or give fewer texts"
            )
        start = [START] if self.ids == "imdb" else []
        token_ids = np.full((count, self.max_length), PADDING, dtype=np.int32)
        for row, words in zip(token_ids, word_lists, strict=True):
            ids = [*start, *filter(None, self.word_ids(words))]  # no word has the id of padding
            ids = ids[-self.max_length :] if self.truncating == "pre" else ids[: self.max_length]
            first = self.max_length - len(ids) if self.padding == "pre" else 0
            row[first : first + len(ids)] = ids
        return token_ids

    def word_ids(self, words: Iterable[str]) -> list[int]:
        """Return the token id of each word: `unknown_id` for one without a rank."""
        return list(map(self._index_of.get, words, repeat(self.unknown_id)))

    def words_unread(self, words: Iterable[str]) -> int:
        """Return how many of the words of a text are cut off."""
        start_is_read = self.ids == "imdb" and self.truncating == "post"
        return max(0, sum(map(bool, self.word_ids(words))) + start_is_read - self.max_length)

    @cached_property
    def unknown_id(self) -> int:
        """The token id of words without a rank: that of padding where they are left out."""
        of_tokenizer = self._index_of.get(self.oov_token or "", PADDING)
        return {"imdb": OUT_OF_VOCABULARY, "tokenizer": of_tokenizer}.get(self.ids, UNKNOWN)

    @cached_property
    def _index_of(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.words, start=self.first_word)}

    def state_dict(self) -> dict[str, Any]:
        """Return plain values, from which `TextEncoder(**state)` is the same encoder; a default is left out.

        So the state of `ids` imdb is what it was before there were others.
        """
        changed = {one.name: value for one in fields(self) if (value := getattr(self, one.name)) != one.default}
        return {**changed, "words": list(self.words)}
