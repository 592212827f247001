"""What Keras's optimisers share: the order of a step, clipping, decay, the learning rate, and configs."""

from collections.abc import Callable, Mapping
from functools import partial
from inspect import signature, unwrap
from math import isfinite
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from lit_sentiment.errors import InputError, did_you_mean
from lit_sentiment.keras_semantics.gradient import Gradient, root
from lit_sentiment.keras_semantics.schedules import LearningRateSchedule, schedule_from_config

CLIPPINGS = ("clipnorm", "global_clipnorm", "clipvalue")

_OUR_NAMES = {"learning_rate": "lr", "epsilon": "eps"}
_WITHOUT_EFFECT = ("name", "jit_compile", "ema_momentum", "ema_overwrite_frequency")
_NOT_OFFERED = ("use_ema", "gradient_accumulation_steps", "loss_scale_factor", "decay", "is_legacy_optimizer")
"""Settings of Keras 2 or 3 that are taken only when they are off."""

_UPPER_LIMITS = {"betas": "below 1", "rho": "below 1", "momentum": "at most 1"}


class KerasOptimizer(Optimizer):
    """What is around the formula of each of Keras's optimisers, which a subclass has in `update`.

    A step clips the gradients, takes the decay from the weights, then applies the formula
    (`keras/src/optimizers/base_optimizer.py`, Keras 3.15). Steps are counted for all parameters together, those too
    that have no gradient at some of them.

    Args:
        params: Parameters or groups of them, dense or with sparse gradients.
        lr: Keras's `learning_rate`: a number, of which each group may have its own, or a schedule, the same for all
            groups. `lr` of a group is a number always; a schedule sets it at every step.
        settings: Of the subclass, by name.
        clipnorm: Each gradient is scaled down to this norm; a sparse one has the norm of its unmerged entries.
        global_clipnorm: All gradients are scaled down to this common norm, over all groups. A sparse gradient is
            merged by it, so that its square is the square of the sum.
        clipvalue: Each element is cut off at plus and minus this; each entry of a sparse gradient. As in Keras, a
            clipping of 0 is none.

    Raises:
        ValueError: A setting is out of its range, or more than one clipping is set.
    """

    def __init__(
        self,
        params: Any,
        lr: float | LearningRateSchedule,
        settings: dict[str, Any],
        clipnorm: float | None = None,
        global_clipnorm: float | None = None,
        clipvalue: float | None = None,
    ) -> None:
        clippings = {"clipnorm": clipnorm, "global_clipnorm": global_clipnorm, "clipvalue": clipvalue}
        super().__init__(params, {"lr": lr, **settings, **clippings})
        # Groups have every setting, so that what a checkpoint brings can be replaced; `defaults`, which goes into the
        # identity of a training, has only what is on.
        self.defaults = {
            name: value for name, value in self.defaults.items() if value is not None and value is not False
        }

    @property
    def schedule(self) -> LearningRateSchedule | None:
        """The schedule of the learning rate, if it is not a number."""
        lr = self.defaults["lr"]
        return lr if isinstance(lr, LearningRateSchedule) else None

    @property
    def iterations(self) -> int:
        """The number of steps taken."""
        return max((state["step"] for state in self.state.values()), default=0)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters, whose settings are checked."""
        settings = {**self.defaults, **param_group}
        if self.schedule is not None:
            if settings["lr"] is not self.schedule:
                raise ValueError(f"expected no lr for a group beside a schedule, found {settings['lr']}")
            settings["lr"] = param_group["lr"] = self.schedule(self.iterations)
        for name, default in _settings_of(type(self)).items():
            _require_in_range(name, settings.get(name, default), default)
        set_clippings = [name for name in CLIPPINGS if settings.get(name) is not None]
        if len(set_clippings) > 1:
            raise ValueError(f"expected one of {', '.join(CLIPPINGS)}, found {' and '.join(set_clippings)}")
        unwrap(Optimizer.add_param_group)(self, param_group)  # torch's wrapper imports its compiler: a second

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; `closure`, if given, computes the loss and the gradients first."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        step = self.iterations + 1
        global_norm = self._global_norm()
        for group in self.param_groups:
            if self.schedule is not None:
                group["lr"] = self.schedule(step - 1)
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                state.setdefault("step", 0)
                for name, value in self.initial_values(group).items():
                    if name not in state:
                        state[name] = torch.full_like(parameter, value)
                gradient = _clipped(Gradient.of(parameter.grad), group, global_norm)
                if group["weight_decay"]:
                    decay = float(np.float32(group["weight_decay"]))
                    parameter.sub_(parameter * decay * self.learning_rate(group, parameter.dtype))
                self.update(parameter, gradient, state, group, step)
                state["step"] = step
        return loss

    def initial_values(self, group: dict[str, Any]) -> dict[str, float]:
        """Return the value before the first step of each tensor that the formula keeps of a parameter, by name."""
        raise NotImplementedError

    def update(
        self, parameter: Tensor, gradient: Gradient, state: dict[str, Any], group: dict[str, Any], step: int
    ) -> None:
        """Move a parameter by the formula at a step, counted from 1; `state["step"]` is its last step before."""
        raise NotImplementedError

    def learning_rate(self, group: dict[str, Any], dtype: torch.dtype) -> float:
        """Return the learning rate of a group as a variable of the weights' dtype holds it."""
        return float(number_type(dtype)(group["lr"]))

    def get_config(self) -> dict[str, Any]:
        """Return the settings of the first group as Keras writes them, a schedule as a serialized object."""
        group, keras_names = self.param_groups[0], {ours: theirs for theirs, ours in _OUR_NAMES.items()}
        config: dict[str, Any] = {"name": type(self).__name__.removeprefix("Keras").lower()}
        for name, default in _settings_of(type(self)).items():
            if name == "betas":
                config["beta_1"], config["beta_2"] = group["betas"]
            elif name == "weight_decay" and not default:
                config[name] = group[name] or None
            else:
                config[keras_names.get(name, name)] = group[name]
        if self.schedule is not None:
            config["learning_rate"] = self.schedule.get_config()
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Callable[..., "KerasOptimizer"]:
        """Return what makes the optimiser from parameters, with the settings of a config of Keras 2 or 3.

        Raises:
            InputError: A setting is unknown, not offered, or out of its range.
        """
        kind, defaults = cls.__name__.removeprefix("Keras"), _settings_of(cls)
        settings: dict[str, Any] = {}
        make: Any = cls
        weights = [torch.nn.Parameter(torch.zeros(1))]
        for name, value in config.items():
            ours = _OUR_NAMES.get(name, name)
            if name in _WITHOUT_EFFECT or (name in _NOT_OFFERED and not value):
                continue
            if name in _NOT_OFFERED:
                raise InputError(f"{kind}, {name}: expected it to be off, which is all that is offered, found {value}")
            if name in ("beta_1", "beta_2") and "betas" in defaults:
                betas = list(settings.get("betas", defaults["betas"]))
                betas[name == "beta_2"] = value
                settings["betas"] = tuple(betas)
            elif ours not in defaults or ours == "betas":
                close = did_you_mean(str(name), make(weights).get_config())
                fix = close or "; take it out of the config"
                raise InputError(f"{kind}: expected settings of Keras's {kind}, found {name}{fix}")
            elif ours == "lr" and isinstance(value, Mapping):
                settings["lr"] = schedule_from_config(value)
            elif value is not None or defaults[ours]:  # None is the default, but for a number that Keras needs
                settings[ours] = value
        make = partial(cls, **settings)
        try:
            make(weights)
        except ValueError as fault:
            raise InputError(f"{kind}: {fault}") from None
        return make

    def _global_norm(self) -> Tensor | None:
        if not any(group.get("global_clipnorm") for group in self.param_groups):
            return None
        gradients = [
            weight.grad for group in self.param_groups for weight in group["params"] if weight.grad is not None
        ]
        squares = [Gradient.of(gradient).squared().values.sum() for gradient in gradients]
        return root(torch.stack(squares).sum()) if squares else None


def number_type(dtype: torch.dtype) -> type[np.float32] | type[np.float64]:
    """Return the NumPy type in which Keras computes numbers for weights of a dtype."""
    return np.float64 if dtype == torch.float64 else np.float32


def _clipped(gradient: Gradient, group: dict[str, Any], global_norm: Tensor | None) -> Gradient:
    """Clip as `_clip_gradients` of `keras/src/optimizers/base_optimizer.py` does."""
    clipnorm, global_clipnorm, clipvalue = (group.get(name) for name in CLIPPINGS)
    if clipnorm:
        norm = root(gradient.squared().values.sum())
        return gradient.map(lambda values: values * clipnorm / norm.clamp(min=clipnorm))
    if global_clipnorm:
        assert global_norm is not None
        # A norm that is not finite makes the scale NaN, as in Keras.
        scale = global_clipnorm * (1 / global_norm).clamp(max=1 / global_clipnorm) + (global_norm - global_norm)
        return gradient.merged().map(lambda values: values * scale.to(values.dtype))
    if clipvalue:
        return gradient.map(lambda values: values.clamp(-clipvalue, clipvalue))
    return gradient


def _settings_of(optimizer: type[KerasOptimizer]) -> dict[str, Any]:
    """Return the settings that an optimiser takes, with their defaults."""
    taken = {**signature(KerasOptimizer).parameters, **signature(optimizer).parameters}
    ours = [name for name in taken if name not in ("params", "settings", "clipping")]
    return {name: taken[name].default for name in ours}


def _require_in_range(name: str, value: Any, default: Any) -> None:
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ValueError(f"expected {name} of true or false, found {value!r:.60}")
        return
    if value is None and default is None:
        return
    upper = _UPPER_LIMITS.get(name)
    for number in value if isinstance(value, tuple | list) else (value,):
        known = isinstance(number, int | float) and isfinite(number) and number >= 0
        if not known or (upper == "below 1" and number >= 1) or (upper == "at most 1" and number > 1):
            raise ValueError(f"expected {name} of 0 or more{f' and {upper}' if upper else ''}, found {number!r:.60}")
