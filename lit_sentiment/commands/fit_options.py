"""The options of `fit`, and what is refused of them before anything is made."""

import logging
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from jsonargparse import Namespace
from jsonargparse.typing import PositiveInt
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI

from lit_sentiment.commands.class_settings import in_order_of_rank, separate_settings_of_classes
from lit_sentiment.commands.second_names import refuse_second_names
from lit_sentiment.commands.trainer_classes import class_name
from lit_sentiment.commands.trainer_options import require_accepted
from lit_sentiment.commands.usable_options import usable_seed
from lit_sentiment.commands.user_parts import require_places_below_run
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.data.sources import SOURCES
from lit_sentiment.errors import InputError
from lit_sentiment.files import require_utf8
from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.models import MODELS
from lit_sentiment.models.sentiment_model import OptimizerFactory, SentimentModel
from lit_sentiment.runs.run_folder import RunFolder, run_folder_of
from lit_sentiment.training.thread_count import Auto

_DESCRIPTION = (
    f"Train a model and see its curves. --model is one of {', '.join(MODELS)}; --data is one of {', '.join(SOURCES)}. "
    "--model.help CLASS and --data.help CLASS list the options of each."
)
_OPTIONS: dict[str, tuple[Any, Any, str]] = {
    "run": (str | None, None, "Folder of the run (default: runs/MODEL-DATA-seedN); never written over."),
    "ckpt_path": (str | None, None, "Go on from this checkpoint, or from the `last` one of --run."),
    "checkpoint_every": (
        PositiveInt | None,
        None,
        "Write last.ckpt each time after so many steps, too, so that a killed run goes on inside its epoch.",
    ),
    "randomness": (Randomness, "keras", "Random numbers: Keras's for the seed, or torch's own."),
    "optimizer": (OptimizerFactory, "lit_sentiment.keras_semantics.adam.KerasAdam", "Class of the optimiser."),
    "threads": (
        PositiveInt | Auto,
        1,
        "CPU threads; auto tries one and all cores, and takes all where that is much faster. More than one pay only on "
        "an idle machine: beside other programs they are several times slower.",
    ),
    "record_judgements": (
        bool,
        False,
        "Keep what the model says of each training and validation review after every epoch, with dropout off.",
    ),
    "linear_baseline": (bool, False, "Say at the end what a linear model makes of the same reviews."),
}
"""What a run needs beside model, data and trainer: the type, the default and the help of each option."""


class FitOptions(LightningCLI):
    """The options of `fit`, read and checked; makes what they name, as Lightning's does."""

    def __init__(self, args: Sequence[str]) -> None:
        self._args = list(args)
        separate_settings_of_classes()
        for name in ("lightning.pytorch", "lightning.fabric"):  # which their import lets say more
            logging.getLogger(name).setLevel(logging.WARNING)
        super().__init__(
            SentimentModel,
            ReviewData,
            subclass_mode_model=True,
            subclass_mode_data=True,
            run=False,
            args=list(args),
            seed_everything_default=0,
            save_config_callback=None,
            auto_configure_optimizers=False,
            load_from_checkpoint_support=False,
            trainer_defaults={
                "max_epochs": 10,
                "devices": 1,
                "logger": False,
                "num_sanity_val_steps": 0,
                "log_every_n_steps": 1,
            },
            parser_kwargs={
                "prog": "python -m lit_sentiment fit",
                "description": _DESCRIPTION,
                "exit_on_error": False,
                "allow_abbrev": False,
            },
        )

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Add what a run needs beside model, data and trainer, and give each thing one name."""
        for name, (kind, default, told) in _OPTIONS.items():
            parser.add_argument(f"--{name}", type=kind, default=default, help=told)
        parser.link_arguments("data.init_args.vocab_size", "model.init_args.vocab_size")
        parser.link_arguments("data.init_args.max_length", "model.init_args.max_length")
        parser.link_arguments("randomness", "model.init_args.randomness")
        parser.link_arguments("randomness", "data.init_args.randomness")
        parser.link_arguments("optimizer", "model.init_args.optimizer")
        parser.set_defaults({"model": "BaselineLSTM", "data": "ShopReviews"})

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:
        """Parse the options, and refuse those that would make a run say what it is not."""
        for before, arg in pairwise(["", *args]):
            option = arg.partition("=")[0] if arg.startswith("-") else before
            if option not in ("--config", "-c"):  # what others name is written down
                require_utf8(option, arg)
        args = in_order_of_rank(args)
        refuse_second_names(args)
        self.optimizer_is_given = any(arg.partition("=")[0] == "--optimizer" for arg in args)
        self.config = parser.parse_args(args)
        self.config.seed_everything = usable_seed(self.config.seed_everything)
        require_accepted(self.config.trainer, self.config.optimizer.class_path)
        require_places_below_run(self.config.trainer)


def find_run(config: Namespace) -> tuple[Path | None, Path | None]:
    """Return the folder of the run, if one is named, and the checkpoint that it goes on from, if any.

    Raises:
        InputError: The last checkpoint of a run is asked for, and no run is named.
    """
    run = None if config.run is None else Path(config.run)
    if config.ckpt_path is None:
        return run, None
    if config.ckpt_path == "last":
        if run is None:
            raise InputError("--ckpt_path last: expected --run to say which run to go on with, found none")
        return run, RunFolder(run).last_checkpoint
    checkpoint = Path(config.ckpt_path)
    of_checkpoint = run_folder_of(checkpoint)
    return run or (of_checkpoint.path if of_checkpoint else None), checkpoint


def run_name(config: Namespace) -> str:
    """Return what the folder of a run is called where none is named: by model or architecture, data and seed."""
    model, data = (class_name(config[part].class_path) for part in ("model", "data"))
    architecture = config.model.init_args.get("architecture")
    return f"{Path(architecture).stem if isinstance(architecture, str) else model}-{data}-seed{config.seed_everything}"
