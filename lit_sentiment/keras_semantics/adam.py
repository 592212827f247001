"""Adam as Keras computes it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer


class KerasAdam(Optimizer):
    """Adam with "epsilon hat", the last lines of section 2 in Kingma and Ba (2015).

    The source is `keras/src/optimizers/adam.py`, Keras 3.15.

    With t the number of the step, counted from 1:

        m += (1 - beta_1) * (gradient - m)
        v += (1 - beta_2) * (gradient ** 2 - v)
        w -= learning_rate * sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t) * m / (sqrt(v) + epsilon)

    `torch.optim.Adam` divides v by `1 - beta_2 ** t` before it adds epsilon, which at the first step is an epsilon
    about thirty times smaller.

    A sparse gradient (from `nn.Embedding(sparse=True)`) has an entry per occurrence of a row. As Keras 3 on TensorFlow
    does with `tf.IndexedSlices`, v takes the sum of the squares of the entries, not the square of their sum; m takes
    their sum; rows that do not occur decay and move like all others.

    Keras equivalence: Keras 3.15.1 on TensorFlow 2.21, equal but for rounding (the order of summation of sparse
    entries, and of a product). The betas that correct for the start pass through float32, as in Keras, where they are
    cast; what they give is computed in the dtype of the weights, bit-equal (`scripts/ablation.py --seed 2` shows what
    becomes of float32 curves where it is not).

    Args:
        params: Parameters or groups of them, dense or with sparse gradients.
        lr: Keras's `learning_rate`.
        betas: Keras's `beta_1` and `beta_2`.
        eps: Keras's `epsilon`.
        weight_decay: Keras's: before the step every weight loses `weight * weight_decay * learning_rate`. It passes
            through float32. It is not the gradient of an L2 penalty.

    Raises:
        ValueError: A negative `lr`, `eps` or `weight_decay`, or a beta outside [0, 1).
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-7,
        weight_decay: float = 0.0,
    ) -> None:
        if lr < 0 or eps < 0 or weight_decay < 0:
            raise ValueError(f"expected lr, eps and weight_decay of 0 or more, found {lr}, {eps}, {weight_decay}")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"expected betas in [0, 1), found {betas}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; `closure`, if given, computes the loss and the gradients first."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)
        return loss

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = 0
            state["momentum"] = torch.zeros_like(parameter)
            state["velocity"] = torch.zeros_like(parameter)
        state["step"] += 1
        momentum, velocity = state["momentum"], state["velocity"]
        (beta_1, beta_2), gradient = group["betas"], parameter.grad
        assert gradient is not None
        if group["weight_decay"]:
            parameter.sub_(parameter * float(np.float32(group["weight_decay"])) * group["lr"])
        if gradient.is_sparse:
            rows, occurrences = torch.unique(gradient._indices()[0], return_inverse=True)
            entries = gradient._values()
            _move_rows(momentum, rows, occurrences, entries, 1 - beta_1)
            _move_rows(velocity, rows, occurrences, entries.square(), 1 - beta_2)
        else:
            momentum.lerp_(gradient, 1 - beta_1)
            velocity.lerp_(gradient.square(), 1 - beta_2)
        step_size = self.step_size(group, state["step"], parameter.dtype)
        parameter.addcdiv_(momentum, velocity.sqrt().add_(group["eps"]), value=-step_size)

    def step_size(self, group: dict[str, Any], step: int, dtype: torch.dtype) -> float:
        """Return what multiplies m / (sqrt(v) + epsilon) at a step, computed in the dtype of the weights.

        In float32 `1 - beta_2 ** step` loses most of its digits at the first steps; Keras's curves have that in them.
        """
        number = np.float64 if dtype == torch.float64 else np.float32
        beta_1_power, beta_2_power = (number(np.float32(beta)) ** number(step) for beta in group["betas"])
        return float(number(group["lr"]) * np.sqrt(1 - beta_2_power) / (1 - beta_1_power))


def _move_rows(average: Tensor, rows: Tensor, occurrences: Tensor, entries: Tensor, weight: float) -> None:
    """Move a running average (N, D) towards the sum of each row's entries (E, D), zero for rows that do not occur.

    `rows` int (R,) holds those that occur, each once; `occurrences` int (E,) the position in it of each entry's row.
    """
    sums = entries.new_zeros(len(rows), entries.shape[1]).index_add_(0, occurrences, entries)
    moved = average[rows].lerp_(sums, weight)
    average.lerp_(average.new_zeros(()), weight).index_copy_(0, rows, moved)
