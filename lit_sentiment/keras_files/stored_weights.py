"""The weights in a Keras file, in whichever of Keras's layouts, to and from a model of ours."""

from collections.abc import Collection, Sequence
from hashlib import sha256

import numpy as np
import torch
from torch import nn

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.architecture import DTYPES
from lit_sentiment.keras_files.h5_file import H5File, h5_bytes
from lit_sentiment.keras_semantics.layer import Layer
from lit_sentiment.keras_semantics.layer_stack import LayerStack, keras_variables, layer_names, require_keras_layers

_WITHOUT_WEIGHTS = ("input_layer", "not_equal")
"""Groups of functional models: the token ids, and the mask of an embedding."""


def stored_paths(h5: H5File, layers: Sequence[Layer]) -> list[list[str]]:
    """Return the paths of the variables of each layer that has any, in order.

    Since Keras 2.12 a path tells the layer and the variable; before, the order alone told which was which.

    Raises:
        InputError: The file holds other layers, or another number of variables.
    """
    expected = [len(layer.variables) for layer in layers if layer.variables]
    if "layers" in h5:
        names, found = layer_names(layers), [name for name in h5.names("layers") if name not in _WITHOUT_WEIGHTS]
        if set(found) != set(names):
            shown = ", ".join(sorted(found))[:200]
            raise InputError(f"expected the layers {', '.join(sorted(names))}, found {shown or 'none'}")
        pairs = zip(names, layers, strict=True)
        return [[f"layers/{name}/{one.path}" for one in layer.variables] for name, layer in pairs if layer.variables]
    root = "model_weights/" if "model_weights" in h5 else ""
    groups = [root + name for name in h5.texts(root.rstrip("/"), "layer_names")]
    paths = [[f"{group}/{name}" for name in h5.texts(group, "weight_names")] for group in groups]
    paths = [variables for variables in paths if variables]
    if [len(variables) for variables in paths] != expected:
        raise InputError(f"expected layers of {expected} weights, found {[len(variables) for variables in paths]}")
    return paths


def layers_of_sizes(h5: H5File, layers: Sequence[Layer]) -> list[Layer]:
    """Return layers like these, of the sizes that the weights in a file have."""
    paths = iter(stored_paths(h5, layers))
    sized = []
    for layer in layers:
        sizes = layer.sizes_of([h5.shape(path) for path in next(paths)]) if layer.variables else {}
        sized.append(type(layer).from_config(layer.get_config() | sizes))
    return sized


def load_weights(h5: H5File, layers: LayerStack, dtype: str, wanted: Collection[int] | None = None) -> str:
    """Give layers the weights of a file.

    Args:
        h5: The file.
        layers: All layers of the model that it holds.
        dtype: Float type of the weights in the file.
        wanted: Numbers of the layers that get them; all by default.

    Returns:
        A digest of what was loaded.

    Raises:
        InputError: One is missing, too many, or of another shape or float type.
    """
    digest, ours = sha256(), require_keras_layers(layers)
    numbers = [number for number, layer in enumerate(ours) if layer.variables]
    for number, paths in zip(numbers, stored_paths(h5, ours), strict=True):
        if wanted is not None and number not in wanted:
            continue
        for name, weight in ours[number].named_parameters():
            if name.endswith("bias_hh_l0"):  # torch's second bias, which Keras does not have
                weight.detach().zero_()
        for path, (_, values) in zip(paths, ours[number].keras_variables(), strict=True):
            stored = h5.array(path, tuple(values.shape), dtype)
            values.copy_(torch.from_numpy(stored))
            digest.update(stored.tobytes())
    return digest.hexdigest()


def require_dtype(model: nn.Module) -> str:
    """Return the float type of a model.

    Raises:
        InputError: Keras files do not have it.
    """
    dtype = str(next(model.parameters()).dtype).removeprefix("torch.")
    if dtype not in DTYPES:
        raise InputError(f"expected the dtype {' or '.join(DTYPES)}, found {dtype!r:.60}")
    return dtype


def weights_file(layers: LayerStack, optimizer_state: Sequence[np.ndarray] = ()) -> bytes:
    """Return the weights of layers as the HDF5 file that Keras 3 writes.

    Args:
        layers: All layers of the model.
        optimizer_state: Of `optimizer_state`; it comes along in a `.keras` file.
    """
    arrays = {path: values.cpu().numpy() for path, values in keras_variables(layers)}
    groups = [f"layers/{name}" for name in layer_names(layers)]
    return h5_bytes(groups, arrays | {f"optimizer/vars/{number}": one for number, one in enumerate(optimizer_state)})
