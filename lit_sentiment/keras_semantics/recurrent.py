"""Keras's recurrent layers: the equations of each, and torch's own kernel for it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from lit_sentiment.keras_semantics.activations import ACTIVATIONS, require_activation
from lit_sentiment.keras_semantics.layer import Variable
from lit_sentiment.keras_semantics.recurrence import Product, Recurrence, States


class LSTM(Recurrence, nn.LSTM):  # type: ignore[misc]
    """`keras.layers.LSTM(units)`, with gates in the order input, forget, cell, output:

        i, f, o = recurrent_activation(x W + b + h U), each with its part of W, b and U
        c' = f c + i activation(x W_c + b_c + h U_c)
        h' = o activation(c')

    torch has the same order, so the weights are transposes of each other. Keras has one bias where torch has two:
    `bias_hh_l0` stays zero and is not trained, for two trained biases would take twice the step.

    Keras equivalence: `keras/src/layers/rnn/lstm.py`, Keras 3.15, equal but for rounding; initial weights and masks as
    in `initializers` and RandomMasks.

    Args:
        **settings: See Recurrence, which also has `units`, `activation` and `use_bias`.
        recurrent_activation: Of the gates.
        unit_forget_bias: Whether the bias of the forget gate starts at one, whatever the bias_initializer.
    """

    gates = 4
    state_count = 2
    weight_ih_l0: nn.Parameter
    weight_hh_l0: nn.Parameter
    bias_ih_l0: nn.Parameter
    bias_hh_l0: nn.Parameter

    def __init__(
        self,
        units: int,
        activation: str | None = "tanh",
        recurrent_activation: str | None = "sigmoid",
        use_bias: bool = True,
        *,
        unit_forget_bias: bool = True,
        **settings: Any,
    ) -> None:
        super().__init__(units, activation, use_bias, **settings)
        self.recurrent_activation = require_activation("recurrent_activation", recurrent_activation) or "linear"
        self.unit_forget_bias = unit_forget_bias

    @property
    def variables(self) -> tuple[Variable, ...]:  # type: ignore[override]
        """In Keras's order."""
        kernels = (
            Variable("kernel", "weight_ih_l0", "cell/vars/0", transposed=True),
            Variable("recurrent_kernel", "weight_hh_l0", "cell/vars/1", transposed=True),
        )
        return (*kernels, Variable("bias", "bias_ih_l0", "cell/vars/2")) if self.use_bias else kernels

    def _make_weights(self, inputs: int) -> None:
        dropout = self.dropout  # torch gives this name to something else
        nn.LSTM.__init__(self, inputs, self.units, bias=self.use_bias, batch_first=True)
        self.dropout = dropout
        if self.use_bias:
            nn.init.zeros_(self.bias_hh_l0.requires_grad_(False))

    def _initial(self, setting: str, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        if setting != "bias_initializer" or not self.unit_forget_bias:
            return super()._initial(setting, shape, dtype)
        # Keras calls the initialiser for the input gate, and again for the cell and the output gate.
        before = super()._initial(setting, (self.units,), dtype)
        behind = super()._initial(setting, (2 * self.units,), dtype)
        return torch.cat([before, before.new_ones(self.units), behind])

    def _weights(self) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        return self.weight_ih_l0.T, self.weight_hh_l0.T, self.bias_ih_l0 if self.use_bias else None, None

    def _torch_kernel(self) -> tuple[Callable[..., Any], list[Tensor]] | None:
        if (self.activation, self.recurrent_activation) != ("tanh", "sigmoid"):
            return None
        return torch.lstm, list(self.parameters())

    def _step(self, sums: Tensor, product: Product, states: States) -> States:
        state, memory = states
        activation, recurrent_activation = ACTIVATIONS[self.activation], ACTIVATIONS[self.recurrent_activation]
        i, f, c, o = sums + product(state)
        memory = recurrent_activation(f) * memory + recurrent_activation(i) * activation(c)
        return recurrent_activation(o) * activation(memory), memory


class GRU(Recurrence):
    """`keras.layers.GRU(units)`, with gates in the order update, reset, new:

        z, r = recurrent_activation(x W + b + h U + d), each with its part of W, b, U and d
        n = activation(x W_n + b_n + r (h U_n + d_n))
        h' = z h + (1 - z) n

    The bias is (2, 3 * units): b, then d. Without `reset_after`, n = activation(x W_n + b_n + (r h) U_n), there is no
    d, and the bias is (3 * units,).

    Keras equivalence: `keras/src/layers/rnn/gru.py`, Keras 3.15, as the LSTM.

    Args:
        **settings: See Recurrence, which also has `units`, `activation` and `use_bias`.
        recurrent_activation: Of the gates.
        reset_after: Whether the reset gate falls on the product with the recurrent kernel, not on the state.
    """

    gates = 3

    def __init__(
        self,
        units: int,
        activation: str | None = "tanh",
        recurrent_activation: str | None = "sigmoid",
        use_bias: bool = True,
        *,
        reset_after: bool = True,
        **settings: Any,
    ) -> None:
        super().__init__(units, activation, use_bias, **settings)
        self.recurrent_activation = require_activation("recurrent_activation", recurrent_activation) or "linear"
        self.reset_after = reset_after

    def _bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def _weights(self) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        biases = self.bias if self.bias is not None and self.reset_after else (self.bias, None)
        return self.kernel, self.recurrent_kernel, biases[0], biases[1]

    def _torch_kernel(self) -> tuple[Callable[..., Any], list[Tensor]] | None:
        if not self.reset_after or (self.activation, self.recurrent_activation) != ("tanh", "sigmoid"):
            return None
        # torch has the reset gate first, and weights the other way round.
        gates = [weight.chunk(3, -1) for weight in self._weights() if weight is not None]
        return torch.gru, [torch.cat([reset, update, new], -1).t() for update, reset, new in gates]

    def _step(self, sums: Tensor, product: Product, states: States) -> States:
        (state,) = states
        recurrent_activation = ACTIVATIONS[self.recurrent_activation]
        of_state = product(state, slice(None) if self.reset_after else slice(2))
        z, r = recurrent_activation(sums[:2] + of_state[:2])
        of_new = r * of_state[2] if self.reset_after else product(r * state, slice(2, 3))[0]
        new = ACTIVATIONS[self.activation](sums[2] + of_new)
        return (z * state + (1 - z) * new,)


class SimpleRNN(Recurrence):
    """`keras.layers.SimpleRNN(units)`: h' = activation(x W + b + h U).

    Keras equivalence: `keras/src/layers/rnn/simple_rnn.py`, Keras 3.15, as the LSTM. The generator of its masks takes
    its seed first, and a rate of 1 drops everything.

    Args:
        **settings: See Recurrence, which also has `units`, `activation` and `use_bias`.
    """

    gates = 1
    masks_first = True
    drops_all = True

    def get_config(self) -> dict[str, Any]:
        """Return the settings under Keras's names; like Keras's without the seed, so that a copy takes a new one."""
        return {name: value for name, value in super().get_config().items() if name != "seed"}

    def _torch_kernel(self) -> tuple[Callable[..., Any], list[Tensor]] | None:
        kernels = {"tanh": torch.rnn_tanh, "relu": torch.rnn_relu}
        if self.activation not in kernels:
            return None
        biases = [] if self.bias is None else [self.bias, torch.zeros_like(self.bias)]  # torch has a second one
        return kernels[self.activation], [self.kernel.T, self.recurrent_kernel.T, *biases]

    def _step(self, sums: Tensor, product: Product, states: States) -> States:
        (state,) = states
        return (ACTIVATIONS[self.activation](sums[0] + product(state)[0]),)
