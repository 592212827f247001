"""Curves read back from a TensorBoard folder, Keras's or ours."""

from pathlib import Path
from typing import Any

from lit_sentiment.errors import InputError

SUB_RUNS = {"train": "", "validation": "val_"}
"""Keras's sub-runs, and the prefix of the figures in each."""
TAG_PREFIX = "epoch_"


def place_of(figure: str) -> tuple[str, str]:
    """Return the sub-run and the tag under which Keras's TensorBoard callback writes a figure of a history."""
    sub_run = next(name for name, prefix in reversed(SUB_RUNS.items()) if figure.startswith(prefix))
    return sub_run, TAG_PREFIX + figure.removeprefix(SUB_RUNS[sub_run])


def read_tensorboard(folder: Path) -> dict[str, list[float]]:
    """Return the curves in the sub-runs `train/` and `validation/`, by the names of a history.

    Keras equivalence: reads what `keras.callbacks.TensorBoard` writes (tensors) and what our runs write (scalars),
    both in float32.

    Raises:
        InputError: There are no such curves, or one of them lacks an epoch.
    """
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    curves = {}
    for sub_run, prefix in SUB_RUNS.items():
        if not (folder / sub_run).is_dir():
            continue
        events = EventAccumulator(str(folder / sub_run), size_guidance={"scalars": 0, "tensors": 0}).Reload()
        for kind, read in (("scalars", events.Scalars), ("tensors", events.Tensors)):
            for tag in events.Tags()[kind]:
                if tag.startswith(TAG_PREFIX):
                    points = [(event.step, _value(event)) for event in read(tag)]
                    curves[prefix + tag.removeprefix(TAG_PREFIX)] = _whole(points, f"{folder / sub_run}: {tag}")
    if not curves:
        raise InputError(
            f"{folder}: expected train/ and validation/ with tags like {TAG_PREFIX}loss, found no such curves"
        )
    return curves


def _value(event: Any) -> float:
    from tensorboard.util.tensor_util import make_ndarray

    return float(make_ndarray(event.tensor_proto)) if hasattr(event, "tensor_proto") else float(event.value)


def _whole(points: list[tuple[int, float]], place: str) -> list[float]:
    steps = [step for step, _ in points]
    if steps != list(range(len(steps))):
        raise InputError(f"{place}: expected a value for every epoch from 0, found epochs {steps}")
    return [value for _, value in points]
