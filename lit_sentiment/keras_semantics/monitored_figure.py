"""How Keras's callbacks tell whether a figure of an epoch is better than another."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from lit_sentiment.errors import InputError

DIRECTIONS: dict[str, Literal["min", "max"]] = {"loss": "min", "accuracy": "max"}
"""Of the figures whose direction Keras knows: its loss, and what `compile(metrics=["accuracy"])` makes."""


def resolved_mode(callback: str, monitor: str) -> Literal["min", "max"]:
    """Return whether a figure is better when smaller or when greater, by the rule of Keras's `mode="auto"`.

    The source is `keras/src/callbacks/monitor_callback.py`, Keras 3.15: without `val_`, the loss is minimised and a
    metric of the compiled model goes by its own `_direction`, which for the accuracy is up. Keras finds out after the
    first epoch; here it is known at the start.

    Raises:
        InputError: Keras could not tell either, and raises ValueError.
    """
    direction = DIRECTIONS.get(monitor.removeprefix("val_"))
    if direction is None:
        known = ", ".join(prefix + name for prefix in ("", "val_") for name in DIRECTIONS)
        raise InputError(
            f"{callback}, monitor: expected one of {known}, of which Keras knows whether more is better, "
            f"found {monitor}; correct it, or give mode min or max with it"
        )
    return direction


def monitored_figure(callback: str, monitor: str, figures: Mapping[str, Any]) -> float:
    """Return the monitored one of the figures that are logged.

    Raises:
        InputError: None of that name is logged.
    """
    if monitor not in figures:
        raise InputError(f"{callback}, monitor: expected one of {', '.join(figures)}; found {monitor}")
    return float(figures[monitor])


def is_improvement(figure: float, best: float | None, mode: str, min_delta: float) -> bool:
    """Return whether a figure is better than the best by more than `min_delta`; the first always is, NaN never.

    Also in a float64 training Keras compares in float32, which `keras.ops.less` makes of Python's floats.
    """
    if best is None:
        return True
    if mode == "min":
        return bool(np.float32(figure + min_delta) < np.float32(best))
    return bool(np.float32(figure - min_delta) > np.float32(best))
