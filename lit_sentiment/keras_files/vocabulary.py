"""The vocabulary of a Keras `TextVectorization` as a file, to and from our list of words."""

import json
from collections.abc import Sequence
from pathlib import Path

from lit_sentiment.errors import InputError, reason
from lit_sentiment.files import replace_text

_OPTION = "vocabulary"
_RESERVED = ["", "[UNK]"]
"""What `get_vocabulary()` begins with: the token ids of padding and of unknown words."""


def read_vocabulary(path: Path) -> list[str]:
    """Return the words of `layer.get_vocabulary()`, with or without its special tokens.

    Args:
        path: A JSON array, or UTF-8 text with a word on each line.

    Raises:
        InputError: The file cannot be read, is something else, or has a word twice.
    """
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"`{_OPTION}`: expected words as UTF-8 at {path}, found {reason(fault)}") from None
    try:
        words = json.loads(text) if text.startswith("[") and not text.startswith("[UNK]") else None
    except (RecursionError, ValueError) as fault:
        raise InputError(f"`{_OPTION}`: expected a JSON array of words in {path}, found {reason(fault)}") from None
    if words is None:
        words = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    if not all(isinstance(word, str) for word in words):
        raise InputError(f"`{_OPTION}`: expected a JSON array of words in {path}, found something else in it")
    words = words[2:] if words[:2] == _RESERVED else words
    seen: set[str] = set()
    for word in words:
        if word in seen:
            raise InputError(f"`{_OPTION}`: expected each word once in {path}, found {word!r:.60} again")
        seen.add(word)
    return list(words)


def write_vocabulary(words: Sequence[str], path: Path) -> None:
    """Write the words as `layer.get_vocabulary()` gives them and `set_vocabulary` takes them, as a JSON array."""
    replace_text(path, json.dumps([*_RESERVED, *words], ensure_ascii=False) + "\n")
