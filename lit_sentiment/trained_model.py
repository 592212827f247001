"""A trained model, opened from its checkpoint alone."""

import pickle
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning import Fabric
from lightning.fabric.utilities.exceptions import MisconfigurationException
from rich.console import Console
from rich.progress import track
from torch import Tensor

from lit_sentiment.errors import InputError
from lit_sentiment.models import MODELS
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.text.text_encoder import TextEncoder


@dataclass(frozen=True)
class TrainedModel:
    """A model with the encoder of its texts."""

    model: SentimentModel
    """In evaluation mode, on the CPU."""
    encoder: TextEncoder
    data: dict[str, Any]
    """The `class_path` and `init_args` of the data that it was trained on, without `cache_dir`."""

    @classmethod
    def open(cls, path: Path) -> "TrainedModel":
        """Open a checkpoint that `fit` wrote; nothing in it is executed, and the data are not needed.

        Raises:
            InputError: The file is missing, damaged, or no checkpoint of one of the models.
        """
        checkpoint = read_checkpoint(path)
        try:
            model = MODELS[checkpoint["model_class"]](**checkpoint["hyper_parameters"])
            model.to(checkpoint["state_dict"]["layers.0.weight"].dtype)
            model.load_state_dict(checkpoint["state_dict"])
            encoder = TextEncoder(**checkpoint["text_encoder"])
            data = _without_places_to_write(checkpoint["data"])
        except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as fault:
            reason = str(fault).splitlines()[0]
            raise InputError(f"{path}: expected a checkpoint written by fit, found one without its {reason}") from None
        return cls(model.eval(), encoder, data)

    @torch.inference_mode()
    def logits(
        self, token_ids: np.ndarray, accelerator: str = "cpu", batch_size: int = 256, show_progress: bool = True
    ) -> Tensor:
        """Return the logits (N,) of token_ids int (N, T), on the CPU, in the dtype of the model.

        Args:
            token_ids: From `encoder.encode`.
            accelerator: Where to compute: `cpu`, `gpu` or `auto`.
            batch_size: How many reviews at once.
            show_progress: Whether to draw a bar in a terminal.

        Raises:
            InputError: There is no such accelerator here.
        """
        try:
            device = Fabric(accelerator=accelerator, devices=1).device
        except (MisconfigurationException, ImportError, ValueError, RuntimeError) as fault:
            raise InputError(f"--trainer.accelerator: {' '.join(str(fault).split())}") from None
        batches = torch.from_numpy(token_ids).split(batch_size)
        self.model.to(device)
        hidden = not (show_progress and sys.stderr.isatty())
        shown = track(batches, "Judging", console=Console(stderr=True), transient=True, disable=hidden)
        return torch.cat([self.model(batch.to(device)).cpu() for batch in shown])


def _without_places_to_write(data: dict[str, Any]) -> dict[str, Any]:
    """A file from elsewhere never chooses a place to write: that is the user's, or the default."""
    if "init_args" not in data:
        return data
    return data | {"init_args": {name: value for name, value in data["init_args"].items() if name != "cache_dir"}}


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint, checked against the checksums of its parts, on the CPU.

    Raises:
        InputError: The file is missing, damaged, or holds more than tensors and plain values.
    """
    if not path.is_file():
        raise InputError(f"{path}: expected a checkpoint file, found none")
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            marked = [member.filename for member in archive.infolist() if member.external_attr]
        if damaged is not None:
            raise zipfile.BadZipFile(f"checksum of {damaged}")
        if marked:  # what torch takes for a folder it reads as zeros, without a word
            raise zipfile.BadZipFile(f"attributes of {marked[0]}")
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as damage:
        raise InputError(f"{path}: expected a whole checkpoint, found it damaged ({damage})") from None
    except pickle.UnpicklingError:
        raise InputError(f"{path}: holds more than tensors and plain values, so it is not opened") from None
    if not isinstance(checkpoint, dict):
        raise InputError(f"{path}: expected a checkpoint, found a {type(checkpoint).__name__}")
    return checkpoint
