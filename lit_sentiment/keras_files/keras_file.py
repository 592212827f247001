"""A Keras model file to one of the three models, and back."""

import io
from pathlib import Path
from typing import Any, BinaryIO

from lit_sentiment import keras_semantics
from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_file
from lit_sentiment.keras_files.archive import read_archive, write_archive
from lit_sentiment.keras_files.h5_file import H5File, open_h5
from lit_sentiment.keras_files.model_config import (
    config_of,
    empty_model,
    model_from_config,
    parse_config,
    require_dtype,
)
from lit_sentiment.keras_files.stored_weights import layers_of_sizes, load_weights, stored_paths, weights_file
from lit_sentiment.models import MODELS
from lit_sentiment.models.sentiment_model import SentimentModel

_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"


def read_keras_file(path: Path, model_name: str | None = None) -> SentimentModel:
    """Open a model that Keras saved; Keras is not needed, and nothing in the file is executed.

    The weights are Keras's to the bit, in its float type.

    Args:
        path: `.keras` or `.weights.h5` (Keras 2.12 and later), or `.h5` (Keras 2 and 3); told by what is in it.
        model_name: What the model is. A file of weights alone does not tell: what their shapes leave open
            (activations, masks, dropout, penalties) is then that of the listing of this model.

    Raises:
        InputError: The file is missing, damaged or hostile, or holds another model, or weights alone and no name is
            given.
    """
    try:
        with path.open("rb") as file:
            return _read(file, model_name)
    except OSError as fault:
        raise InputError(f"{path}: expected a Keras file, found that it cannot be read ({fault.strerror})") from None
    except InputError as refusal:
        raise InputError(f"{path}: {refusal}") from None


def holds_weights_alone(path: Path) -> bool:
    """Say whether a file that `read_keras_file` opens has no config."""
    with path.open("rb") as file:
        if file.read(len(_ZIP)) == _ZIP:
            return False
        file.seek(0)
        with open_h5(file) as h5:
            return _config_in(h5) is None


def require_keras_name(path: Path) -> None:
    """Check the name of a file that is to be written.

    Raises:
        InputError: It ends in neither `.keras` nor `.weights.h5`.
    """
    if not path.name.endswith((".keras", ".weights.h5")):
        raise InputError(f"{path}: expected a name that ends in .keras or .weights.h5")


def write_keras_file(model: SentimentModel, path: Path) -> None:
    """Save a model as Keras would, compiled, with an optimiser that has not taken a step.

    Keras equivalence: `keras.saving.load_model`, or `load_weights` for `.weights.h5`, gives a model with the same
    weights to the bit. One in float64 is to be trained under `keras.config.set_floatx("float64")`, as in Keras.
    What a Keras file has no place for is left out: the counts of the dropout masks drawn, and `randomness`.

    Raises:
        InputError: See `require_keras_name` and `config_of`.
    """
    require_keras_name(path)
    if path.suffix == ".keras":
        config, weights = config_of(model), weights_file(model, with_optimizer=True)
        replace_file(path, lambda file: write_archive(file, config, weights))
    else:
        require_dtype(model)
        replace_file(path, lambda file: file.write(weights_file(model)))


def _read(file: BinaryIO, model_name: str | None) -> SentimentModel:
    start = file.read(len(_HDF5))
    file.seek(0)
    config = None
    if start.startswith(_ZIP):
        config_text, weights = read_archive(file)
        config, file = parse_config(config_text), io.BytesIO(weights)
    elif start != _HDF5:
        raise InputError("expected a .keras, .weights.h5 or .h5 file of Keras, found neither a zip nor an HDF5 file")
    with open_h5(file) as h5:
        config = config or _config_in(h5)
        model, dtype = _model_of_weights(h5, model_name) if config is None else model_from_config(config)
        found = type(model).__name__
        if model_name not in (None, found):
            raise InputError(f"`model`: expected {found}, for that is what the file holds, found {model_name}")
        load_weights(h5, model, dtype)
    return model


def _config_in(h5: H5File) -> dict[str, Any] | None:
    """Return the config in an old `.h5` file, in the form that it has in a `.keras` file; weights files have none."""
    if not h5.has_text("model_config"):
        return None
    config = parse_config(h5.texts("", "model_config")[0])
    if h5.has_text("training_config"):
        training = parse_config(h5.texts("", "training_config")[0])
        config["compile_config"] = {"optimizer": training.get("optimizer_config")}
    return config


def _model_of_weights(h5: H5File, model_name: str | None) -> tuple[SentimentModel, str]:
    if model_name is None:
        raise InputError(
            "expected a model with its settings, found weights alone, which do not tell activations, masks, dropout "
            f"and penalties; if they are those of one of the listings, say which by `model` ({', '.join(MODELS)})"
        )
    model = MODELS[model_name]
    listed = model.keras_listing(keras_semantics, {})
    settings = model.settings_of(layers_of_sizes(h5, listed))
    dtype = h5.dtype(stored_paths(h5, listed)[0][0])
    return empty_model(model, settings, dtype), dtype
