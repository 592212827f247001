"""Layers one after the other: what they compute, and how a Keras file names them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from torch import Tensor, nn

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.activations import LOGITS
from lit_sentiment.keras_semantics.common_start import shared_readers, shared_reading
from lit_sentiment.keras_semantics.layer import Layer, Shape
from lit_sentiment.keras_semantics.seed_generator import Randomness

TOKEN_IDS: Shape = (None,)
"""What a review is at first: of any length."""


class LayerStack(nn.ModuleList):
    """`keras.Sequential`: layers, built in order, each of which takes what the one before gives, its mask included.

    Other modules may stand among the layers; they take one tensor, and lose the mask.

    In Keras a sigmoid or softmax marks its outputs with its inputs, the logits, and every cross-entropy takes the mark.
    It lies on the tensor itself: a layer that returns the tensor it was given keeps it (a linear Activation, and
    Dropout outside training), every other layer loses it. So it does here, see `activated`.

    Args:
        layers: In order.
        randomness: See Layer.
        input_shape: Of the token ids.
    """

    def __init__(
        self, layers: Iterable[nn.Module], randomness: Randomness = "keras", input_shape: Shape = TOKEN_IDS
    ) -> None:
        super().__init__(layers)
        self.input_shape = input_shape
        for name, layer in zip(layer_names(self), self, strict=True):
            if isinstance(layer, Layer):
                try:
                    input_shape = layer.build(input_shape, randomness)
                except InputError as refusal:
                    raise InputError(f"{name}: {refusal}") from None
        self.output_shape = input_shape

    def forward(self, token_ids: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the outputs (B, ...) for token_ids int (B, T), and their logits, or None where there is no mark.

        Steps that reviews begin with alike are read once, where the layers allow it and it pays.
        """
        outputs, mask, layers = token_ids, None, list(self)
        readers = shared_readers(layers, self.training)
        reading = shared_reading(token_ids, readers[-1].units) if readers else None
        if reading:
            outputs, layers = reading.outputs(readers, token_ids), layers[len(readers) :]
        for layer in layers:
            if isinstance(layer, Layer):
                outputs, mask = layer(outputs, mask), layer.output_mask(outputs, mask)
            else:
                outputs, mask = layer(outputs), None
        return outputs, getattr(outputs, LOGITS, None)

    def logits(self, token_ids: Tensor) -> Tensor:
        """Return the logits (B, ...) for token_ids int (B, T): of a last layer without activation the outputs.

        Raises:
            InputError: The outputs are not logits, and have no mark of them.
        """
        outputs, logits = self(token_ids)
        if logits is not None:
            return logits
        if isinstance(self[-1], Layer) and getattr(self[-1], "activation", "none") is not None:
            raise InputError(
                "expected a model that ends in a sigmoid, a softmax or a layer without activation, found one whose "
                f"last layer, {layer_names(self)[-1]}, loses the logits"
            )
        return outputs


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
