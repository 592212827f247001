"""Keras's word index, a JSON object from each word to its rank, to and from our list of words."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lit_sentiment.errors import InputError, reason
from lit_sentiment.files import replace_text


def read_word_index(path: Path, count: int, oov_token: str | None = None) -> list[str]:
    """Return the first `count` words, by rank.

    Keras equivalence: `keras.datasets.imdb.get_word_index()` and `Tokenizer.word_index`; ranks are counted from 1.

    Raises:
        InputError: See `words_of_index`; or the file is missing.
    """
    return words_of_index(read_json("word_index", path), "word_index", path, count, oov_token)


def write_word_index(words: Sequence[str], path: Path) -> None:
    """Write the words, the most frequent first, as Keras's word index."""
    replace_text(path, json.dumps(word_index_of(words), ensure_ascii=False) + "\n")


def word_index_of(words: Sequence[str]) -> dict[str, int]:
    """Return the rank of each word, counted from 1."""
    return {word: rank for rank, word in enumerate(words, start=1)}


def words_of_index(
    word_index: Any, option: str, path: Path, count: int | None = None, oov_token: str | None = None
) -> list[str]:
    """Return the words of a word index, by rank.

    Keras's Tokenizer gives its `oov_token` the rank 1, and again the rank of a word, if its texts have it too. The
    second one counts, and no word has the rank 1. Then the token is returned in both places, as in Keras's own list.

    Args:
        word_index: Ranks by word.
        option: What the file was given as.
        path: The file that it comes from.
        count: How many words, the first ones; all by default.
        oov_token: Of the Tokenizer.

    Raises:
        InputError: It is no object of words and ranks, or a rank is missing or given twice, or the first words are
            without the `oov_token` that all others stand for.
    """
    if not isinstance(word_index, dict):
        raise InputError(f"`{option}`: expected an object of words and ranks in {path}, found other JSON")
    if oov_token is not None and oov_token in word_index and 1 not in word_index.values():
        words = [oov_token, *words_of_index({word: rank - 1 for word, rank in word_index.items()}, option, path)]
        if count is not None and word_index[oov_token] > count:
            raise InputError(
                f"`{option}`: expected the oov_token among the first {count} words in {path}, found that it has the "
                f"rank {word_index[oov_token]}, a token id that the model lacks"
            )
        return words[:count]
    ranks = list(word_index.values())
    if any(type(rank) is not int for rank in ranks) or sorted(ranks) != list(range(1, len(ranks) + 1)):
        raise InputError(f"`{option}`: expected the ranks 1 to {len(ranks)} in {path}, each once, found others")
    return sorted(word_index, key=word_index.__getitem__)[: None if count is None else max(count, 0)]


def read_json(option: str, path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        InputError: The file is missing, or is no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except (OSError, RecursionError, ValueError) as fault:
        raise InputError(f"`{option}`: expected a JSON file at {path}, found {reason(fault)}") from None
