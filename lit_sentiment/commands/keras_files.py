"""`import-keras` and `export-keras`: from a Keras model file to a checkpoint, and back."""

from pathlib import Path
from typing import Any, Literal

import torch
from jsonargparse.typing import PositiveInt

from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_file, require_new
from lit_sentiment.keras_files.keras_file import (
    holds_weights_alone,
    read_keras_file,
    require_keras_name,
    write_keras_file,
)
from lit_sentiment.keras_files.word_index import read_word_index, write_word_index
from lit_sentiment.keras_semantics.config_objects import in_short
from lit_sentiment.keras_semantics.layer import Layer
from lit_sentiment.keras_semantics.layer_stack import require_keras_layers
from lit_sentiment.models import LISTINGS
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.text.text_encoder import INDEX_FROM, OUT_OF_VOCABULARY, START, TextEncoder
from lit_sentiment.text.words import TokenizerName


def import_keras(
    keras_file: Path,
    *,
    output: Path,
    model: str | None = None,
    encoder_from: Path | None = None,
    word_index: Path | None = None,
    ids: Literal["imdb"] | None = None,
    max_length: PositiveInt | None = None,
    tokenizer: TokenizerName | None = None,
) -> TrainedModel:
    """Make a checkpoint of a model that Keras saved, if it is one of the three; TensorFlow is not needed.

    The vocabulary, which Keras does not save, comes from --encoder_from or from --word_index.

    Args:
        keras_file: A .keras, .weights.h5 or .h5 file.
        output: The checkpoint to write.
        model: Which of the models it is; needed for a file of weights alone, which does not tell.
        encoder_from: A checkpoint that has the same words.
        word_index: A JSON object of words and ranks, as keras.datasets.imdb.get_word_index() returns it.
        ids: With --word_index: which token ids the model was trained on. imdb: as keras.datasets.imdb gives them,
            0 for padding, 1 for the start of a review, 2 for other words, rank + 3 for the word of a rank.
        max_length: With --word_index: tokens that a review is cut to.
        tokenizer: With --word_index: how a text is cut into words.

    Returns:
        The model, as the checkpoint holds it.

    Raises:
        InputError: The file is not one of the models, or the vocabulary is missing or does not fit.
    """
    require_new("--output", output)
    if model not in (None, *LISTINGS):
        raise InputError(f"--model: expected one of {', '.join(LISTINGS)}, found {model!r}")
    imported = read_keras_file(keras_file, model)
    vocab_size = imported.hparams["vocab_size"]
    _require_one_vocabulary(encoder_from, word_index, {"ids": ids, "max_length": max_length, "tokenizer": tokenizer})
    if word_index is not None:
        assert max_length is not None
        assert tokenizer is not None
        encoder = TextEncoder(tokenizer, read_word_index(word_index, vocab_size), int(max_length))
    else:
        assert encoder_from is not None
        encoder = _encoder_of(encoder_from, vocab_size)
    checkpoint: dict[str, Any] = {
        "state_dict": imported.state_dict(),
        "hyper_parameters": dict(imported.hparams),
        "ReviewData": {"text_encoder": encoder.state_dict()},
    }
    imported.on_save_checkpoint(checkpoint)
    replace_file(output, lambda file: torch.save(checkpoint, file))
    print(f"{keras_file}: {_settings(imported)}")
    if holds_weights_alone(keras_file):
        print(
            "It holds weights alone. All that they do not tell is taken from the listing of "
            f"{type(imported).__name__}, as --model says: {_listing(imported)}"
        )
    print(f"Written to {output}, the --ckpt_path of predict, and with other --data of test and validate")
    return TrainedModel(imported.eval(), encoder, {})


def export_keras(*, ckpt_path: Path, output: Path, word_index: Path | None = None) -> None:
    """Write the model of a checkpoint as Keras would save it; TensorFlow is not needed.

    Args:
        ckpt_path: A checkpoint that fit or import-keras wrote.
        output: The .keras file to write, or .weights.h5 for the weights alone.
        word_index: JSON file to write the words and their ranks to.

    Raises:
        InputError: The checkpoint cannot be read, a file is there already, or the model has layers of another library.
    """
    require_new("--output", output)
    if word_index is not None:
        require_new("--word_index", word_index)
    if word_index == output:
        raise InputError(f"--word_index: expected another file than the model's, found {word_index} for both")
    require_keras_name(output)
    trained = TrainedModel.open(ckpt_path)
    write_keras_file(trained.model, output)
    print(f"Written to {output}: {_settings(trained.model)}")
    encoder = trained.encoder
    print(
        f"It reads token ids int (B, {encoder.max_length}), padded and cut at the front: {START} starts a review, the "
        f"word of rank r is r + {INDEX_FROM}, other words are {OUT_OF_VOCABULARY} (--tokenizer {encoder.tokenizer})"
    )
    if word_index is None:
        print("The words stay behind: --word_index FILE writes them, too")
    else:
        write_word_index(encoder.words, word_index)
        print(f"Written to {word_index}: the rank of each word")


def _require_one_vocabulary(encoder_from: Path | None, word_index: Path | None, needed: dict[str, Any]) -> None:
    if (encoder_from is None) == (word_index is None):
        raise InputError(
            "expected the vocabulary that Keras does not save, from either --encoder_from CHECKPOINT or "
            "--word_index FILE with --ids, --max_length and --tokenizer"
        )
    if word_index is not None and needed["ids"] is None:
        raise InputError(
            "--ids: expected the token ids that the model was trained on, which Keras does not save, found none given; "
            "--ids imdb takes those of keras.datasets.imdb (rank + 3, 1 starts a review, 2 is any other word); "
            "those of Keras's Tokenizer (id = rank) are not supported yet"
        )
    for name, value in needed.items():
        if (value is None) == (word_index is not None):
            raise InputError(f"--{name}: expected it with --word_index, and only with it, found {value}")


def _encoder_of(checkpoint: Path, vocab_size: int) -> TextEncoder:
    encoder = TrainedModel.open(checkpoint).encoder
    token_ids = len(encoder.words) + INDEX_FROM + 1
    if token_ids > vocab_size:
        raise InputError(
            f"--encoder_from: expected a vocabulary of at most the model's {vocab_size} token ids, found {token_ids}"
        )
    return encoder


def _listing(model: SentimentModel) -> str:
    layers = require_keras_layers(model.layers)
    return "; ".join(f"{type(layer).__name__} {_config(layer)}" for layer in layers)


def _config(layer: Layer) -> str:
    return ", ".join(f"{name} {in_short(value)}" for name, value in layer.get_config().items())


def _settings(model: SentimentModel) -> str:
    names = ("vocab_size", "embedding_dim", "units", "dropout", "l2")
    known = [f"{name} {model.hparams[name]}" for name in names if name in model.hparams]
    return f"{type(model).__name__}, {', '.join(known)}, {next(model.parameters()).dtype}".replace("torch.", "")
