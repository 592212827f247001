"""A Keras model file to one of our models, and back."""

from pathlib import Path

from lit_sentiment import keras_semantics
from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_bytes, replace_file
from lit_sentiment.keras_files.archive import write_archive
from lit_sentiment.keras_files.h5_file import H5File
from lit_sentiment.keras_files.model_config import config_of, empty_model, model_from_config
from lit_sentiment.keras_files.model_file import is_archive, open_model_file, open_weights
from lit_sentiment.keras_files.optimizer_state import optimizer_state
from lit_sentiment.keras_files.stored_weights import (
    layers_of_sizes,
    load_weights,
    require_dtype,
    stored_paths,
    weights_file,
)
from lit_sentiment.keras_semantics.optimizers import optimizer_from_config
from lit_sentiment.models.listings import LISTINGS
from lit_sentiment.models.sentiment_model import SentimentModel


def read_keras_file(path: Path, model_name: str | None = None, weights: Path | None = None) -> SentimentModel:
    """Open a model that Keras saved; Keras is not needed, and nothing in the file is executed.

    The weights are Keras's to the bit, in its float type.

    Args:
        path: `.keras` or `.weights.h5` (Keras 2.12 and later), or `.h5` (Keras 2 and 3), told by what is in it; or the
            `.json` of `model.to_json()`, which has no weights.
        model_name: What the model is. A file of weights alone does not tell: what their shapes leave open
            (activations, masks, dropout, penalties) is then that of the listing of this model.
        weights: Another file, which has the weights, such as the `.weights.h5` beside a `.json`.

    Raises:
        InputError: A file is missing, damaged or hostile, or holds another model, or weights alone and no name is
            given, or layers alone and no weights are given.
    """
    with open_model_file(path) as (config, h5):
        if config is not None:
            model, dtype = model_from_config(config)
        else:
            model, dtype = _model_of_weights(h5, model_name)  # type: ignore[arg-type]
        found = type(model).__name__
        if model_name not in (None, found):
            raise InputError(f"`model`: expected {found}, for that is what the file holds, found {model_name}")
        model.to_empty(device="cpu")
        if weights is None:
            if h5 is None:
                raise InputError("expected weights too, found layers alone; give the file that has them as `weights`")
            load_weights(h5, model.layers, dtype)
    if weights is not None:
        with open_weights(weights) as h5:
            load_weights(h5, model.layers, dtype)
    return model


def holds_weights_alone(path: Path) -> bool:
    """Say whether a file that `read_keras_file` opens has no config."""
    if is_archive(path):  # whose weights need not be read for this
        return False
    with open_model_file(path) as (config, _):
        return config is None


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
        config = config_of(model)
        compiled, trained = (
            config["compile_config"].get("optimizer"),
            [w for w in model.parameters() if w.requires_grad],
        )
        state = optimizer_state(optimizer_from_config(compiled)(trained), model.layers) if compiled and trained else ()
        weights = weights_file(model.layers, state)
        replace_file(path, lambda file: write_archive(file, config, weights))
    else:
        require_dtype(model)
        replace_bytes(path, weights_file(model.layers))


def _model_of_weights(h5: H5File, model_name: str | None) -> tuple[SentimentModel, str]:
    if model_name is None:
        raise InputError(
            "expected a model with its settings, found weights alone, which do not tell activations, masks, dropout "
            f"and penalties; if they are those of one of the listings, say which by `model` ({', '.join(LISTINGS)})"
        )
    model = LISTINGS[model_name]
    listed = model.keras_listing(keras_semantics, {})
    settings = model.settings_of(layers_of_sizes(h5, listed))
    dtype = h5.dtype(stored_paths(h5, listed)[0][0])
    return empty_model(model, settings, dtype), dtype
