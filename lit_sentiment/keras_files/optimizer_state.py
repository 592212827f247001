"""What an optimiser has gathered while it trained, in a `.keras` file and in ours."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.h5_file import H5File
from lit_sentiment.keras_semantics.adam import KerasAdam, KerasNadam
from lit_sentiment.keras_semantics.layer_stack import require_keras_layers
from lit_sentiment.keras_semantics.optimizer import KerasOptimizer

_GROUP = "optimizer"

OptimizerState = Sequence[np.ndarray]
"""Keras's `optimizer.variables`, in its order: the steps taken, int64 (); the learning rate (), unless a schedule gives
it; what is kept of each trained weight, in the shape that the weight has in Keras; and of Nadam a product ()."""


def optimizer_state(optimizer: KerasOptimizer, layers: Iterable[nn.Module]) -> OptimizerState:
    """Return the state of an optimiser of all trained weights of the layers.

    Raises:
        InputError: A layer is not one of Keras's.
    """
    group = optimizer.param_groups[0]
    initial = optimizer.initial_values(group)
    slots: list[np.ndarray] = []
    for weight, name, transposed in _slots(optimizer, layers):
        values = optimizer.state.get(weight, {}).get(name, torch.full_like(weight, initial[name]))
        slots.append((values.T if transposed else values).detach().cpu().numpy())
    dtype = group["params"][0].detach().cpu().numpy().dtype
    state = [np.array(optimizer.iterations)]
    state += [np.array(group["lr"], dtype)] if optimizer.schedule is None else []
    if isinstance(optimizer, KerasNadam):
        latest = max(optimizer.state.values(), key=lambda kept: kept["step"], default={"u_product": 1.0})
        slots.append(np.array(latest["u_product"], dtype))
    return state + slots


def read_optimizer_state(h5: H5File, optimizer: KerasOptimizer, layers: Iterable[nn.Module]) -> OptimizerState:
    """Read the state of an optimiser of these settings and layers from the weights in a `.keras` file.

    Raises:
        InputError: The file has none, or that of another one.
    """
    if _GROUP not in h5 or "vars" not in h5.names(_GROUP):
        raise InputError("expected the state of the optimiser, as a .keras file of a compiled model has it, found none")
    steps, *others = optimizer_state(optimizer, layers)
    paths = [f"{_GROUP}/vars/{number}" for number in range(1 + len(others))]
    if set(h5.names(f"{_GROUP}/vars")) != {path.rpartition("/")[2] for path in paths}:
        kind, found = type(optimizer).__name__.removeprefix("Keras"), len(h5.names(f"{_GROUP}/vars"))
        raise InputError(f"expected the {len(paths)} variables of a trained {kind}, found {found}")
    read = [h5.array(path, one.shape, str(one.dtype)) for path, one in zip(paths[1:], others, strict=True)]
    return [np.array(h5.whole_number(paths[0]), steps.dtype), *read]


def set_optimizer_state(optimizer: KerasOptimizer, layers: Iterable[nn.Module], state: OptimizerState) -> None:
    """Let an optimiser go on from a state, but for the learning rate, which is its own.

    Keras equivalence: of `keras.saving.load_model`, the same values to the bit.
    """
    for weight in optimizer.param_groups[0]["params"]:
        optimizer.state[weight]["step"] = int(state[0])
    rest = iter(state[1 if optimizer.schedule is not None else 2 :])
    for weight, name, transposed in _slots(optimizer, layers):
        values = torch.from_numpy(next(rest))
        given = (values.T if transposed else values).to(weight)
        optimizer.state[weight][name] = given.clone(memory_format=torch.contiguous_format)
    for product in rest:
        for kept in optimizer.state.values():
            kept["u_product"] = float(product)


def _slots(optimizer: KerasOptimizer, layers: Iterable[nn.Module]) -> Iterator[tuple[Tensor, str, bool]]:
    """Yield each weight, what is kept of it, and whether it is transposed in Keras, in the order of Keras's variables.

    Keras makes the first and second moments of Adam and Nadam weight by weight, all else (as in `RMSprop`) name by
    name (`add_optimizer_variables` in `keras/src/optimizers/`, Keras 3.15).
    """
    weights = [
        (weight, variable.transposed)
        for layer in require_keras_layers(layers)
        for variable in layer.variables
        if (weight := layer.get_parameter(variable.parameter)).requires_grad
    ]
    names = list(optimizer.initial_values(optimizer.param_groups[0]))
    together = names[:2] if isinstance(optimizer, KerasAdam | KerasNadam) else names[:1]
    for block in (together, *([name] for name in names[len(together) :])):
        for weight, transposed in weights:
            for name in block:
                yield weight, name, transposed
