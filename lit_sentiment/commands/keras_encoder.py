"""How the texts of a Keras model became token ids: put together from options, and told in words."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.tokenizer_json import read_tokenizer, require_words_of_texts
from lit_sentiment.keras_files.vocabulary import read_vocabulary
from lit_sentiment.keras_files.word_index import read_word_index, word_index_of
from lit_sentiment.text.text_encoder import INDEX_FROM, OUT_OF_VOCABULARY, START, UNKNOWN, TextEncoder
from lit_sentiment.text.words import KERAS_FILTERS

_PADDED = {"max_length": "N", "padding": "pre|post", "truncating": "pre|post"}
_NEEDED: dict[str, dict[str, str]] = {
    "encoder_from": {},
    "tokenizer_json": _PADDED,
    "vocabulary": _PADDED,
    "word_index": {"ids": "imdb|tokenizer", **_PADDED, "tokenizer": "basic_english|keras"},
}
_NEEDED_FOR_IDS: dict[str, dict[str, str]] = {"tokenizer": {"num_words": "N", "oov_token": "WORD|''"}}
"""The settings that each source of words leaves open, all of which are asked for: a guess may be silent nonsense."""


def encoder_of_keras(sources: Mapping[str, Path | None], settings: Mapping[str, Any], vocab_size: int) -> TextEncoder:
    """Return the encoder of a model that Keras trained.

    Args:
        sources: By option, of which one is given: `encoder_from`, `tokenizer_json`, `vocabulary`, `word_index`.
        settings: By option; None for what is not given.
        vocab_size: Of the model.

    Raises:
        InputError: An option is missing or too many, a file cannot be read, or there are more token ids than the model
            has.
    """
    given = {option: path for option, path in sources.items() if path is not None}
    if len(given) != 1:
        raise InputError(
            "expected how texts became token ids, which Keras does not save, from one of --encoder_from CHECKPOINT, "
            "--tokenizer_json FILE, --vocabulary FILE or --word_index FILE, found "
            f"{' and '.join(f'--{one}' for one in given) or 'none'}"
        )
    ((source, path),) = given.items()
    _require_settings(source, settings)
    encoder = _encoder(source, path, settings, vocab_size)
    token_ids = encoder.first_word + len(encoder.words)
    if token_ids > vocab_size:
        raise InputError(
            f"--{source}: expected a vocabulary of at most the model's {vocab_size} token ids, found {token_ids}"
        )
    return encoder


def encoding_in_words(encoder: TextEncoder) -> str:
    """Return what an encoder does, with the options of `import-keras` for it."""
    source = "vocabulary" if encoder.ids == "text_vectorization" else "word_index"
    options = [f"--{name} {getattr(encoder, name)}" for name in _NEEDED[source]]
    if encoder.ids == "imdb":
        rule = f"{START} starts a review, the word of rank r is r + {INDEX_FROM}, other words are {OUT_OF_VOCABULARY}"
    elif encoder.ids == "text_vectorization":
        rule = f"the word of rank r is r + {UNKNOWN}, other words are {UNKNOWN}, as of a TextVectorization"
    else:
        options += [f"--num_words {len(encoder.words) + 1}", f"--oov_token {shlex.quote(encoder.oov_token or '')}"]
        unknown = "left out" if encoder.oov_token is None else word_index_of(encoder.words)[encoder.oov_token]
        rule = f"the word of rank r is r, other words are {unknown}"
        if (encoder.filters, encoder.lower, encoder.split) != (KERAS_FILTERS, True, " "):
            own = f"filters {encoder.filters!r}, lower {encoder.lower}, split {encoder.split!r}"
            rule += f"; {own}, which --tokenizer_json FILE keeps alone"
    ends = {"pre": "front", "post": "back"}
    return (
        f"It reads token ids int (B, {encoder.max_length}), padded at the {ends[encoder.padding]} and cut at the "
        f"{ends[encoder.truncating]}: {rule} ({' '.join(options)})"
    )


def _require_settings(source: str, settings: Mapping[str, Any]) -> None:
    needed = _NEEDED[source] | (_NEEDED_FOR_IDS.get(settings["ids"], {}) if source == "word_index" else {})
    missing = [f"--{name} {values}" for name, values in needed.items() if settings[name] is None]
    if missing:
        raise InputError(
            f"--{source}: expected with it {' '.join(missing)}, as the model was trained, which Keras does not save; "
            "found none given (import-keras --help explains them)"
        )
    for name, value in settings.items():
        if value is not None and name not in needed:
            ids = f" --ids {settings['ids']}" if source == "word_index" else ""
            raise InputError(f"--{name}: expected none with --{source}{ids}, found {value!r}; leave it out")


def _encoder(source: str, path: Path, settings: Mapping[str, Any], vocab_size: int) -> TextEncoder:
    if source == "encoder_from":
        from lit_sentiment.models.trained_model import TrainedModel

        return TrainedModel.open(path).encoder
    padded = {name: settings[name] for name in _PADDED}
    padded["max_length"] = int(padded["max_length"])  # of a PositiveInt, which a checkpoint cannot hold
    if source == "tokenizer_json":
        return read_tokenizer(path, **padded)
    if source == "vocabulary":
        encoder = TextEncoder("keras", read_vocabulary(path), ids="text_vectorization", **padded)
        require_words_of_texts(encoder, source, path)
        return encoder
    ids, tokenizer = settings["ids"], settings["tokenizer"]
    if ids == "text_vectorization":
        raise InputError(
            "--ids: expected imdb or tokenizer with --word_index, found text_vectorization; its words are "
            "those of get_vocabulary(), which --vocabulary FILE takes"
        )
    if ids == "imdb":
        return TextEncoder(tokenizer, read_word_index(path, vocab_size - INDEX_FROM - 1), ids=ids, **padded)
    oov_token = settings["oov_token"] or None
    words = read_word_index(path, settings["num_words"] - 1, oov_token)
    encoder = TextEncoder(tokenizer, words, ids=ids, oov_token=oov_token, **padded)
    require_words_of_texts(encoder, source, path)
    return encoder
