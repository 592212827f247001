"""Keras's word index, a JSON object from each word to its rank, to and from our list of words."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_text


def read_word_index(path: Path, count: int) -> list[str]:
    """Return the first `count` words, by rank.

    Keras equivalence: `keras.datasets.imdb.get_word_index()` and `Tokenizer.word_index`; ranks are counted from 1.

    Raises:
        InputError: The file is missing or no such object, or a rank is missing or given twice.
    """
    return words_of_index(read_json("word_index", path), "word_index", path)[: max(count, 0)]


def write_word_index(words: Sequence[str], path: Path) -> None:
    """Write the words, the most frequent first, as Keras's word index."""
    replace_text(path, json.dumps(word_index_of(words), ensure_ascii=False) + "\n")


def word_index_of(words: Sequence[str]) -> dict[str, int]:
    """Return the rank of each word, counted from 1."""
    return {word: rank for rank, word in enumerate(words, start=1)}


def words_of_index(word_index: Any, option: str, path: Path) -> list[str]:
    """Return the words of a word index, by rank.

    Raises:
        InputError: It is no object of words and ranks, or a rank is missing or given twice.
    """
    if not isinstance(word_index, dict):
        raise InputError(f"`{option}`: expected an object of words and ranks in {path}, found other JSON")
    ranks = list(word_index.values())
    if any(type(rank) is not int for rank in ranks) or sorted(ranks) != list(range(1, len(ranks) + 1)):
        raise InputError(f"`{option}`: expected the ranks 1 to {len(ranks)} in {path}, each once, found others")
    return sorted(word_index, key=word_index.__getitem__)


def read_json(option: str, path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        InputError: The file is missing, or is no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except (OSError, RecursionError, ValueError) as fault:
        raise InputError(f"`{option}`: expected a JSON file at {path}, found none ({fault})") from None
