"""The options of `study`, and the trainings that they name."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from jsonargparse import ArgumentError, ArgumentParser, Namespace
from jsonargparse.typing import NonNegativeInt, Path_fr, PositiveInt

from lit_sentiment.commands.command_parser import command_parser
from lit_sentiment.commands.fit import FitCLI
from lit_sentiment.commands.parser_messages import one_line
from lit_sentiment.errors import InputError
from lit_sentiment.study.study_plan import Training

_OWN_OPTIONS = ("--run", "--ckpt_path", "--seed_everything", "--config", "-c", "--print_config", "--help", "-h")


def study_parser() -> ArgumentParser:
    """Return the parser of the command."""
    parser = command_parser(
        "study",
        "Train several models, each with several seeds, several at a time. Started again, it does what is missing. "
        "Exit code 0: all done; 1: a run failed.",
    )
    parser.add_argument("--config", action="config", help="A file with these options, such as configs/study.yaml.")
    parser.add_argument(
        "--trainings",
        nargs="+",
        type=Path_fr,
        default=[f"configs/{name}.yaml" for name in ("baseline", "dropout", "l2_early_stopping")],
        help="Config files of `fit`, one for each training.",
    )
    parser.add_argument(
        "--shared_configs",
        nargs="+",
        type=Path_fr,
        default=[],
        help="Config files of `fit` to compose onto each training, such as configs/imdb.yaml.",
    )
    parser.add_argument("--seeds", nargs="+", type=NonNegativeInt, default=[0, 1, 2, 3, 4], help="Seeds of each.")
    parser.add_argument(
        "--options",
        type=list[str],
        default=[],
        help="""Further options of `fit` for each training, such as '["--trainer.max_epochs=3"]'.""",
    )
    parser.add_argument("--folder", type=str, default="runs/study", help="Folder of the study.")
    parser.add_argument(
        "--workers", type=PositiveInt | None, help="Runs at a time; as many as cores, or as GPUs, when not given."
    )
    return parser


def read_trainings(config: Namespace) -> list[Training]:
    """Return what the options ask to train, each checked as `fit` checks its options.

    Raises:
        InputError: A training or seed is given twice or none is, or `fit` would refuse the options of a training.
    """
    options = config.options or []
    for name in (option.partition("=")[0] for option in options):
        if name in _OWN_OPTIONS:
            raise InputError(f"--options: expected no {name}, which the study gives itself, found one; leave it out")
    lists = (config.trainings or [], config.shared_configs or [])
    paths, shared = ([Path(os.fspath(path)) for path in paths] for paths in lists)
    _require_distinct("--trainings", [path.stem for path in paths])
    _require_distinct("--seeds", config.seeds or [])
    return [_read_training([path, *shared], options, max(config.seeds)) for path in paths]


def _require_distinct(option: str, values: Sequence[Any]) -> None:
    if not values:
        raise InputError(f"{option}: expected at least one, found none")
    twice = [value for value, number in Counter(values).items() if number > 1]
    if twice:
        raise InputError(f"{option}: expected each once, found {twice[0]} several times; names and seeds name folders")


class _ReadFitCLI(FitCLI):
    """The options of `fit`, read and checked and nothing more."""

    def before_instantiate_classes(self) -> None:
        """Do nothing."""

    def instantiate_classes(self) -> None:
        """Do nothing."""


def _read_training(configs: Sequence[Path], options: Sequence[str], largest_seed: int) -> Training:
    args = [*(part for config in configs for part in ("--config", str(config))), *options]
    try:
        settings = _ReadFitCLI([*args, "--seed_everything", str(largest_seed)]).config
    except ArgumentError as error:
        raise InputError(f"{configs[0].name}: {one_line(error)}; fit --help lists the options") from None
    contents = {
        "files": [config.name for config in configs],
        "settings": {config.name: yaml.safe_load(config.read_text(encoding="utf-8")) for config in configs},
        "options": list(options),
    }
    accelerator = settings.trainer.accelerator
    return Training(
        name=configs[0].stem,
        options=tuple(args),
        contents=json.loads(json.dumps(contents, default=str)),
        data=str(settings.data),
        max_epochs=settings.trainer.max_epochs,
        threads=settings.threads,
        uses_gpu=accelerator in ("gpu", "cuda") or (accelerator == "auto" and torch.cuda.is_available()),
    )
