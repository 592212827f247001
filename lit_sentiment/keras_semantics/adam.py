"""Adam, AdamW and Nadam as Keras computes them."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from lit_sentiment.keras_semantics.gradient import Gradient, root
from lit_sentiment.keras_semantics.optimizer import KerasOptimizer, number_type
from lit_sentiment.keras_semantics.schedules import LearningRateSchedule


class KerasAdam(KerasOptimizer):
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
        lr: Keras's `learning_rate`, a number or a schedule.
        betas: Keras's `beta_1` and `beta_2`.
        eps: Keras's `epsilon`.
        weight_decay: Keras's: before the step every weight loses `weight * weight_decay * learning_rate`. It passes
            through float32. It is not the gradient of an L2 penalty.
        amsgrad: Whether the greatest v so far takes the place of v.
        clipping: One of `clipnorm`, `global_clipnorm` and `clipvalue`, see KerasOptimizer.

    Raises:
        ValueError: A negative `lr`, `eps` or `weight_decay`, a beta outside [0, 1), or more than one clipping.
    """

    def __init__(
        self,
        params: Any,
        lr: float | LearningRateSchedule = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-7,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        **clipping: float | None,
    ) -> None:
        settings = {"betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(params, lr, settings, **clipping)

    def initial_values(self, group: dict[str, Any]) -> dict[str, float]:
        """Return those of m and v, and of the greatest v with `amsgrad`."""
        return {"momentum": 0, "velocity": 0, **({"velocity_hat": 0} if group.get("amsgrad") else {})}

    def update(
        self, parameter: Tensor, gradient: Gradient, state: dict[str, Any], group: dict[str, Any], step: int
    ) -> None:
        """Move a parameter by the formula at a step, counted from 1."""
        momentum, velocity = state["momentum"], state["velocity"]
        beta_1, beta_2 = group["betas"]
        gradient.move(momentum, 1 - beta_1)
        gradient.squared().move(velocity, 1 - beta_2)
        if group.get("amsgrad"):
            velocity = torch.maximum(state["velocity_hat"], velocity, out=state["velocity_hat"])
        alpha = self.step_size(group, step, parameter.dtype)
        parameter.addcdiv_(momentum, root(velocity).add_(group["eps"]), value=-alpha)

    def step_size(self, group: dict[str, Any], step: int, dtype: torch.dtype) -> float:
        """Return what multiplies m / (sqrt(v) + epsilon) at a step, computed in the dtype of the weights.

        In float32 `1 - beta_2 ** step` loses most of its digits at the first steps; Keras's curves have that in them.
        """
        number = number_type(dtype)
        beta_1_power, beta_2_power = (number(np.float32(beta)) ** number(step) for beta in group["betas"])
        return float(number(group["lr"]) * np.sqrt(1 - beta_2_power) / (1 - beta_1_power))


class KerasAdamW(KerasAdam):
    """KerasAdam with a weight decay of 0.004 (`keras/src/optimizers/adamw.py`, Keras 3.15)."""

    def __init__(
        self,
        params: Any,
        lr: float | LearningRateSchedule = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-7,
        weight_decay: float = 0.004,
        amsgrad: bool = False,
        **clipping: float | None,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, **clipping)


class KerasNadam(KerasOptimizer):
    """Adam with Nesterov's momentum (`keras/src/optimizers/nadam.py`, Keras 3.15; Dozat, 2016).

    With t the number of the step, counted from 1, m and v as in KerasAdam, and
    `u(t) = beta_1 * (1 - 0.5 * 0.96 ** t)`:

        m_hat = u(t + 1) * m / (1 - u(1) * ... * u(t + 1)) + (1 - u(t)) * gradient / (1 - u(1) * ... * u(t))
        w -= learning_rate * m_hat / (sqrt(v / (1 - beta_2 ** t)) + epsilon)

    Keras equivalence: as KerasAdam. Betas and 0.96 pass through float32, but not in the product of all u up to t.

    Args:
        params: As of KerasAdam, like all settings.
        lr: See there.
        betas: See there.
        eps: See there.
        weight_decay: See there.
        clipping: See there.
    """

    def __init__(
        self,
        params: Any,
        lr: float | LearningRateSchedule = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-7,
        weight_decay: float = 0.0,
        **clipping: float | None,
    ) -> None:
        super().__init__(params, lr, {"betas": betas, "eps": eps, "weight_decay": weight_decay}, **clipping)

    def initial_values(self, group: dict[str, Any]) -> dict[str, float]:
        """Return those of m and v."""
        return {"momentum": 0, "velocity": 0}

    def update(
        self, parameter: Tensor, gradient: Gradient, state: dict[str, Any], group: dict[str, Any], step: int
    ) -> None:
        """Move a parameter by the formula at a step, counted from 1."""
        momentum, velocity, number = state["momentum"], state["velocity"], number_type(parameter.dtype)
        state.setdefault("u_product", 1.0)
        for t in range(state["step"] + 1, step + 1):  # steps that left the parameter out count too
            factor = number(1 - number(0.5) * number(0.96) ** number(t))
            state["u_product"] = float(number(state["u_product"]) * number(group["betas"][0]) * factor)
        beta_1, beta_2, decay = (number(np.float32(one)) for one in (*group["betas"], 0.96))
        u_t, u_next = (beta_1 * (1 - number(0.5) * decay ** number(t)) for t in (step, step + 1))
        product = number(state["u_product"])
        product_next = product * u_next
        gradient.move(momentum, float(1 - beta_1))
        gradient.squared().move(velocity, float(1 - beta_2))
        m_hat = (momentum * float(u_next)).div_(float(1 - product_next))
        gradient.map(lambda values: values * float(1 - u_t) / float(1 - product)).merged().add_to(m_hat)
        v_hat = velocity / float(1 - beta_2 ** number(step))
        m_hat.mul_(self.learning_rate(group, parameter.dtype))
        parameter.sub_(m_hat.div_(root(v_hat).add_(group["eps"])))
