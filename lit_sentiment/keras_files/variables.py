"""Where Keras keeps each weight of a layer, and where we do."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.h5_file import H5File
from lit_sentiment.models.sentiment_model import SentimentModel


@dataclass(frozen=True)
class Variable:
    """A weight of a layer."""

    parameter: str
    """Our name of it."""
    path: str
    """Where it lies below the layer's group, since Keras 2.12; before, the order alone told which was which."""
    shape: Callable[[int, int], tuple[int, ...]]
    """Keras's shape of it, given the size of the layer's inputs and of its outputs."""
    transposed: bool = False


VARIABLES: dict[str, tuple[Variable, ...]] = {
    "Embedding": (Variable("weight", "vars/0", lambda input_dim, output_dim: (input_dim, output_dim)),),
    "LSTM": (
        Variable("weight_ih_l0", "cell/vars/0", lambda inputs, units: (inputs, 4 * units), transposed=True),
        Variable("weight_hh_l0", "cell/vars/1", lambda inputs, units: (units, 4 * units), transposed=True),
        Variable("bias_ih_l0", "cell/vars/2", lambda inputs, units: (4 * units,)),
    ),
    "Dropout": (),
    "Dense": (
        Variable("weight", "vars/0", lambda inputs, units: (inputs, units), transposed=True),
        Variable("bias", "vars/1", lambda inputs, units: (units,)),
    ),
}
"""The variables of each layer in Keras's order. Keras and torch agree on the order of the gates; torch's second bias
`bias_hh_l0` stays zero."""


def layer_names(classes: Sequence[str]) -> list[str]:
    """Return the names that Keras gives layers: `lstm`, `lstm_1`, ...; in a weights file also to renamed ones."""
    seen: Counter[str] = Counter()
    names = []
    for name in map(str.lower, classes):
        names.append(f"{name}_{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names


def stored_paths(h5: H5File, candidates: Sequence[Sequence[str]]) -> list[list[str]]:
    """Find the weights of a model in a file.

    Args:
        h5: The file.
        candidates: The classes of the layers of each model that is expected.

    Returns:
        The path of each variable, for each layer that has any, in order.

    Raises:
        InputError: The file holds other layers than any of the candidates.
    """
    if "layers" not in h5:
        root = "model_weights/" if "model_weights" in h5 else ""
        layers = [root + name for name in h5.texts(root.rstrip("/"), "layer_names")]
        paths = [[f"{layer}/{name}" for name in h5.texts(layer, "weight_names")] for layer in layers]
        return [variables for variables in paths if variables]
    found = set(h5.names("layers"))
    for classes in candidates:
        named = list(zip(layer_names(classes), classes, strict=True))
        if found == {name for name, _ in named}:
            paths = [[f"layers/{name}/{variable.path}" for variable in VARIABLES[kind]] for name, kind in named]
            return [variables for variables in paths if variables]
    expected = " or ".join(", ".join(sorted(layer_names(classes))) for classes in candidates)
    raise InputError(f"expected the layers {expected}, found {', '.join(sorted(found))[:200] or 'none'}")


def read_variables(
    h5: H5File, classes: Sequence[str], sizes: Sequence[int], dtype: str, paths: Sequence[Sequence[str]]
) -> list[np.ndarray]:
    """Read the variables of a model, in Keras's order and layout.

    Args:
        h5: The file.
        classes: The class of each layer.
        sizes: The size of the vocabulary, and of the outputs of each layer that has weights.
        dtype: The float type of all of them.
        paths: From `stored_paths`.

    Raises:
        InputError: One is missing, too many, or of another shape or float type.
    """
    weighted = [VARIABLES[kind] for kind in classes if VARIABLES[kind]]
    expected, found = list(map(len, weighted)), list(map(len, paths))
    if found != expected:
        raise InputError(f"expected layers of {expected} weights, found {found}")
    return [
        h5.array(path, variable.shape(*size), dtype)
        for variables, layer_paths, size in zip(weighted, paths, pairwise(sizes), strict=True)
        for variable, path in zip(variables, layer_paths, strict=True)
    ]


def model_variables(model: SentimentModel) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the path and a view in Keras's layout of each weight of a model, in Keras's order."""
    classes = [type(layer).__name__ for layer in model.layers]
    for name, kind, layer in zip(layer_names(classes), classes, model.layers, strict=True):
        for variable in VARIABLES[kind]:
            weight = layer.get_parameter(variable.parameter).detach()
            yield f"layers/{name}/{variable.path}", weight.T if variable.transposed else weight
