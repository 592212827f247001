"""What a model says of each review after every epoch: the file `judgements.npz` of a run, and figures of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from lit_sentiment.data.array_cache import read_arrays, write_arrays
from lit_sentiment.errors import InputError

JudgedSplit = Literal["train", "validation"]


@dataclass(frozen=True)
class SplitJudgements:
    """The logits of the reviews of a split after each of E epochs, with dropout off.

    What is worked out of them is float64 or bool.
    """

    logits: np.ndarray
    """float32 (E, N), of being positive, or (E, N, n), of each class; NaN for epochs that were not recorded."""
    labels: np.ndarray
    """int32 (N,)."""
    wrong_labels: np.ndarray | None = None
    """Whether the label of each review is known to be wrong, bool (N,); None where nothing is known."""

    def log_probabilities(self, temperature: float = 1.0) -> np.ndarray:
        """Return the logarithm of the probability of each class, (E, N, n), of logits divided by a temperature."""
        logits = self.logits.astype(np.float64) / temperature
        by_class = np.stack([np.zeros_like(logits), logits], axis=-1) if logits.ndim == 2 else logits
        largest = by_class.max(axis=-1, keepdims=True)
        return by_class - largest - np.log(np.exp(by_class - largest).sum(axis=-1, keepdims=True))

    def losses(self, temperature: float = 1.0) -> np.ndarray:
        """Return the cross-entropy of each review, (E, N)."""
        of_label = self.log_probabilities(temperature)[:, np.arange(len(self.labels)), self.labels]
        return -of_label

    @cached_property
    def wrong(self) -> np.ndarray:
        """Whether each review is judged to be of another class than its own, bool (E, N)."""
        judged = self.logits > 0 if self.logits.ndim == 2 else self.logits.argmax(axis=-1)
        return judged != self.labels

    @cached_property
    def entropies(self) -> np.ndarray:
        """How unsure the model is of each review, in nats, (E, N)."""
        logarithms = self.log_probabilities()
        return -(np.exp(logarithms) * logarithms).sum(axis=-1)

    def events(self, temperature: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """Return what calibration is about: probabilities (E, N), of being positive, and whether that is so.

        Of several classes: of being right.
        """
        by_class = np.exp(self.log_probabilities(temperature))
        if self.logits.ndim == 2:
            return by_class[..., 1], np.broadcast_to(self.labels > 0, self.logits.shape)
        return by_class.max(axis=-1), ~self.wrong

    @property
    def accuracy(self) -> np.ndarray:
        """The share of reviews that is right, (E,)."""
        return 1 - self.wrong.mean(axis=1)

    def of(self, reviews: np.ndarray) -> "SplitJudgements":
        """Return the judgements of some of the reviews, given by their places or by a mask."""
        known = None if self.wrong_labels is None else self.wrong_labels[reviews]
        return SplitJudgements(self.logits[:, reviews], self.labels[reviews], known)


def write_judgements(path: Path, splits: Mapping[JudgedSplit, SplitJudgements]) -> None:
    """Write the judgements of a run."""
    fields = ("logits", "labels", "wrong_labels")
    arrays = {f"{split}_{name}": getattr(one, name) for split, one in splits.items() for name in fields}
    write_arrays(path, {name: array for name, array in arrays.items() if array is not None})


def read_judgements(path: Path) -> dict[JudgedSplit, SplitJudgements]:
    """Read what `write_judgements` wrote.

    Raises:
        InputError: The file is missing or damaged.
    """
    splits: dict[JudgedSplit, SplitJudgements] = {}
    try:
        arrays = read_arrays(path)
        for split in get_args(JudgedSplit):
            logits, labels = (arrays[f"{split}_{name}"] for name in ("logits", "labels"))
            known = arrays.get(f"{split}_wrong_labels")
            if logits.shape[1:2] != labels.shape or (known is not None and known.shape != labels.shape):
                raise ValueError(f"{logits.shape} logits of {labels.shape} reviews")
            splits[split] = SplitJudgements(logits, labels, known)
    except FileNotFoundError:
        raise InputError(f"{path}: expected what fit --record_judgements true keeps, found none") from None
    except (OSError, ValueError, KeyError) as fault:
        raise InputError(f"{path}: expected the judgements of a run, found {fault}") from None
    return splits
