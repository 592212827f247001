"""`validate` and `test`: the figures of a trained model on labelled reviews."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lit_sentiment.data.review import Split
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.data.sources import SOURCES
from lit_sentiment.errors import InputError
from lit_sentiment.models.classification import UNDEFINED, classification_figures
from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.plugins import class_of


def validate(*, ckpt_path: Path, data: ReviewData | None = None, accelerator: str = "auto") -> dict[str, float]:
    """Print the figures of a checkpoint on validation reviews.

    They are those of the data that it was trained on, or of other --data. Texts are encoded as in training, whatever
    the data say.

    Args:
        ckpt_path: A checkpoint that fit wrote.
        data: Other reviews: ShopReviews, Imdb or ReviewTable.
        accelerator: Where to compute: cpu, gpu or auto.

    Returns:
        `loss`, with the penalty of regularisers, and the figures of `classification_figures`.

    Raises:
        InputError: The checkpoint or the reviews cannot be read, or the model does not give numbers.
    """
    return _evaluate("validation", ckpt_path, data, accelerator)


def test(*, ckpt_path: Path, data: ReviewData | None = None, accelerator: str = "auto") -> dict[str, float]:
    """Print the figures of a checkpoint on test reviews.

    They are those of the data that it was trained on, or of other --data. Texts are encoded as in training, whatever
    the data say.

    Args:
        ckpt_path: A checkpoint that fit wrote.
        data: Other reviews: ShopReviews, Imdb or ReviewTable.
        accelerator: Where to compute: cpu, gpu or auto.

    Returns:
        As `validate`.

    Raises:
        InputError: As `validate`.
    """
    return _evaluate("test", ckpt_path, data, accelerator)


def defaults_of(args: Sequence[str]) -> dict[str, Any]:
    """Return the defaults of the options: the data that the checkpoint among them was trained on."""
    given = [value for name, value in pairwise(args) if name == "--ckpt_path"]
    given += [arg.partition("=")[2] for arg in args if arg.startswith("--ckpt_path=")]
    if not given or not {"-h", "--help"}.isdisjoint(args):
        return {}
    return {"data": TrainedModel.open(Path(given[-1])).data or None}


def finite_logits(trained: TrainedModel, token_ids: np.ndarray, accelerator: str, ckpt_path: Path) -> Tensor:
    """Return the logits (N,) of token_ids int (N, T).

    Raises:
        InputError: There is no such accelerator here, or a logit is not a number: the training has diverged.
    """
    logits = trained.logits(token_ids, accelerator)
    wrong = int((~logits.isfinite()).sum())
    if wrong:
        raise InputError(
            f"--ckpt_path: expected a model that gives finite numbers, found NaN or infinity for {wrong} of "
            f"{len(logits)} texts in {ckpt_path}; its training has diverged, so give an earlier checkpoint"
        )
    return logits


def _evaluate(split: Split, ckpt_path: Path, data: ReviewData | None, accelerator: str) -> dict[str, float]:
    trained = TrainedModel.open(ckpt_path)
    if data is None:
        if not trained.data:
            raise InputError(f"--data: expected the reviews to judge ({', '.join(SOURCES)}), found none in {ckpt_path}")
        data = class_of(trained.data["class_path"], SOURCES, ReviewData)(**trained.data["init_args"])
    data.encoder = trained.encoder
    token_ids, labels = data.arrays(split)
    logits = finite_logits(trained, token_ids, accelerator, ckpt_path)
    data.setup("test" if split == "test" else "validate")  # says what the reviews are, once nothing is refused
    figures = classification_figures(logits, torch.from_numpy(labels))
    penalty = trained.model.penalty()
    figures = {"loss": figures["data_loss"] + (0.0 if penalty is None else penalty.item()), **figures}
    print(f"{len(labels)} {split} reviews of {type(data).__name__}")
    for name, figure in figures.items():
        print(f"{name:<18} {figure:.4f}")
    for name in sorted(UNDEFINED.keys() - figures.keys()):
        print(f"{name:<18} not defined: {UNDEFINED[name]}")
    return figures
