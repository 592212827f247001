"""A trained model, opened from its checkpoint alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import track
from torch import Tensor

from lit_sentiment.console import Console
from lit_sentiment.data.labels import BINARY
from lit_sentiment.errors import InputError
from lit_sentiment.models import MODELS
from lit_sentiment.models.checkpoint_file import EPOCH_SO_FAR, data_state, read_checkpoint
from lit_sentiment.models.class_figures import class_figures
from lit_sentiment.models.classification import classification_figures
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.plugins import class_of
from lit_sentiment.text.text_encoder import TextEncoder


@dataclass(frozen=True)
class TrainedModel:
    """A model with the encoder of its texts."""

    model: SentimentModel
    """In evaluation mode, on the CPU."""
    encoder: TextEncoder
    data: dict[str, Any]
    """The `class_path` and `init_args` of the data that it was trained on, without `cache_dir`."""
    named_classes: list[str] | None = None
    """The classes of those data in the order of their numbers; None where a checkpoint does not name them."""
    epoch: int | None = None
    """The epoch, from 0, at whose end it was saved; None where a checkpoint does not tell, or was saved inside one."""

    @property
    def class_names(self) -> list[str]:
        """The names of the classes: negative and positive, or numbers, where the checkpoint does not name them."""
        outputs = self.model.outputs
        return self.named_classes or (BINARY if outputs <= 2 else [str(number) for number in range(outputs)])

    def figures(self, logits: Tensor, labels: np.ndarray) -> dict[str, float]:
        """Return the `classification_figures` of logits (N,) for labels int (N,), or `class_figures` of (N, n)."""
        targets = torch.from_numpy(labels)
        if logits.ndim == 1:
            return classification_figures(logits, targets)
        return class_figures(self.model.probabilities(logits.double()), targets, self.class_names)

    @classmethod
    def open(cls, path: Path) -> "TrainedModel":
        """Open a checkpoint that `fit` wrote; nothing in it is executed, and the data are not needed.

        Raises:
            InputError: The file is missing, damaged, or no checkpoint of one of the models.
        """
        checkpoint = read_checkpoint(path)
        try:
            with torch.device("meta"):  # the weights come from the file, so none are drawn
                kind = class_of(checkpoint["model_class"], MODELS, SentimentModel)
                model = kind(**checkpoint["hyper_parameters"])
            model.load_state_dict(checkpoint["state_dict"], assign=True)
            data = data_state(checkpoint)
            encoder, source, classes = TextEncoder(**data["text_encoder"]), _source(data), data.get("class_names")
        except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as fault:
            reason = str(fault).splitlines()[0]
            raise InputError(f"{path}: expected a checkpoint written by fit, found one without its {reason}") from None
        epoch = None if EPOCH_SO_FAR in checkpoint else checkpoint.get("epoch")
        return cls(model.eval(), encoder, source, classes, epoch)

    def logits(
        self, token_ids: np.ndarray, accelerator: str = "cpu", batch_size: int = 64, show_progress: bool = True
    ) -> Tensor:
        """Return the logits (N,) or (N, n) of token_ids int (N, T), on the CPU, in the dtype of the model.

        Args:
            token_ids: From `encoder.encode`.
            accelerator: Where to compute: `cpu`, `gpu` or `auto`.
            batch_size: How many reviews at once.
            show_progress: Whether to draw a bar in a terminal.

        Raises:
            InputError: There is no such accelerator here.
        """
        self.model.to(device_of(accelerator))
        return logits_of(self.model, token_ids, batch_size, show_progress)


def device_of(accelerator: str) -> torch.device:
    """Return where to compute for `cpu`, `gpu` (or its kind, such as `cuda`) or `auto`.

    Raises:
        InputError: There is no such accelerator here.
    """
    found = torch.accelerator.current_accelerator(check_available=True)
    cpu = torch.device("cpu")
    devices = {"cpu": cpu, "auto": found or cpu} | ({found.type: found, "gpu": found} if found else {})
    if accelerator not in devices:
        raise InputError(f"`accelerator`: expected one that is here ({', '.join(devices)}), found {accelerator!r}")
    return devices[accelerator]


@torch.inference_mode()
def logits_of(
    model: SentimentModel, token_ids: np.ndarray, batch_size: int = 64, show_progress: bool = False
) -> Tensor:
    """Return the logits (N,) or (N, n) of token_ids int (N, T), on the CPU, of a model in evaluation mode.

    Reviews with as much padding in front are judged together, which most models then read once.
    """
    reviews = torch.from_numpy(token_ids)
    order = torch.from_numpy((token_ids != 0).argmax(1).argsort(kind="stable"))
    console = Console(stderr=True)
    hidden = not (show_progress and console.is_terminal)
    shown = track(order.split(batch_size), "Judging", console=console, transient=True, disable=hidden)
    logits = torch.cat([model(reviews[batch].to(model.device)).cpu() for batch in shown])
    return logits[order.argsort()]


def log_odds(model: SentimentModel, logits: Tensor) -> np.ndarray:
    """Return what the probabilities of a model are the sigmoid of, (N,), or the softmax, (N, n), as float64.

    Its logits are that themselves where it can be: above 37 the probability is 1, and does not tell how sure it is.
    """
    logits = logits.double()
    found = model.probabilities(logits)
    if torch.equal(found, logits.sigmoid() if found.ndim == 1 else logits.softmax(-1)):
        return logits.numpy()
    smallest, probabilities = np.finfo(np.float64).tiny, found.numpy()
    logarithms = np.log(np.maximum(probabilities, smallest))
    return logarithms if probabilities.ndim > 1 else logarithms - np.log(np.maximum(1 - probabilities, smallest))


def _source(data: dict[str, Any]) -> dict[str, Any]:
    """Return where the data came from; a file from elsewhere never chooses a place to write: that is the user's."""
    if "class_path" not in data:
        return {}
    init_args = {name: value for name, value in data["init_args"].items() if name != "cache_dir"}
    return {"class_path": data["class_path"], "init_args": init_args}
