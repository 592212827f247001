"""What LSTM, GRU and SimpleRNN have in common: settings, random masks, padding, and the loop over the steps."""

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn

from lit_sentiment.errors import SettingError
from lit_sentiment.keras_semantics.activations import require_activation
from lit_sentiment.keras_semantics.layer import Layer, Shape, Variable, require_seed, require_size
from lit_sentiment.keras_semantics.masking import RandomMasks, UnmaskedSteps
from lit_sentiment.keras_semantics.seed_generator import SeedGenerator

States = tuple[Tensor, ...]
"""What a layer hands on from step to step, each (B, units); the first is its output."""


class Product(Protocol):
    """A state (B, units) times the recurrent kernel of some gates, (gates, B, units)."""

    def __call__(self, state: Tensor, gates: slice = slice(None)) -> Tensor:
        """Return it, with the masks and the bias of the state."""


class Recurrence(Layer):
    """A recurrent layer: vectors (B, T, D) to the last output (B, units), or to all (B, T, units).

    With `dropout` alone, one mask (B, D) falls on the inputs of all steps and gates. With `recurrent_dropout`, or
    `implementation` 1, each gate has masks of its own: first those of the inputs are drawn, then those of the state, in
    the order of the gates. They
    fall on the state that enters the recurrent kernel, not on the one carried over. Like Keras's they are drawn in
    validation and prediction too, and not used: the generator moves on, so that a training that follows has other
    masks. Padding under a mask: see UnmaskedSteps.

    Sources: `keras/src/layers/rnn/rnn.py`, `dropout_rnn_cell.py` and the three cells, Keras 3.15.

    Args:
        units: Size of the output.
        activation: Of the new state; a name in ACTIVATIONS.
        use_bias: Whether there is a bias.
        kernel_initializer: Of the kernel, see Layer.
        recurrent_initializer: Of the recurrent kernel.
        bias_initializer: Of the bias.
        kernel_regularizer: Of the kernel (D, gates * units).
        recurrent_regularizer: Of the recurrent kernel (units, gates * units).
        bias_regularizer: Of the bias.
        dropout: Part of the inputs that is set to zero in training; what lies outside [0, 1] is moved to its end.
        recurrent_dropout: The same of the state.
        return_sequences: Whether to return the outputs of all steps.
        go_backwards: Whether to read from the end; outputs come in the order read.
        unroll: Changes nothing, but for `zero_output_for_mask` in a layer that goes backwards.
        zero_output_for_mask: Whether a masked step gives zeros instead of the output before it.
        implementation: With 1 `dropout` alone draws a mask per gate, too. Configs of Keras 2 have the setting; Keras 3
            reads it in an LSTM or GRU, and trains it with `use_cudnn=False` alone. It does not write it, so that the
            copies in a Bidirectional lose it.
        seed: Of the random masks; by default one from Python's `random`.
        trainable: Whether the weights are trained.

    Raises:
        SettingError: A setting has a value that it cannot have.
    """

    kernel: nn.Parameter
    recurrent_kernel: nn.Parameter
    bias: nn.Parameter | None

    gates: ClassVar[int]
    masks_first: ClassVar[bool] = False
    """Whether the generator of the random masks takes its seed before the initialisers."""
    state_count: ClassVar[int] = 1
    drops_all: ClassVar[bool] = False
    """Whether a rate of 1 drops everything; in Keras's LSTM and GRU it drops nothing."""

    def __init__(
        self,
        units: int,
        activation: str | None = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        go_backwards: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        implementation: int | None = None,
        seed: int | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(trainable)
        require_size("units", units)
        require_seed(seed)
        self.units, self.use_bias = units, use_bias
        self.activation = require_activation("activation", activation) or "linear"
        self.dropout, self.recurrent_dropout = _rate("dropout", dropout), _rate("recurrent_dropout", recurrent_dropout)
        masks_differ = implementation == 1 and self.gates > 1 and self.dropout and not self.recurrent_dropout
        self.implementation = 1 if masks_differ else None
        self.seed = seed
        # Keras makes the generator with or without dropout.
        generator = SeedGenerator(seed) if self.masks_first else None
        self._set_initializers(
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
        )
        self.mask_generator = generator or SeedGenerator(seed)
        self.kernel_regularizer, self.recurrent_regularizer = kernel_regularizer, recurrent_regularizer
        self.bias_regularizer = bias_regularizer
        self.return_sequences, self.go_backwards, self.unroll = return_sequences, go_backwards, unroll
        self.zero_output_for_mask = zero_output_for_mask

    @property
    def variables(self) -> tuple[Variable, ...]:  # type: ignore[override]
        """In Keras's order."""
        names = ("kernel", "recurrent_kernel", "bias")[: 2 + self.use_bias]
        return tuple(Variable(name, name, f"cell/vars/{number}") for number, name in enumerate(names))

    @staticmethod
    def sizes_of(shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
        """Return the units, which are the inputs of the recurrent kernel."""
        return {"units": shapes[1][0]}

    def output_mask(self, inputs: Tensor, mask: Tensor | None) -> Tensor | None:
        """Return the mask of the outputs, where there is one a step."""
        return mask if self.return_sequences else None

    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the last output, or with `return_sequences` those of all steps."""
        input_masks, state_masks = self._random_masks(inputs)
        if self.go_backwards:
            inputs, mask = inputs.flip(1), None if mask is None else mask.flip(1)
        if mask is None:
            outputs, states = self._run(inputs, input_masks, state_masks)
            return outputs if self.return_sequences else states[0]
        steps = UnmaskedSteps(mask)
        outputs, _ = self._run(steps.compacted(inputs), input_masks, state_masks)
        if not self.return_sequences:
            last = steps.last(outputs)
            return torch.where(mask[:, -1:], last, 0) if self.zero_output_for_mask else last
        outputs = steps.spread(outputs)
        if self.zero_output_for_mask:
            # Keras's unrolled loop does not turn the mask round with the outputs.
            kept = mask.flip(1) if self.unroll and self.go_backwards else mask
            outputs = torch.where(kept[..., None], outputs, 0)
        return outputs

    def joining(self, blocks: Sequence[Tensor]) -> list[Tensor]:
        """Return the outputs of blocks (reviews, steps, D), each the steps behind the one before it; without masks.

        A block may have more reviews than the one before: they go on from the state of the first. Without
        `return_sequences` there is one output, the last of all reviews.
        """
        self._random_masks(blocks[-1])  # moves the generator on, once a batch
        states: States | None = None
        outputs = []
        for block in blocks:
            if states is not None:
                new = len(block) - len(states[0])
                states = tuple(torch.cat([state, state[:1].expand(new, -1)]) for state in states)
            block_outputs, states = self._run(block, states=states)
            outputs.append(block_outputs)
        return outputs if self.return_sequences or states is None else [states[0]]

    def _build(self, input_shape: Shape) -> Shape:
        self._make_weights(input_shape[-1])  # type: ignore[arg-type]
        if self.dropout or self.recurrent_dropout:
            self.masks = RandomMasks(self.torch_generator or self.mask_generator)
        return (*input_shape[:-1], self.units) if self.return_sequences else (self.units,)

    def _make_weights(self, inputs: int) -> None:
        """Make the parameters for vectors of this size, with their initial values."""
        sums = self.gates * self.units
        self.kernel = nn.Parameter(torch.empty(inputs, sums))
        self.recurrent_kernel = nn.Parameter(torch.empty(self.units, sums))
        self.bias = nn.Parameter(torch.empty(self._bias_shape())) if self.use_bias else None
        self.reset_parameters()

    def _bias_shape(self) -> tuple[int, ...]:
        return (self.gates * self.units,)

    def _weights(self) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        """Return kernel, recurrent kernel, bias of the inputs and bias of the state, in Keras's layout."""
        return self.kernel, self.recurrent_kernel, self.bias, None

    def _random_masks(self, inputs: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Return the masks of a training step: of the inputs (1 or gates, B, D), of the state (gates, B, units)."""
        rates = (self.dropout, self.recurrent_dropout)
        if not any(rates) or torch.onnx.is_in_onnx_export():
            return None, None
        counts = (self.gates if self.recurrent_dropout or self.implementation == 1 else 1, self.gates)
        masked = (inputs[:, 0], inputs.new_empty(len(inputs), self.units))
        drawn = [
            None if rate == 1 and not self.drops_all else self.masks.draw(count, rate, like)
            for count, rate, like in zip(counts, rates, masked, strict=True)
        ]
        return (drawn[0], drawn[1]) if self.training else (None, None)

    def _run(
        self,
        inputs: Tensor,
        input_masks: Tensor | None = None,
        state_masks: Tensor | None = None,
        states: States | None = None,
    ) -> tuple[Tensor, States]:
        """Return the outputs (B, T, units) and the last states, by torch's own kernel where it can.

        `states` are those before the first step, zeros by default.
        """
        # `len` would be the same number for all batches in an exported graph.
        states = states or (inputs.new_zeros(inputs.shape[0], self.units),) * self.state_count
        dropped = inputs[None] if input_masks is None else inputs * input_masks[:, :, None]
        torch_kernel = self._torch_kernel()
        if torch_kernel is None or state_masks is not None or len(dropped) > 1:
            return self._loop(dropped, state_masks, states)
        run, weights = torch_kernel
        given = [state[None] for state in states]
        first = given if self.state_count == 2 else given[0]
        outputs, *last = run(dropped[0], first, weights, self.use_bias, 1, 0.0, self.training, False, True)
        return outputs, tuple(state[-1] for state in last)

    def _loop(self, inputs: Tensor, state_masks: Tensor | None, states: States) -> tuple[Tensor, States]:
        """Return what `_run` does for inputs (1 or gates, B, T, D), step by step."""
        kernel, recurrent_kernel, *biases = self._weights()
        recurrent_kernels = self._per_gate(recurrent_kernel)
        bias, state_bias = (None if one is None else self._per_gate(one[None]) for one in biases)
        # What does not depend on the state is computed for all steps at once.
        sums = torch.einsum("gbtd,gdh->tgbh", inputs, self._per_gate(kernel))
        sums = sums if bias is None else sums + bias

        def product(state: Tensor, gates: slice = slice(None)) -> Tensor:
            kernels = recurrent_kernels[gates]
            dropped = state.expand(len(kernels), -1, -1) if state_masks is None else state * state_masks[gates]
            return dropped @ kernels if state_bias is None else dropped @ kernels + state_bias[gates]

        outputs = []
        for step in sums.unbind():
            states = self._step(step, product, states)
            outputs.append(states[0])
        return torch.stack(outputs, 1), states

    def _per_gate(self, weight: Tensor) -> Tensor:
        """Return a weight (N, gates * units) as (gates, N, units)."""
        return torch.stack(weight.chunk(self.gates, -1))

    def _torch_kernel(self) -> tuple[Callable[..., Any], list[Tensor]] | None:
        """Return torch's function for these activations, with its weights, or None where it has none."""
        raise NotImplementedError

    def _step(self, sums: Tensor, product: Product, states: States) -> States:
        """Return the next states; `sums` (gates, B, units) are the kernel's part of a step."""
        raise NotImplementedError


def _rate(setting: str, rate: float) -> float:
    if not isinstance(rate, int | float) or math.isnan(rate):
        raise SettingError(setting, "a number", rate)
    return min(1.0, max(0.0, rate))
