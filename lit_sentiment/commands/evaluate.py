"""`validate` and `test`: the figures of a trained model on labelled reviews."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch
from jsonargparse import ArgumentParser

from lit_sentiment.commands.command_parser import command_parser
from lit_sentiment.commands.judging import add_judging_options, finite_logits
from lit_sentiment.commands.parser_messages import one_line
from lit_sentiment.data.review import Split
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.data.sources import SOURCES
from lit_sentiment.errors import InputError
from lit_sentiment.models.classification import UNDEFINED, classification_figures
from lit_sentiment.models.trained_model import TrainedModel


def validate(args: Sequence[str]) -> None:
    """Print the figures on the validation reviews."""
    _evaluate("validate", "validation", args)


def test(args: Sequence[str]) -> None:
    """Print the figures on the test reviews."""
    _evaluate("test", "test", args)


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
    logits = finite_logits(trained, token_ids, config)
    data.setup("test" if split == "test" else "validate")  # says what the reviews are, once nothing is refused
    figures = classification_figures(logits, torch.from_numpy(labels))
    penalty = trained.model.penalty()
    loss = figures["data_loss"] + (0.0 if penalty is None else penalty.item())
    print(f"{len(labels)} {split} reviews of {type(data).__name__}")
    for name, figure in {"loss": loss, **figures}.items():
        print(f"{name:<18} {figure:.4f}")
    for name in sorted(UNDEFINED.keys() - figures.keys()):
        print(f"{name:<18} not defined: {UNDEFINED[name]}")


def _parser(command: str, split: Split) -> ArgumentParser:
    parser = command_parser(
        command,
        f"Print the figures of a checkpoint on {split} reviews: those of the data that it was trained on, "
        f"or of other --data ({', '.join(SOURCES)}). Texts are encoded as in training, whatever the data say.",
    )
    add_judging_options(parser)
    parser.add_subclass_arguments(ReviewData, "data")
    return parser


def _checkpoint_path(command: str, args: Sequence[str]) -> Path:
    """Find the checkpoint first: it gives the other options their defaults."""
    given = [value for name, value in pairwise(args) if name == "--ckpt_path"]
    given += [arg.partition("=")[2] for arg in args if arg.startswith("--ckpt_path=")]
    if not given:
        raise InputError(f"--ckpt_path: expected the checkpoint to {command}, found none given")
    return Path(given[-1])
