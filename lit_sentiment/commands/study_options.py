"""The trainings that the options of `study` name."""

import json
import os
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from jsonargparse import ArgumentError

from lit_sentiment.commands.bounded_yaml import load_yaml
from lit_sentiment.commands.fit_options import FitOptions
from lit_sentiment.commands.parser_faults import in_our_words
from lit_sentiment.commands.usable_options import usable_seed
from lit_sentiment.errors import InputError
from lit_sentiment.files import require_utf8
from lit_sentiment.plugins import allow_options
from lit_sentiment.study.study_plan import Training
from lit_sentiment.study.variation import as_options, combinations, suffix

_OWN_OPTIONS = ("--run", "--ckpt_path", "--seed_everything", "--config", "-c", "--print_config", "--help", "-h")


def read_trainings(
    trainings: Sequence[os.PathLike[str]],
    shared_configs: Sequence[os.PathLike[str]],
    options: Sequence[str],
    seeds: Sequence[int],
    vary: Mapping[str, Sequence[Any]],
    cells: Mapping[str, Any],
) -> list[Training]:
    """Return what a study is asked to train, each checked as `fit` checks its options.

    Without a config file it is what the options alone describe, or each of the cells: names with options of their own,
    which come last and so rule. Each combination of the varied values is a training.

    Raises:
        InputError: A training or seed is given twice or none is, or `fit` would refuse the options of a training.
    """
    require_not_own(options, vary)
    twice = [f"--{name}" for name in vary if f"--{name}" in (option.partition("=")[0] for option in options)]
    if twice:
        raise InputError(f"{twice[0]}: expected not to be given beside --vary, which gives its values; leave one out")
    paths, shared = ([Path(os.fspath(path)) for path in paths] for paths in (trainings, shared_configs))
    require_distinct("trainings", [path.stem for path in paths] or [""])
    require_distinct("seeds", seeds)
    usable_seed(max(seeds), "--seeds")
    bases: list[tuple[str, list[Path], list[str]]] = [("", [path], []) for path in paths]
    bases += [(name, [], _options_of(name, text)) for name, text in cells.items()]
    read = [
        read_training([*files, *shared], [*options, *own], max(seeds), combination, name)
        for name, files, own in bases or [("", [], [])]
        for combination in combinations(vary)
    ]
    require_distinct("trainings", [training.name for training in read])
    return read


def require_not_own(options: Sequence[str], named: Iterable[str]) -> None:
    """Refuse options, or names of options, that a study gives to its runs itself.

    Raises:
        InputError: It is one of them.
    """
    for name in (*(option.partition("=")[0] for option in options), *(f"--{option}" for option in named)):
        if name in _OWN_OPTIONS:
            raise InputError(f"{name}: expected not to be given, for the study gives it itself; leave it out")


def require_distinct(setting: str, values: Sequence[Any]) -> None:
    """Refuse a setting without values, or with the same one twice.

    Raises:
        InputError: So it is.
    """
    if not values:
        raise InputError(f"`{setting}`: expected at least one, found none")
    twice = [value for value, number in Counter(values).items() if number > 1]
    if twice:
        raise InputError(f"`{setting}`: expected each once, found {twice[0]} several times; each names a folder")


class ReadFitOptions(FitOptions):
    """The options of `fit`, read and checked and nothing more."""

    def before_instantiate_classes(self) -> None:
        """Do nothing."""

    def instantiate_classes(self) -> None:
        """Do nothing."""


def read_training(
    configs: Sequence[Path],
    options: Sequence[str],
    largest_seed: int,
    combination: Mapping[str, Any],
    name: str = "",
) -> Training:
    """Return the training that `fit` makes of config files, further options and the values of one combination.

    Without a name it is called by its first config file, or its model.

    Raises:
        InputError: `fit` would refuse the options.
    """
    for config in configs:
        require_utf8("a config", config.name)
    varied = as_options(combination)
    args = [*(part for config in configs for part in ("--config", str(config))), *options, *varied]
    try:
        settings = ReadFitOptions([*args, "--seed_everything", str(largest_seed)]).config
    except ArgumentError as error:
        where = " ".join([*filter(None, [name]), *(config.name for config in configs[:1]), *varied]) or "options"
        raise InputError(f"{where}: {in_our_words(error, 'fit', args)}") from None
    if settings.threads == "auto":
        raise InputError("--threads: expected a number in a study, whose runs go side by side, found auto; give 1")
    contents = {
        "files": [config.name for config in configs],
        "settings": {one.name: load_yaml(one.read_text(encoding="utf-8"), yaml.safe_load) for one in configs},
        "options": list(options),
        **({"vary": dict(combination)} if combination else {}),
    }
    accelerator, devices = settings.trainer.accelerator, settings.trainer.devices
    processes = int(devices) if str(devices).isdigit() and settings.trainer.strategy == "ddp" else 1
    return Training(
        name=(name or (configs[0].stem if configs else _title(settings.model))) + suffix(combination),
        options=tuple(args),
        contents=json.loads(json.dumps(contents, default=str)),
        data=str(settings.data),
        max_epochs=settings.trainer.max_epochs,
        threads=settings.threads * processes,
        packages=tuple(allow_options()),
        uses_gpu=accelerator in ("gpu", "cuda") or (accelerator == "auto" and torch.cuda.is_available()),
    )


def _options_of(cell: str, text: Any) -> list[str]:
    try:
        options = shlex.split(text)
    except (ValueError, AttributeError, TypeError):
        raise InputError(f"`cells`: expected options of fit as a text for {cell}, found {text!r}") from None
    if not re.fullmatch(r"[\w.,=+-]+", cell) or re.search(r"-seed\d+$", cell):
        raise InputError(f"`cells`: expected names of letters, digits and - . , = + for folders, found {cell!r}")
    require_not_own(options, ())
    return options


def _title(model: Any) -> str:
    """Return what a model without a config file is called: its class, or its architecture."""
    architecture = model.init_args.get("architecture")
    return Path(architecture).stem if isinstance(architecture, str) else model.class_path.rpartition(".")[2]
