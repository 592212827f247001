"""A Keras `Tokenizer` as the file of its `to_json()`, to and from our encoder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_text
from lit_sentiment.keras_files.word_index import read_json, word_index_of, words_of_index
from lit_sentiment.text.text_encoder import Side, TextEncoder

_OPTION = "tokenizer_json"
_COUNTS = ("word_counts", "word_docs", "index_docs")
"""What a Tokenizer has counted and needs for other things than token ids; no checkpoint keeps it."""

_SETTINGS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "num_words": ("null or a number", lambda value: value is None or (type(value) is int and value >= 0)),
    "filters": ("a text", lambda value: isinstance(value, str)),
    "lower": ("true or false", lambda value: isinstance(value, bool)),
    "split": ("a text", lambda value: isinstance(value, str) and value != ""),
    "char_level": ("false, as letters are no words", lambda value: value is False),
    "oov_token": ("null or a text", lambda value: value is None or isinstance(value, str)),
}
"""What each has to be, in words and as a check."""


def read_tokenizer(path: Path, max_length: int, padding: Side, truncating: Side) -> TextEncoder:
    """Return the encoder that gives the token ids of `texts_to_sequences` and `pad_sequences`.

    Keras equivalence: `tokenizer_from_json` (`keras/src/legacy/preprocessing/text.py`, Keras 3.15), the same arrays.
    The file may also hold that JSON as a JSON string, as `json.dump(tokenizer.to_json(), file)` writes it.

    Raises:
        InputError: The file is missing or no such JSON, a setting is unknown here, or no text has one of its words.
    """
    config = _config(path)
    count = config["num_words"] - 1 if config["num_words"] else None  # Keras takes 0 for no limit, too
    words = words_of_index(config["word_index"], _OPTION, path, count, config["oov_token"])
    settings = {name: config[name] for name in ("oov_token", "filters", "lower", "split")}
    if config["oov_token"] not in (None, *words[:1]):
        raise InputError(f"`{_OPTION}`: expected oov_token to have rank 1 in {path}, found {config['oov_token']!r:.60}")
    encoder = TextEncoder("keras", words, max_length, "tokenizer", padding, truncating, **settings)
    require_words_of_texts(encoder, _OPTION, path)
    return encoder


def write_tokenizer(encoder: TextEncoder, path: Path) -> None:
    """Write what `tokenizer_from_json` reads, a Tokenizer of the same token ids; its counts of words are empty."""
    word_index = word_index_of(encoder.words)
    config = {
        "num_words": None,
        "filters": encoder.filters,
        "lower": encoder.lower,
        "split": encoder.split,
        "char_level": False,
        "oov_token": encoder.oov_token,
        "document_count": 0,
        **dict.fromkeys(_COUNTS, "{}"),
        "index_word": json.dumps({rank: word for word, rank in word_index.items()}),
        "word_index": json.dumps(word_index),
    }
    replace_text(path, json.dumps({"class_name": "Tokenizer", "config": config}) + "\n")


def require_words_of_texts(encoder: TextEncoder, option: str, path: Path) -> None:
    """Check that texts can have the words: the sign of other settings than those that Keras had.

    Raises:
        InputError: There is no word, or cutting a word into words does not give that word.
    """
    kind, reason = "Tokenizer", "it stands for unknown words (oov_token), or filters, lower or split were others"
    if encoder.ids == "text_vectorization":
        kind, reason = "TextVectorization", "standardize or split were others"
    words = [word for word in encoder.words if word != encoder.oov_token]
    if not words:
        raise InputError(f"`{option}`: expected the words of a fitted {kind} in {path}, found none with a token id")
    split_words = encoder.split_words
    strange = [word for word in words if split_words(word) != [word]]
    if strange:
        raise InputError(
            f"`{option}`: expected words as the {kind}'s settings cut them in {path}, found {strange[0]!r:.60}, which "
            f"no text can have: {reason}"
        )


def _config(path: Path) -> dict[str, Any]:
    """Return the settings and `word_index` of a Tokenizer; the settings are of their types."""
    stored = read_json(_OPTION, path)
    try:
        config = (json.loads(stored) if isinstance(stored, str) else stored)["config"]
        found = {name: config[name] for name in _SETTINGS}
        word_index = json.loads(config["word_index"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise InputError(f"`{_OPTION}`: expected what tokenizer.to_json() gives in {path}, found other JSON") from None
    for name, value in found.items():
        expected, fits = _SETTINGS[name]
        if not fits(value):
            raise InputError(f"`{_OPTION}`: expected {name} to be {expected} in {path}, found {value!r:.60}")
    return {**found, "word_index": word_index}
