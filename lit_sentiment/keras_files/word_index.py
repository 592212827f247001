"""Keras's word index, a JSON object from each word to its rank, to and from our list of words."""

import json
from collections.abc import Sequence
from pathlib import Path

from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_text
from lit_sentiment.text.text_encoder import INDEX_FROM


def read_word_index(path: Path, vocab_size: int) -> list[str]:
    """Return the words that have a token id below `vocab_size`, the most frequent first.

    Keras equivalence: `keras.datasets.imdb.get_word_index()` with `load_data(num_words=vocab_size)`: ranks are counted
    from 1, and a word's token id is its rank + 3.

    Raises:
        InputError: The file is missing or no such object, or a rank is missing or given twice.
    """
    try:
        word_index = json.loads(path.read_bytes())
    except (OSError, RecursionError, ValueError) as fault:
        raise InputError(f"`word_index`: expected a JSON file at {path}, found none ({fault})") from None
    if not isinstance(word_index, dict):
        raise InputError(f"`word_index`: expected an object of words and ranks in {path}, found other JSON")
    ranks = list(word_index.values())
    if any(type(rank) is not int for rank in ranks) or sorted(ranks) != list(range(1, len(ranks) + 1)):
        raise InputError(f"`word_index`: expected the ranks 1 to {len(ranks)} in {path}, each once, found others")
    return sorted(word_index, key=word_index.__getitem__)[: max(vocab_size - INDEX_FROM - 1, 0)]


def write_word_index(words: Sequence[str], path: Path) -> None:
    """Write the words, the most frequent first, as Keras's word index."""
    replace_text(path, json.dumps({word: rank for rank, word in enumerate(words, start=1)}, ensure_ascii=False) + "\n")
