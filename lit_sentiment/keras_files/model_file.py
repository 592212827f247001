"""Model files opened: the config and the weights in a `.keras`, `.weights.h5`, `.h5`, `.json` or `.yaml` file."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from lit_sentiment.errors import InputError, reason
from lit_sentiment.keras_files.architecture import Architecture, parse_config
from lit_sentiment.keras_files.archive import read_archive
from lit_sentiment.keras_files.h5_file import H5File, open_h5

_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
_MOST_BYTES = 2**26
"""Of a config as text: one with the vectors of an embedding in it may be large."""


@contextmanager
def open_model_file(path: Path) -> Iterator[tuple[dict[str, Any] | None, H5File | None]]:
    """Open a file that Keras saved: `.json`, told by its name, or `.keras`, `.weights.h5` or `.h5`, by what is in it.

    Yields:
        The config as a dictionary, or None in a file of weights alone; and the weights, or None in a `.json` file.

    Raises:
        InputError: The file is missing, damaged or hostile, or what is done with it in the block refuses it; the
            message begins with its name.
    """
    try:
        if path.suffix == ".json":
            yield parse_config(_content(path)), None
            return
        with path.open("rb") as file:
            config, weights = _config_and_weights(file)
            with open_h5(weights) as h5:
                yield config or _config_in(h5), h5
    except OSError as fault:
        raise InputError(f"{path}: expected a Keras file, found {reason(fault)}") from None
    except InputError as refusal:
        raise InputError(f"{path}: {refusal}") from None


@contextmanager
def open_weights(path: Path) -> Iterator[H5File]:
    """Open the weights in a file that Keras saved.

    Raises:
        InputError: As `open_model_file`; or the file is a `.json` file.
    """
    with open_model_file(path) as (_, h5):
        if h5 is None:
            raise InputError("expected weights, found layers alone")
        yield h5


def is_archive(path: Path) -> bool:
    """Say whether a file begins like a `.keras` file, which always has a config."""
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def read_architecture(path: Path) -> Architecture:
    """Read what a model is made of from any model file, weights left alone; `.yaml` is told by its name.

    Raises:
        InputError: As `open_model_file`; or the file holds weights alone, or no architecture.
    """
    if path.suffix not in (".yaml", ".yml"):
        with open_model_file(path) as (config, _):
            if config is None:
                raise InputError("expected a model with its layers, found weights alone, which do not tell them")
            return Architecture.of(config)
    try:
        return Architecture.of(_yaml(_content(path)))
    except OSError as fault:
        raise InputError(f"{path}: expected a model file, found {reason(fault)}") from None
    except InputError as refusal:
        raise InputError(f"{path}: {refusal}") from None


def _content(path: Path) -> bytes:
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"expected at most {_MOST_BYTES} bytes, found more")
    return path.read_bytes()


def _config_and_weights(file: BinaryIO) -> tuple[dict[str, Any] | None, BinaryIO]:
    start = file.read(len(_HDF5))
    file.seek(0)
    if start.startswith(_ZIP):
        config, weights = read_archive(file)
        return parse_config(config), io.BytesIO(weights)
    if start != _HDF5:
        raise InputError("expected a .keras, .weights.h5 or .h5 file of Keras, found neither a zip nor an HDF5 file")
    return None, file


def _config_in(h5: H5File) -> dict[str, Any] | None:
    """Return the config in an old `.h5` file, in the form that it has in a `.keras` file; weights files have none."""
    if not h5.has_text("model_config"):
        return None
    config = parse_config(h5.texts("", "model_config")[0])
    if h5.has_text("training_config"):
        training = parse_config(h5.texts("", "training_config")[0])
        optimizer = training.pop("optimizer_config", None)
        config["compile_config"] = {**training, "optimizer": optimizer}
    return config


def _yaml(text: bytes) -> Any:
    import yaml
    from jsonargparse import get_loader

    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise InputError("expected layers written out, found a YAML alias (*), which may unfold without end")
        return get_loader("yaml")(text.decode())
    except InputError:
        raise
    except Exception as fault:  # as in `load_yaml`
        raise InputError(f"expected YAML, found {' '.join(reason(fault).split())[:100]}") from None
