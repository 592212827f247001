"""What `predict`, `validate` and `test` share: which checkpoint judges, where, and that it gives numbers."""

import numpy as np
from jsonargparse import ArgumentParser, Namespace
from torch import Tensor

from lit_sentiment.errors import InputError
from lit_sentiment.models.trained_model import TrainedModel


def add_judging_options(parser: ArgumentParser) -> None:
    """Add the options that `finite_logits` reads."""
    parser.add_argument("--ckpt_path", type=str, required=True, help="A checkpoint that `fit` wrote.")
    parser.add_argument("--trainer.accelerator", default="auto", help="Where to compute: cpu, gpu or auto.")


def finite_logits(trained: TrainedModel, token_ids: np.ndarray, config: Namespace) -> Tensor:
    """Return the logits (N,) of token_ids int (N, T).

    Raises:
        InputError: There is no such accelerator here, or a logit is not a number: the training has diverged.
    """
    logits = trained.logits(token_ids, config.trainer.accelerator)
    wrong = int((~logits.isfinite()).sum())
    if wrong:
        raise InputError(
            f"--ckpt_path: expected a model that gives finite numbers, found NaN or infinity for {wrong} of "
            f"{len(logits)} texts in {config.ckpt_path}; its training has diverged, so give an earlier checkpoint"
        )
    return logits
