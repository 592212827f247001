"""Layers one after the other, as a Keras file sees them: by name."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from torch import Tensor, nn

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.layer import Layer


def layer_names(layers: Iterable[nn.Module]) -> list[str]:
    """Return the names that Keras gives layers: `lstm`, `lstm_1`, ...; in a weights file also to renamed ones.

    Source: `keras/src/utils/naming.py`, Keras 3.15.
    """
    seen: Counter[str] = Counter()
    names = []
    for layer in layers:
        name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", type(layer).__name__)
        name = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
        names.append(f"{name}_{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names


def require_keras_layers(layers: Iterable[nn.Module]) -> list[Layer]:
    """Return the layers, if all of them are Keras's.

    Raises:
        InputError: One is not; it is named.
    """
    found = []
    for layer in layers:
        if not isinstance(layer, Layer):
            raise InputError(
                f"expected layers of Keras, found a {type(layer).__name__}, which a Keras file cannot hold"
            )
        found.append(layer)
    return found


def keras_variables(layers: Iterable[nn.Module]) -> Iterator[tuple[str, Tensor]]:
    """Yield the path in a weights file and a view in Keras's layout of each variable of a stack, in Keras's order.

    Raises:
        InputError: A layer is not one of Keras's.
    """
    ours = require_keras_layers(layers)
    for name, layer in zip(layer_names(ours), ours, strict=True):
        for variable, values in layer.keras_variables():
            yield f"layers/{name}/{variable.path}", values
