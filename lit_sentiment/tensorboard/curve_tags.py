"""Where TensorBoard keeps the curves: under Keras's tags, and in charts of their own for each model."""

from pathlib import Path

from lit_sentiment.errors import InputError
from lit_sentiment.tensorboard.event_files import Points, read_events

CHARTED = ("loss", "accuracy")


def chart_tag(model: str, figure: str) -> str | None:
    """Return the further tag of a figure of a history for the chart of its model, or None if it has no chart."""
    name = figure.removeprefix(SUB_RUNS["validation"])
    return f"per_model/{model}/{name}" if name in CHARTED else None


def chart_layout(model: str) -> dict[str, dict[str, list[object]]]:
    """Return the layout for `SummaryWriter.add_custom_scalars`: a category with the charts of a model.

    TensorBoard joins the layouts of several runs: categories by title, equal charts once.
    """
    return {model: {name: ["Multiline", [f"^{chart_tag(model, name)}$"]] for name in CHARTED}}


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
    curves = {}
    for sub_run, prefix in SUB_RUNS.items():
        for tag, points in read_events(folder / sub_run).curves.items():
            if tag.startswith(TAG_PREFIX):
                curves[prefix + tag.removeprefix(TAG_PREFIX)] = _whole(points, f"{folder / sub_run}: {tag}")
    if not curves:
        raise InputError(
            f"{folder}: expected train/ and validation/ with tags like {TAG_PREFIX}loss, found no such curves"
        )
    return curves


def _whole(points: Points, place: str) -> list[float]:
    steps = [step for step, _ in points]
    if steps != list(range(len(steps))):
        raise InputError(f"{place}: expected a value for every epoch from 0, found epochs {steps}")
    return [value for _, value in points]
