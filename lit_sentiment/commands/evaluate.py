"""`validate` and `test`: the figures of a trained model on labelled reviews."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch
from jsonargparse import ArgumentParser
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torchmetrics.functional import classification

from lit_sentiment.commands.command_parser import command_parser
from lit_sentiment.commands.parser_messages import one_line
from lit_sentiment.data.review import Split
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.data.sources import SOURCES
from lit_sentiment.errors import InputError
from lit_sentiment.trained_model import TrainedModel

CALIBRATION_BINS = 15


def validate(args: Sequence[str]) -> None:
    """Print the figures on the validation reviews."""
    _evaluate("validate", "validation", args)


def test(args: Sequence[str]) -> None:
    """Print the figures on the test reviews."""
    _evaluate("test", "test", args)


def classification_figures(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Return the usual figures of a binary classifier.

    Args:
        logits: float (N,).
        labels: int (N,), 0 or 1, both of them present.

    Returns:
        `data_loss` (mean cross-entropy), `accuracy`, `precision`, `recall`, `f1`, `roc_auc`, and
        `calibration_error`: the expected calibration error over 15 equal bins of the probability of a positive.
    """
    probabilities = torch.sigmoid(logits)
    figures = {
        "data_loss": binary_cross_entropy_with_logits(logits, labels.to(logits.dtype)),
        "accuracy": classification.binary_accuracy(probabilities, labels),
        "precision": classification.binary_precision(probabilities, labels),
        "recall": classification.binary_recall(probabilities, labels),
        "f1": classification.binary_f1_score(probabilities, labels),
        "roc_auc": classification.binary_auroc(probabilities, labels),
        "calibration_error": classification.binary_calibration_error(probabilities, labels, n_bins=CALIBRATION_BINS),
    }
    return {name: figure.item() for name, figure in figures.items()}


def _evaluate(command: str, split: Split, args: Sequence[str]) -> None:
    parser = _parser(command, split)
    if not {"-h", "--help"}.isdisjoint(args):
        parser.parse_args(["--help"])  # prints and exits; it takes no checkpoint
    trained = TrainedModel.open(_checkpoint_path(command, args))
    if trained.data:
        parser.set_defaults({"data": trained.data})
    config = parser.parse_args(list(args))
    if config.data is None:
        raise InputError(
            f"--data: expected the reviews to judge ({', '.join(SOURCES)}), found none in {config.ckpt_path}"
        )
    try:
        config = parser.instantiate(config)
    except ValueError as fault:
        raise InputError(one_line(fault)) from None

    data: ReviewData = config.data
    data.encoder = trained.encoder
    token_ids, labels = data.arrays(split)
    logits = trained.logits(token_ids, config.trainer.accelerator)
    figures = classification_figures(logits, torch.from_numpy(labels))
    penalty = trained.model.penalty()
    loss = figures["data_loss"] + (0.0 if penalty is None else penalty.item())
    print(f"{len(labels)} {split} reviews of {type(data).__name__}")
    for name, figure in {"loss": loss, **figures}.items():
        print(f"{name:<18} {figure:.4f}")


def _parser(command: str, split: Split) -> ArgumentParser:
    parser = command_parser(
        command,
        f"Print the figures of a checkpoint on {split} reviews: those of the data that it was trained on, "
        f"or of other --data ({', '.join(SOURCES)}). Texts are encoded as in training, whatever the data say.",
    )
    parser.add_argument("--ckpt_path", type=str, required=True, help="A checkpoint that `fit` wrote.")
    parser.add_argument("--trainer.accelerator", default="auto", help="Where to compute: cpu, gpu or auto.")
    parser.add_subclass_arguments(ReviewData, "data")
    return parser


def _checkpoint_path(command: str, args: Sequence[str]) -> Path:
    """Find the checkpoint first: it gives the other options their defaults."""
    given = [value for name, value in pairwise(args) if name == "--ckpt_path"]
    given += [arg.partition("=")[2] for arg in args if arg.startswith("--ckpt_path=")]
    if not given:
        raise InputError(f"--ckpt_path: expected the checkpoint to {command}, found none given")
    return Path(given[-1])
