"""A Keras model file to one of the three models, and back."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_file
from lit_sentiment.keras_files.archive import read_archive, write_archive
from lit_sentiment.keras_files.h5_file import H5File, h5_bytes, open_h5
from lit_sentiment.keras_files.listing import LAYER_CLASSES, ONE_LSTM, TWO_LSTMS, Listing
from lit_sentiment.keras_files.recognition import parse_config, recognise
from lit_sentiment.keras_files.variables import layer_names, model_variables, read_variables, stored_paths
from lit_sentiment.models import MODELS
from lit_sentiment.models.sentiment_model import SentimentModel

_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"


def read_keras_file(path: Path, model_name: str | None = None) -> SentimentModel:
    """Open a model that Keras saved; Keras is not needed, and nothing in the file is executed.

    The weights are Keras's to the bit, in its float type. A weights file has no settings: what the shapes of the
    weights do not tell is taken to be as in the listing.

    Args:
        path: `.keras` or `.weights.h5` (Keras 2.12 and later), or `.h5` (Keras 2 and 3); told by what is in it.
        model_name: What the model is, where the file has only weights; if not given, the first of the three that fits.

    Raises:
        InputError: The file is missing, damaged or hostile, or holds another model.
    """
    try:
        with path.open("rb") as file:
            listing, weights = _read(file, model_name)
            model = MODELS[listing.model](**listing.hyperparameters)
    except OSError as fault:
        raise InputError(f"{path}: expected a Keras file, found that it cannot be read ({fault.strerror})") from None
    except InputError as refusal:
        raise InputError(f"{path}: {refusal}") from None
    model.to(getattr(torch, listing.dtype))
    for (_, ours), theirs in zip(model_variables(model), weights, strict=True):
        ours.copy_(torch.from_numpy(theirs))
    return model


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
        InputError: See `require_keras_name`.
    """
    require_keras_name(path)
    listing = Listing.of(model)
    arrays = {name: weight.cpu().numpy() for name, weight in model_variables(model)}
    groups = [f"layers/{name}" for name in layer_names(LAYER_CLASSES[listing.model])]
    if path.suffix == ".keras":
        weights = h5_bytes(groups, arrays | _new_optimizer(listing, list(arrays.values())))
        replace_file(path, lambda file: write_archive(file, listing.config(), weights))
    else:
        replace_file(path, lambda file: file.write(h5_bytes(groups, arrays)))


def _read(file: BinaryIO, model_name: str | None) -> tuple[Listing, list[np.ndarray]]:
    """Return the listing of a file and its weights in Keras's order."""
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
        if config is None:
            paths = stored_paths(h5, [ONE_LSTM, TWO_LSTMS])
            listing = _listing_of_weights(h5, paths, model_name)
        else:
            listing = recognise(config)
            paths = stored_paths(h5, [LAYER_CLASSES[listing.model]])
        if model_name not in (None, listing.model):
            raise InputError(f"--model: expected {listing.model}, for that is what the file holds, found {model_name}")
        return listing, read_variables(h5, LAYER_CLASSES[listing.model], listing.sizes, listing.dtype, paths)


def _config_in(h5: H5File) -> dict[str, Any] | None:
    """Return the config in an old `.h5` file, in the form that it has in a `.keras` file; weights files have none."""
    if not h5.has_text("model_config"):
        return None
    config = parse_config(h5.texts("", "model_config")[0])
    if h5.has_text("training_config"):
        training = parse_config(h5.texts("", "training_config")[0])
        config["compile_config"] = {"optimizer": training.get("optimizer_config")}
    return config


def _listing_of_weights(h5: H5File, paths: Sequence[Sequence[str]], model_name: str | None) -> Listing:
    if [len(layer) for layer in paths] not in ([1, 3, 2], [1, 3, 3, 2]):
        raise InputError("expected the weights of an Embedding, of one or two LSTMs, and of a Dense layer")
    (embeddings,), *lstms, _ = paths
    vocab_size, embedding_dim = h5.shape(embeddings)
    units = tuple(h5.shape(recurrent_kernel)[0] for _, recurrent_kernel, _ in lstms)
    sizes = {"vocab_size": vocab_size, "embedding_dim": embedding_dim, "units": units if len(units) > 1 else units[0]}
    classes = ONE_LSTM if len(units) == 1 else TWO_LSTMS
    fitting = [name for name, its_classes in LAYER_CLASSES.items() if its_classes == classes]
    if model_name is not None and model_name not in fitting:
        raise InputError(f"--model: expected {' or '.join(fitting)}, as the weights are, found {model_name}")
    return Listing(model_name or fitting[0], sizes, h5.dtype(embeddings))


def _new_optimizer(listing: Listing, weights: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The variables of an Adam: steps, learning rate, and first and second moment of each weight."""
    moments = [np.zeros_like(weight) for weight in weights for _ in range(2)]
    learning_rate = np.array(listing.hyperparameters["learning_rate"], listing.dtype)
    variables = [np.array(0), learning_rate, *moments]
    return {f"optimizer/vars/{number}": variable for number, variable in enumerate(variables)}
