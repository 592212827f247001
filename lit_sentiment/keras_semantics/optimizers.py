"""RMSprop, SGD and Adagrad as Keras computes them, and all optimisers by Keras's names."""

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.adam import KerasAdam, KerasAdamW, KerasNadam
from lit_sentiment.keras_semantics.config_objects import keras_object, shown
from lit_sentiment.keras_semantics.gradient import Gradient, root
from lit_sentiment.keras_semantics.optimizer import KerasOptimizer
from lit_sentiment.keras_semantics.schedules import LearningRateSchedule


class KerasRMSprop(KerasOptimizer):
    """RMSprop with epsilon inside the root (`keras/src/optimizers/rmsprop.py`, Keras 3.15); torch adds it outside.

        v = rho * v + (1 - rho) * gradient ** 2
        a = rho * a + (1 - rho) * gradient, if centered, else 0
        increment = learning_rate * gradient / sqrt(v - a ** 2 + epsilon)
        m = momentum * m + increment, if momentum is above 0, else the increment
        w -= m

    `centered` with a sparse gradient is broken in Keras: v has the sum of the squares of a row's entries, a their
    sum, so that `v - a ** 2 + epsilon` turns negative once entries of a frequent word agree. Keras goes on with a row
    of NaN; here the step is refused. Until then both are equal.

    Keras equivalence: Keras 3.15.1 on TensorFlow 2.21, equal but for rounding.

    Args:
        params: Parameters or groups of them, dense or with sparse gradients.
        lr: Keras's `learning_rate`, a number or a schedule.
        rho: How much of v stays.
        momentum: How much of m stays.
        eps: Keras's `epsilon`.
        centered: Whether the variance of the gradient takes the place of its square.
        weight_decay: As of KerasAdam.
        clipping: One of `clipnorm`, `global_clipnorm` and `clipvalue`, see KerasOptimizer.
    """

    def __init__(
        self,
        params: Any,
        lr: float | LearningRateSchedule = 1e-3,
        rho: float = 0.9,
        momentum: float = 0.0,
        eps: float = 1e-7,
        centered: bool = False,
        weight_decay: float = 0.0,
        **clipping: float | None,
    ) -> None:
        settings = {"rho": rho, "momentum": momentum, "eps": eps, "centered": centered, "weight_decay": weight_decay}
        super().__init__(params, lr, settings, **clipping)

    def initial_values(self, group: dict[str, Any]) -> dict[str, float]:
        """Return those of v, of m with a momentum, and of a if it is centered."""
        used = {"velocity": True, "momentum": group["momentum"], "average_gradient": group.get("centered")}
        return {name: 0 for name in used if used[name]}

    def update(
        self, parameter: Tensor, gradient: Gradient, state: dict[str, Any], group: dict[str, Any], step: int
    ) -> None:
        """Move a parameter by the formula.

        Raises:
            InputError: `centered` has come to the root of a negative number.
        """
        rho, velocity = group["rho"], state["velocity"]
        gradient.squared().map(lambda values: (1 - rho) * values).merged().add_to(velocity.mul_(rho))
        variance = gradient.at_rows(velocity)
        if group.get("centered"):
            average = state["average_gradient"]
            gradient.map(lambda values: (1 - rho) * values).merged().add_to(average.mul_(rho))
            variance = variance - gradient.at_rows(average).square()
        variance = variance + group["eps"]
        if group.get("centered") and (variance < 0).any():
            raise InputError(
                "RMSprop, centered: expected a variance of 0 or more, found a negative one for a row that occurs more "
                "than once in a batch, where Keras goes on with NaN; use centered=False, or give the embedding a "
                "regulariser, which makes its gradient dense"
            )
        lr = self.learning_rate(group, parameter.dtype)
        increment = gradient.map(lambda values: lr * values / root(variance))
        if group["momentum"]:
            momentum = state["momentum"].mul_(group["momentum"])
            increment.merged().add_to(momentum)
            parameter.sub_(momentum)
        else:
            increment.add_to(parameter, -1)


class KerasSGD(KerasOptimizer):
    """Gradient descent with the learning rate inside the momentum (`keras/src/optimizers/sgd.py`, Keras 3.15).

        m = momentum * m - learning_rate * gradient
        w += m, or with nesterov w += momentum * m - learning_rate * gradient

    `torch.optim.SGD` multiplies m by the learning rate of the step instead, so a schedule makes them differ.

    Keras equivalence: Keras 3.15.1 on TensorFlow 2.21, equal but for rounding. The momentum passes through float32.

    Args:
        params: Parameters or groups of them, dense or with sparse gradients.
        lr: Keras's `learning_rate`, a number or a schedule.
        momentum: How much of m stays; without one there is no m.
        nesterov: Whether to look ahead; without a momentum it does nothing.
        weight_decay: As of KerasAdam.
        clipping: One of `clipnorm`, `global_clipnorm` and `clipvalue`, see KerasOptimizer.
    """

    def __init__(
        self,
        params: Any,
        lr: float | LearningRateSchedule = 1e-2,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        **clipping: float | None,
    ) -> None:
        settings = {"momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay}
        super().__init__(params, lr, settings, **clipping)

    def initial_values(self, group: dict[str, Any]) -> dict[str, float]:
        """Return that of m, if there is a momentum."""
        return {"momentum": 0} if group["momentum"] else {}

    def update(
        self, parameter: Tensor, gradient: Gradient, state: dict[str, Any], group: dict[str, Any], step: int
    ) -> None:
        """Move a parameter by the formula."""
        lr, kept = self.learning_rate(group, parameter.dtype), float(np.float32(group["momentum"]))
        descent = gradient.map(lambda values: values * lr)
        if not group["momentum"]:
            descent.add_to(parameter, -1)
            return
        descent, momentum = descent.merged(), state["momentum"].mul_(kept)
        descent.add_to(momentum, -1)
        if group.get("nesterov"):
            ahead = momentum * kept
            descent.add_to(ahead, -1)
            parameter.add_(ahead)
        else:
            parameter.add_(momentum)


class KerasAdagrad(KerasOptimizer):
    """Adagrad with epsilon inside the root (`keras/src/optimizers/adagrad.py`, Keras 3.15); torch adds it outside.

        accumulator += gradient ** 2
        w -= learning_rate * gradient / sqrt(accumulator + epsilon)

    Keras equivalence: Keras 3.15.1 on TensorFlow 2.21, equal but for rounding.

    Args:
        params: Parameters or groups of them, dense or with sparse gradients.
        lr: Keras's `learning_rate`, a number or a schedule.
        initial_accumulator_value: Where the accumulator starts. It passes through float32.
        eps: Keras's `epsilon`.
        weight_decay: As of KerasAdam.
        clipping: One of `clipnorm`, `global_clipnorm` and `clipvalue`, see KerasOptimizer.
    """

    def __init__(
        self,
        params: Any,
        lr: float | LearningRateSchedule = 1e-3,
        initial_accumulator_value: float = 0.1,
        eps: float = 1e-7,
        weight_decay: float = 0.0,
        **clipping: float | None,
    ) -> None:
        settings = {"initial_accumulator_value": initial_accumulator_value, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, lr, settings, **clipping)

    def initial_values(self, group: dict[str, Any]) -> dict[str, float]:
        """Return that of the accumulator."""
        return {"accumulator": float(np.float32(group["initial_accumulator_value"]))}

    def update(
        self, parameter: Tensor, gradient: Gradient, state: dict[str, Any], group: dict[str, Any], step: int
    ) -> None:
        """Move a parameter by the formula."""
        accumulator, lr = state["accumulator"], self.learning_rate(group, parameter.dtype)
        gradient.squared().add_to(accumulator)
        square = gradient.at_rows(accumulator) + group["eps"]
        gradient.map(lambda values: lr * values / root(square)).add_to(parameter, -1)


OPTIMIZERS: dict[str, type[KerasOptimizer]] = {
    optimizer.__name__.removeprefix("Keras"): optimizer
    for optimizer in (KerasAdam, KerasAdamW, KerasRMSprop, KerasSGD, KerasNadam, KerasAdagrad)
}
"""By the name of Keras's class."""


def optimizer_config(optimizer: KerasOptimizer) -> dict[str, Any]:
    """Return an optimiser as Keras serializes it."""
    return keras_object("keras.optimizers", type(optimizer).__name__.removeprefix("Keras"), optimizer.get_config())


def optimizer_from_config(config: Any) -> Callable[..., KerasOptimizer]:
    """Return what makes an optimiser from parameters.

    Args:
        config: What `compile(optimizer=...)` takes or a Keras file holds: a name in any case, or an object with
            `class_name` and `config`; Keras 2 wrote `Custom>Adam`.

    Raises:
        InputError: It is another optimiser, or a setting is unknown, not offered or out of its range.
    """
    kinds = {name.lower(): kind for name, kind in OPTIMIZERS.items()}
    match {"class_name": config, "config": {}} if isinstance(config, str) else config:
        case {"class_name": str(name), "config": dict(settings)}:
            kind = kinds.get(name.removeprefix("Custom>").lower())
            if kind is not None:
                return kind.from_config(settings)
    raise InputError(f"optimizer: expected one of {', '.join(OPTIMIZERS)}, found {shown(config)}")
