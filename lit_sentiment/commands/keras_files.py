"""`import-keras` and `export-keras`: from a Keras model file to a checkpoint, and back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import PositiveInt

from lit_sentiment.commands.command_parser import command_parser
from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_file
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
from lit_sentiment.models import MODELS
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.text.text_encoder import INDEX_FROM, OUT_OF_VOCABULARY, START, TextEncoder
from lit_sentiment.text.words import TokenizerName
from lit_sentiment.trained_model import TrainedModel


def import_keras(args: Sequence[str]) -> None:
    """Write a checkpoint from a Keras model file and a vocabulary."""
    config = _import_parser().parse_args(list(args))
    checkpoint_path = Path(config.checkpoint)
    _require_new(checkpoint_path)
    keras_path = Path(config.keras_file)
    model = read_keras_file(keras_path, config.model)
    encoder = _encoder(config, model.hparams["vocab_size"])
    checkpoint: dict[str, Any] = {
        "state_dict": model.state_dict(),
        "hyper_parameters": dict(model.hparams),
        "text_encoder": encoder.state_dict(),
        "data": {},
    }
    model.on_save_checkpoint(checkpoint)
    replace_file(checkpoint_path, lambda file: torch.save(checkpoint, file))
    print(f"{config.keras_file}: {_settings(model)}")
    if holds_weights_alone(keras_path):
        print(
            "It holds weights alone. All that they do not tell is taken from the listing of "
            f"{type(model).__name__}, as --model says: {_listing(model)}"
        )
    print(f"Written to {checkpoint_path}, the --ckpt_path of predict, and with other --data of test and validate")


def export_keras(args: Sequence[str]) -> None:
    """Write a Keras model file from a checkpoint."""
    config = _export_parser().parse_args(list(args))
    keras_path = Path(config.keras_file)
    word_index_path = None if config.word_index is None else Path(config.word_index)
    for path in filter(None, (keras_path, word_index_path)):
        _require_new(path)
    if word_index_path == keras_path:
        raise InputError(f"--word_index: expected another file than the model's, found {word_index_path} for both")
    require_keras_name(keras_path)
    trained = _open(config.checkpoint, "CHECKPOINT")
    write_keras_file(trained.model, keras_path)
    print(f"Written to {keras_path}: {_settings(trained.model)}")
    encoder = trained.encoder
    print(
        f"It reads token ids int (B, {encoder.max_length}), padded and cut at the front: {START} starts a review, the "
        f"word of rank r is r + {INDEX_FROM}, other words are {OUT_OF_VOCABULARY} (--tokenizer {encoder.tokenizer})"
    )
    if word_index_path is None:
        print("The words stay behind: --word_index FILE writes them, too")
    else:
        write_word_index(encoder.words, word_index_path)
        print(f"Written to {word_index_path}: the rank of each word")


def _import_parser() -> ArgumentParser:
    parser = command_parser(
        "import-keras",
        "Make a checkpoint of a model that Keras saved, if it is one of the three; TensorFlow is not "
        "needed. The vocabulary, which Keras does not save, comes from --encoder_from or from --word_index.",
    )
    parser.add_argument("keras_file", help="A .keras, .weights.h5 or .h5 file.")
    parser.add_argument("checkpoint", help="The checkpoint to write.")
    parser.add_argument(
        "--model",
        type=Literal[tuple(MODELS)] | None,
        help="Which of the models it is; needed for a file of weights alone, which does not tell.",
    )
    parser.add_argument("--encoder_from", type=str | None, help="A checkpoint that has the same words.")
    parser.add_argument(
        "--word_index",
        type=str | None,
        help="A JSON object of words and ranks, as keras.datasets.imdb.get_word_index() returns it.",
    )
    parser.add_argument(
        "--ids",
        type=Literal["imdb"] | None,
        help="With --word_index: which token ids the model was trained on. imdb: as keras.datasets.imdb gives them, "
        "0 for padding, 1 for the start of a review, 2 for other words, rank + 3 for the word of a rank.",
    )
    parser.add_argument(
        "--max_length", type=PositiveInt | None, help="With --word_index: tokens that a review is cut to."
    )
    parser.add_argument(
        "--tokenizer", type=TokenizerName | None, help="With --word_index: how a text is cut into words."
    )
    return parser


def _export_parser() -> ArgumentParser:
    parser = command_parser(
        "export-keras",
        "Write the model of a checkpoint as Keras would save it; TensorFlow is not needed.",
    )
    parser.add_argument("checkpoint", help="A checkpoint that `fit` or `import-keras` wrote.")
    parser.add_argument("keras_file", help="The .keras file to write, or .weights.h5 for the weights alone.")
    parser.add_argument("--word_index", type=str | None, help="JSON file to write the words and their ranks to.")
    return parser


def _encoder(config: Namespace, vocab_size: int) -> TextEncoder:
    """Make the encoder that the options ask for."""
    if (config.encoder_from is None) == (config.word_index is None):
        raise InputError(
            "expected the vocabulary that Keras does not save, from either --encoder_from CHECKPOINT or "
            "--word_index FILE with --ids, --max_length and --tokenizer"
        )
    if config.word_index is not None and config.ids is None:
        raise InputError(
            "--ids: expected the token ids that the model was trained on, which Keras does not save, found none given; "
            "--ids imdb takes those of keras.datasets.imdb (rank + 3, 1 starts a review, 2 is any other word); "
            "those of Keras's Tokenizer (id = rank) are not supported yet"
        )
    needed = {"ids": config.ids, "max_length": config.max_length, "tokenizer": config.tokenizer}
    for name, value in needed.items():
        if (value is None) == (config.word_index is not None):
            raise InputError(f"--{name}: expected it with --word_index, and only with it, found {value}")
    if config.word_index is not None:
        words = read_word_index(Path(config.word_index), vocab_size)
        return TextEncoder(config.tokenizer, words, int(config.max_length))
    encoder = _open(config.encoder_from, "--encoder_from").encoder
    token_ids = len(encoder.words) + INDEX_FROM + 1
    if token_ids > vocab_size:
        raise InputError(
            f"--encoder_from: expected a vocabulary of at most the model's {vocab_size} token ids, found {token_ids}"
        )
    return encoder


def _open(path: str, option: str) -> TrainedModel:
    try:
        return TrainedModel.open(Path(path))
    except InputError as refusal:
        raise InputError(str(refusal).replace("--ckpt_path", option)) from None


def _require_new(path: Path) -> None:
    if path.exists():
        raise InputError(f"expected a new file to write, found {path} there already; name another one")


def _listing(model: SentimentModel) -> str:
    layers = require_keras_layers(model.layers)
    return "; ".join(f"{type(layer).__name__} {_config(layer)}" for layer in layers)


def _config(layer: Layer) -> str:
    return ", ".join(f"{name} {in_short(value)}" for name, value in layer.get_config().items())


def _settings(model: SentimentModel) -> str:
    names = ("vocab_size", "embedding_dim", "units", "dropout", "l2")
    known = [f"{name} {model.hparams[name]}" for name in names if name in model.hparams]
    return f"{type(model).__name__}, {', '.join(known)}, {next(model.parameters()).dtype}".replace("torch.", "")
