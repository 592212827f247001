"""From texts to the arrays of token ids that the models read, in Keras's index convention."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from lit_sentiment.errors import InputError, require_positive
from lit_sentiment.text.words import TokenizerName, get_tokenizer, most_frequent_words

PADDING, START, OUT_OF_VOCABULARY = 0, 1, 2
INDEX_FROM = 3
"""Keras's `index_from`: the word of rank r (1 is the most frequent) has the index r + 3, so index 3 is never used."""
LARGEST_LENGTH = 100_000
"""Of a review in tokens: an LSTM over more steps needs more memory than there is."""
LARGEST_TOKEN_IDS = 1 << 30
"""Of an array, 4 GiB."""


@dataclass(frozen=True)
class TextEncoder:
    """Turns texts into token ids as `keras.datasets.imdb` and `pad_sequences` do.

    A review is its start mark and its words; padding and cutting both happen at the front, so a long review loses its
    start mark and its first words. Keras equivalence: `imdb.load_data(num_words=vocab_size)` followed by
    `pad_sequences(maxlen=max_length)`, the same array for the same words and ranks.
    """

    tokenizer: TokenizerName
    words: list[str] = field(repr=False)
    """Most frequent first."""
    max_length: int
    """T, in tokens."""

    def __post_init__(self) -> None:
        """Check the length.

        Raises:
            InputError: It is not from 1 to `LARGEST_LENGTH`.
        """
        require_positive("max_length", self.max_length, LARGEST_LENGTH)

    @classmethod
    def fit(cls, texts: Iterable[str], tokenizer: TokenizerName, vocab_size: int, max_length: int) -> "TextEncoder":
        """Make the encoder whose vocabulary is the most frequent words of `texts`.

        Args:
            texts: The training split, and nothing else.
            tokenizer: See `get_tokenizer`.
            vocab_size: How many indices there are, reserved ones included.
            max_length: T, in tokens.

        Raises:
            InputError: `vocab_size` leaves no room for a word.
        """
        smallest = INDEX_FROM + 2
        if vocab_size < smallest:
            raise InputError(
                f"`vocab_size`: expected {smallest} or more (reserved indices included), found {vocab_size}"
            )
        split_words = get_tokenizer(tokenizer)
        words = most_frequent_words(map(split_words, texts), vocab_size - INDEX_FROM - 1)
        return cls(tokenizer, words, max_length)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return token ids, int32 (N, T), one row per text; an empty text is padding and the start mark.

        Raises:
            InputError: The array would be larger than `LARGEST_TOKEN_IDS`.
        """
        if len(texts) * self.max_length > LARGEST_TOKEN_IDS:
            raise InputError(
                f"`max_length`: expected at most {LARGEST_TOKEN_IDS // len(texts)} for {len(texts)} texts, found "
                f"{self.max_length}; shorten it, or give fewer texts"
            )
        split_words = get_tokenizer(self.tokenizer)
        index_of = {word: rank + INDEX_FROM for rank, word in enumerate(self.words, start=1)}
        token_ids = np.full((len(texts), self.max_length), PADDING, dtype=np.int32)
        for row, text in zip(token_ids, texts, strict=True):
            ids = [START, *(index_of.get(word, OUT_OF_VOCABULARY) for word in split_words(text))][-self.max_length :]
            row[-len(ids) :] = ids
        return token_ids

    def state_dict(self) -> dict[str, Any]:
        """Return plain strings, lists and numbers, from which `TextEncoder(**state)` is the same encoder."""
        return asdict(self)
