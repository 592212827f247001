"""`import-keras` and `export-keras`: from a Keras model file to a checkpoint, and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonargparse.typing import PositiveInt

from lit_sentiment.commands.keras_encoder import encoder_of_keras, encoding_in_words
from lit_sentiment.errors import InputError, did_you_mean
from lit_sentiment.files import replace_file, require_new
from lit_sentiment.keras_files.tokenizer_json import write_tokenizer
from lit_sentiment.keras_files.vocabulary import write_vocabulary
from lit_sentiment.keras_files.word_index import write_word_index
from lit_sentiment.keras_semantics.config_objects import in_short
from lit_sentiment.process import leaving_at_once, say
from lit_sentiment.text.text_encoder import Ids, Side
from lit_sentiment.text.words import TokenizerName

if TYPE_CHECKING:
    from lit_sentiment.keras_semantics.layer import Layer
    from lit_sentiment.models.sentiment_model import SentimentModel
    from lit_sentiment.models.trained_model import TrainedModel


def import_keras(
    keras_file: Path,
    *,
    output: Path,
    weights: Path | None = None,
    model: str | None = None,
    encoder_from: Path | None = None,
    word_index: Path | None = None,
    tokenizer_json: Path | None = None,
    vocabulary: Path | None = None,
    ids: Ids | None = None,
    max_length: PositiveInt | None = None,
    padding: Side | None = None,
    truncating: Side | None = None,
    tokenizer: TokenizerName | None = None,
    num_words: PositiveInt | None = None,
    oov_token: str | None = None,
) -> "TrainedModel":
    """Make a checkpoint of a model that Keras saved; TensorFlow is not needed.

    How texts became token ids, which Keras does not save, comes from --encoder_from, --tokenizer_json, --vocabulary
    or --word_index, and is never guessed.

    Args:
        keras_file: A .keras, .weights.h5 or .h5 file, or the .json of model.to_json().
        output: The checkpoint to write.
        weights: Another file that has the weights: the .weights.h5 beside a .json file.
        model: Which of the models it is; needed for a file of weights alone, which does not tell.
        encoder_from: A checkpoint of the same words and token ids; nothing else is needed.
        word_index: A JSON object of words and ranks: keras.datasets.imdb.get_word_index(), or a Tokenizer's word_index.
        tokenizer_json: A file of what Keras's tokenizer.to_json() returns; needs --max_length, --padding and
            --truncating.
        vocabulary: The words of layer.get_vocabulary() of a TextVectorization with its own standardize and split, as a
            JSON array or one a line; needs --max_length (its output_sequence_length), --padding and --truncating
            (post, if the layer itself did it).
        ids: With --word_index: which token ids the model was trained on. imdb: as keras.datasets.imdb gives them,
            0 for padding, 1 for the start of a review, 2 for other words, rank + 3 for the word of a rank. tokenizer:
            as Keras's Tokenizer gives them, the rank.
        max_length: Tokens that a review is cut to, the maxlen of pad_sequences.
        padding: The end at which pad_sequences padded; its own default is pre.
        truncating: The end at which pad_sequences cut; its own default is pre.
        tokenizer: With --word_index: how a text is cut into words; keras for Keras's Tokenizer with its default
            filters, lower and split (--tokenizer_json reads others).
        num_words: With --ids tokenizer: that of the Tokenizer; without one, the number of words + 1.
        oov_token: With --ids tokenizer: that of the Tokenizer; without one, ''.

    Returns:
        The model, as the checkpoint holds it.

    Raises:
        InputError: The file holds what is not supported, or the vocabulary is missing or does not fit.
    """
    require_new("--output", output)
    with leaving_at_once():
        import torch

        from lit_sentiment.keras_files.keras_file import holds_weights_alone, read_keras_file
        from lit_sentiment.models import LISTINGS
        from lit_sentiment.models.trained_model import TrainedModel
    if model is not None and model not in LISTINGS:
        raise InputError(
            f"--model: expected one of {', '.join(LISTINGS)}, found {model!r}{did_you_mean(model, LISTINGS)}"
        )
    imported = read_keras_file(keras_file, model, weights)
    vocab_size = imported.hparams["vocab_size"]
    sources = {"encoder_from": encoder_from, "tokenizer_json": tokenizer_json, "vocabulary": vocabulary}
    sources["word_index"] = word_index
    settings = {
        "ids": ids,
        "max_length": max_length,
        "padding": padding,
        "truncating": truncating,
        "tokenizer": tokenizer,
        "num_words": num_words,
        "oov_token": oov_token,
    }
    encoder = encoder_of_keras(sources, settings, vocab_size)
    checkpoint: dict[str, Any] = {
        "state_dict": imported.state_dict(),
        "hyper_parameters": dict(imported.hparams),
        "ReviewData": {"text_encoder": encoder.state_dict()},
    }
    imported.on_save_checkpoint(checkpoint)
    replace_file(output, lambda file: torch.save(checkpoint, file))
    say(f"{keras_file}: {_settings(imported)}")
    if holds_weights_alone(keras_file):
        say(
            "It holds weights alone. All that they do not tell is taken from the listing of "
            f"{type(imported).__name__}, as --model says: {_listing(imported)}"
        )
    say(encoding_in_words(encoder))
    say(f"Written to {output}, the --ckpt_path of predict, and with other --data of test and validate")
    return TrainedModel(imported.eval(), encoder, {})


def export_keras(
    *,
    ckpt_path: Path,
    output: Path,
    word_index: Path | None = None,
    tokenizer_json: Path | None = None,
    vocabulary: Path | None = None,
) -> None:
    """Write the model of a checkpoint as Keras would save it; TensorFlow is not needed.

    Args:
        ckpt_path: A checkpoint that fit or import-keras wrote.
        output: The .keras file to write, or .weights.h5 for the weights alone.
        word_index: JSON file to write the words and their ranks to.
        tokenizer_json: JSON file to write the words to as Keras's tokenizer_from_json reads them, if the model was
            trained on token ids of a Tokenizer.
        vocabulary: JSON file to write the words to as set_vocabulary takes them, if the model was trained on token ids
            of a TextVectorization.

    Raises:
        InputError: The checkpoint cannot be read, a file is there already, or the model has layers of another library.
    """
    given: dict[Path, str] = {}
    files = {"output": output, "word_index": word_index, "tokenizer_json": tokenizer_json, "vocabulary": vocabulary}
    for name, path in files.items():
        if path is not None:
            require_new(f"--{name}", path)
            if path in given:
                raise InputError(f"--{name}: expected another file than --{given[path]}, found {path} for both")
            given[path] = name
    with leaving_at_once():
        from lit_sentiment.keras_files.keras_file import require_keras_name, write_keras_file
        from lit_sentiment.models.trained_model import TrainedModel
    require_keras_name(output)
    trained = TrainedModel.open(ckpt_path)
    encoder = trained.encoder
    for name, path, ids, kind in (
        ("tokenizer_json", tokenizer_json, "tokenizer", "Tokenizer"),
        ("vocabulary", vocabulary, "text_vectorization", "TextVectorization"),
    ):
        if path is not None and encoder.ids != ids:
            raise InputError(
                f"--{name}: expected a model that reads a {kind}'s token ids, found those of {encoder.ids} in "
                f"{ckpt_path}; --word_index FILE writes its words"
            )
    write_keras_file(trained.model, output)
    say(f"Written to {output}: {_settings(trained.model)}")
    say(encoding_in_words(encoder))
    if word_index is not None:
        write_word_index(encoder.words, word_index)
        say(f"Written to {word_index}: the rank of each word")
    if tokenizer_json is not None:
        write_tokenizer(encoder, tokenizer_json)
        say(f"Written to {tokenizer_json}: the Tokenizer, for tokenizer_from_json")
    if vocabulary is not None:
        write_vocabulary(encoder.words, vocabulary)
        say(f"Written to {vocabulary}: the words, for set_vocabulary of a TextVectorization")
    if len(given) == 1:
        own = {"tokenizer": " or --tokenizer_json FILE", "text_vectorization": " or --vocabulary FILE"}
        also = own.get(encoder.ids, "")
        say(f"The words stay behind: --word_index FILE{also} writes them, too")


def _listing(model: "SentimentModel") -> str:
    from lit_sentiment.keras_semantics.layer_stack import require_keras_layers

    layers = require_keras_layers(model.layers)
    return "; ".join(f"{type(layer).__name__} {_config(layer)}" for layer in layers)


def _config(layer: "Layer") -> str:
    return ", ".join(f"{name} {in_short(value)}" for name, value in layer.get_config().items())


def _settings(model: "SentimentModel") -> str:
    names = ("vocab_size", "embedding_dim", "units", "dropout", "l2")
    known = [f"{name} {model.hparams[name]}" for name in names if name in model.hparams]
    return f"{type(model).__name__}, {', '.join(known)}, {next(model.parameters()).dtype}".replace("torch.", "")
