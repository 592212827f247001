"""Whether a training can go on from a checkpoint."""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning import Trainer

from lit_sentiment.data.class_names import require_classes
from lit_sentiment.data.labels import BINARY
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.errors import InputError
from lit_sentiment.models.checkpoint_file import EPOCH_SO_FAR, data_state, read_checkpoint
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.runs.training_identity import optimizer_of


class Progress(NamedTuple):
    """How far a training is."""

    epochs: int = 0
    """Whole ones."""
    steps_inside: int = 0
    """Of the epoch after those; 0 where it has not begun."""
    steps: int = 0
    """In all."""

    def __str__(self) -> str:
        """Say it in words."""
        inside = f" and {self.steps_inside} steps" if self.steps_inside else ""
        return f"{self.epochs} epochs{inside} done"


def progress_of(checkpoint: dict[str, Any]) -> Progress:
    """Return how far a training is in a checkpoint."""
    loops = checkpoint["loops"]["fit_loop"]
    epochs = loops["epoch_progress"]["current"]
    if epochs["processed"] == epochs["ready"]:
        return Progress(checkpoint["epoch"] + 1, 0, checkpoint["global_step"])
    steps = loops["epoch_loop.automatic_optimization.optim_progress"]["optimizer"]["step"]["current"]["completed"]
    return Progress(checkpoint["epoch"], steps, checkpoint["global_step"])


def require_resumable(path: Path, model: SentimentModel, data: ReviewData) -> dict[str, Any]:
    """Return the checkpoint that the training goes on from.

    Raises:
        InputError: The checkpoint is no whole training's, or one of another model, optimiser, vocabulary or classes, or
            lies inside an epoch without what is needed to go on there.
    """
    checkpoint = read_checkpoint(path)
    if "loops" not in checkpoint:
        raise InputError(f"`ckpt_path`: expected the checkpoint of a training, found only weights in {path}")
    if progress_of(checkpoint).steps_inside and EPOCH_SO_FAR not in checkpoint:
        raise InputError(
            f"`ckpt_path`: expected the end of an epoch, or a checkpoint of --checkpoint_every, found {path} inside an "
            "epoch; give another"
        )
    if _sizes(checkpoint["state_dict"]) != _sizes(model.state_dict()):
        found = checkpoint.get("model_class", "another model")
        raise InputError(
            f"`ckpt_path`: expected weights of the sizes of this {type(model).__name__}, found {path} with those of a "
            f"{found} of other settings; give the settings of its run, as --config RUN/config.yaml does"
        )
    optimizer = optimizer_of(model)
    if _settings(checkpoint["optimizer_states"][0]) != _settings(optimizer.state_dict()):
        raise InputError(
            f"`ckpt_path`: expected the state of a {type(optimizer).__name__}, found that of another optimizer in "
            f"{path}; give the `optimizer` of its run"
        )
    if data_state(checkpoint)["text_encoder"] != data.encoder.state_dict():
        raise InputError(
            f"`ckpt_path`: expected a training on the same words, found another vocabulary in {path}; give the "
            "settings of its data, as --config RUN/config.yaml does"
        )
    require_classes(data.class_names, data_state(checkpoint).get("class_names", BINARY))
    return checkpoint


def last_whole_checkpoint(run: RunFolder) -> tuple[Path, str]:
    """Return the checkpoint that a run goes on from, and where it is not the last one, what is wrong with that.

    Raises:
        InputError: Neither the last checkpoint nor the one before it is whole.
    """
    faults = []
    for path in (run.last_checkpoint, run.checkpoint_before_last):
        try:
            read_checkpoint(path)
        except InputError as fault:
            faults.append(str(fault))
        else:
            return path, "".join(faults)
    if not run.checkpoint_before_last.exists():
        del faults[1]
    raise InputError(f"{'; '.join(faults)}; train it anew, as another `run` or after removing {run.path}")


def why_over(checkpoint: dict[str, Any], trainer: Trainer) -> str:
    """Return in some words why a training has come to its end in a checkpoint; nothing if it has not.

    Raises:
        InputError: It has begun an epoch that it is not to have.
    """
    epochs_done, steps_inside, _ = progress_of(checkpoint)
    all_done = trainer.max_epochs is not None and epochs_done >= trainer.max_epochs > -1
    if steps_inside:
        if all_done:
            raise InputError(
                f"`max_epochs`: expected {epochs_done + 1} or more, as that epoch has begun, found {trainer.max_epochs}"
            )
        return ""
    if all_done:
        return f"it has {epochs_done} of {trainer.max_epochs} epochs; raise `max_epochs`"
    for callback in trainer.early_stopping_callbacks:
        state = checkpoint["callbacks"].get(callback.state_key, {})
        if state.get("stopped_epoch") and state["wait_count"] >= callback.patience:
            return f"early stopping ended it after {epochs_done} epochs; raise its patience"
    return ""


def _sizes(state_dict: dict[str, Any]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in state_dict.items() if isinstance(value, torch.Tensor)}


def _settings(optimizer_state: dict[str, Any]) -> set[str]:
    return set(optimizer_state["param_groups"][0])
