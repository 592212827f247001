"""Which options of Lightning's Trainer a run may have: the one table that `fit` and docs/trainer-options.md go by.

What is accepted leaves two things true of a finished run: the last row of history.csv is what `validate` finds of
last.ckpt, and identity.json names everything that changed the curves. Everything else is refused, so that no run says
of itself what it is not.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lightning import Trainer

from lit_sentiment.commands.trainer_classes import (
    CALLBACKS,
    LOGGERS,
    REFUSED_CLASSES,
    REFUSED_OPTIMIZERS,
    require_accepted_classes,
)
from lit_sentiment.errors import InputError
from lit_sentiment.runs.identity import RECORDED_OPTIONS


class Rule(NamedTuple):
    """What is accepted of an option or a class, and why."""

    accepted: str
    """In words."""
    note: str
    """Why, and what to do instead of what is refused."""
    accepts: Callable[[Any], object]


def _shown(value: Any) -> str:
    """Return a value as YAML has it, but none for null."""
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _only(default: Any, note: str) -> Rule:
    return Rule(_shown(default), note, lambda value: value == default and type(value) is type(default))


def _any(accepted: str, note: str) -> Rule:
    return Rule(accepted, note, lambda value: True)


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0


_PRECISIONS = ("32", "32-true", "64", "64-true", "16-true", "16-mixed", "bf16-true", "bf16-mixed")
_WHOLE_EPOCHS = "a history counts whole epochs, as Keras's; give --trainer.max_epochs"
_ONE_MACHINE = "the processes of a run are on one machine"
_DDP = "with ddp each device has a process, and the curves are those of one (docs/speed.md)"

OPTIONS: Mapping[str, Rule] = {
    "accelerator": Rule(
        "auto, cpu, gpu, cuda or mps",
        "where to compute",
        lambda value: value in ("auto", "cpu", "gpu", "cuda", "mps"),
    ),
    "strategy": Rule("auto or ddp", f"{_DDP}; others join figures otherwise", lambda value: value in ("auto", "ddp")),
    "devices": Rule(
        "1 or more, auto, or with a GPU a list of numbers",
        f"more than one with --trainer.strategy ddp; {_DDP}",
        lambda value: value in ("auto", -1) or isinstance(value, list) or re.fullmatch("0*[1-9][0-9,]*", f"{value}"),
    ),
    "num_nodes": _only(1, _ONE_MACHINE),
    "precision": Rule(
        f"none or one of {', '.join(_PRECISIONS)}",
        "64-true also draws the weights as Keras does in float64; mixed ones need a GPU",
        lambda value: value is None or str(value) in _PRECISIONS,
    ),
    "logger": _any("false, true or a class of the list below", "the run's own TensorBoard files are always written"),
    "callbacks": _any("classes of the list below", ""),
    "fast_dev_run": _only(False, "it keeps nothing; give --trainer.max_epochs 1 and --data.train_limit"),
    "max_epochs": Rule(
        "1 or more, or -1 for no end but early stopping's",
        "resuming may raise it",
        lambda value: value is None or value == -1 or _is_count(value),
    ),
    "min_epochs": _only(None, "Keras's early stopping knows no least number of epochs; give it more patience"),
    "max_steps": _only(-1, _WHOLE_EPOCHS),
    "min_steps": _only(None, _WHOLE_EPOCHS),
    "max_time": _any("a time", "the training ends with the epoch in which it is over"),
    "limit_train_batches": Rule(
        "none, a number of batches, or a share of them between 0 and 1",
        "an epoch is then the first batches of its order",
        lambda value: value is None or _is_count(value) or (isinstance(value, float) and 0 < value <= 1),
    ),
    "limit_val_batches": _only(None, "the history would be of a part; give --data.validation_limit"),
    "limit_test_batches": _only(None, "fit does not test"),
    "limit_predict_batches": _only(None, "fit does not predict"),
    "overfit_batches": _only(0.0, "it validates on training reviews; give --data.train_limit"),
    "val_check_interval": Rule(
        "none or 1.0",
        "a history has the figures of the end of every epoch, as Keras's",
        lambda value: value is None or (isinstance(value, float) and value == 1.0),
    ),
    "check_val_every_n_epoch": _only(1, "a history has the validation figures of every epoch, as Keras's"),
    "num_sanity_val_steps": Rule(
        "0 or more", "changes nothing", lambda value: value is None or (type(value) is int and value >= 0)
    ),
    "log_every_n_steps": Rule(
        "1 or more", "for callbacks that log by the step; the curves are by the epoch", lambda value: _is_count(value)
    ),
    "enable_checkpointing": Rule(
        "none or true", "a run keeps its best and its last epoch", lambda value: value in (None, True)
    ),
    "enable_progress_bar": _any("true or false", "lines of epochs, and a bar in a terminal"),
    "enable_model_summary": _any("true or false", "the table of layers"),
    "accumulate_grad_batches": Rule("1 or more", "Keras's step is every batch", _is_count),
    "gradient_clip_val": Rule(
        "none, or more than 0",
        "not with KerasAdam where the gradient of the embedding is sparse: give --optimizer torch.optim.Adam",
        lambda value: value is None or value > 0,
    ),
    "gradient_clip_algorithm": Rule("norm or value", "how to clip", lambda value: value in (None, "norm", "value")),
    "deterministic": _any("true, false or warn", "changes rounding at most, on a GPU"),
    "benchmark": _any("true or false", "changes rounding at most, on a GPU"),
    "inference_mode": _any("true or false", "changes nothing"),
    "use_distributed_sampler": _any("true or false", "changes nothing: every process takes its rows of each batch"),
    "profiler": Rule(
        "none, simple or advanced",
        "its table is printed at the end",
        lambda value: value in (None, "simple", "advanced"),
    ),
    "detect_anomaly": _any("true or false", "changes nothing; slower"),
    "barebones": _only(False, "it takes away everything that a run keeps"),
    "plugins": _only(None, "they change the precision, the device or how checkpoints are written"),
    "sync_batchnorm": _only(False, "with ddp no batch normalisation is trained"),
    "reload_dataloaders_every_n_epochs": _only(0, "the order of the batches would start anew"),
    "default_root_dir": _only(None, "everything lies in the run's folder; give --run"),
    "enable_autolog_hparams": _any("true or false", "changes nothing"),
    "model_registry": _only(None, "nothing is uploaded; copy the run's folder"),
}


def require_accepted(trainer: Mapping[str, Any], optimizer: str) -> None:
    """Check the options of the trainer, and the optimiser, as they were parsed.

    Args:
        trainer: Option by name; classes with their `class_path`.
        optimizer: The class path.

    Raises:
        InputError: The table refuses one, or a newer Lightning has an option that is not in it and not at its default.
    """
    for name, parameter in inspect.signature(Trainer).parameters.items():
        unknown = _only(parameter.default, "this version of the package does not know what it changes")
        rule, value = OPTIONS.get(name, unknown), trainer[name]
        if not rule.accepts(value):
            raise InputError(f"--trainer.{name}: expected {rule.accepted}, found {_shown(value)}; {rule.note}")
    require_accepted_classes(trainer, optimizer)


def options_page() -> str:
    """Return docs/trainer-options.md."""
    rows = [
        f"| `{name}` | {rule.accepted} | {'yes' if name in RECORDED_OPTIONS else ''} | {rule.note} |"
        for name, rule in OPTIONS.items()
    ]
    classes = [f"| `{name}` | yes | {note} |" for name, note in (*CALLBACKS.items(), *LOGGERS.items())]
    classes += [f"| `{name}` | no | {note} |" for name, note in (*REFUSED_CLASSES.items(), *REFUSED_OPTIMIZERS.items())]
    return _PAGE.format(rows="\n".join(rows), classes="\n".join(classes))


_PAGE = """# What `fit` accepts of Lightning's Trainer

Made by `python -m lit_sentiment.commands.trainer_options > docs/trainer-options.md`; `fit` goes by the same table.

Whatever is accepted, the last row of a finished run's `history.csv` is what `validate` finds of `last.ckpt`, and
`identity.json` names everything that changed the curves, so that `compare` takes no such run for Keras's. Its
`computed_on` has the device, processes and threads, which move roundings alone. Everything else is refused in one line;
so is an option of a later Lightning, unless it is at its default.

## Options: `--trainer.NAME`

| option | accepted | in `identity.json` | |
| --- | --- | --- | --- |
{rows}

## Classes

Of callbacks, loggers and optimisers; one that is not listed is refused as a callback or logger, and accepted as an
optimiser. Your own are accepted from a package that you name by `--allow`, and then stand in `identity.json`.
Strategies, plugins, precisions and profilers cannot be given as classes.

| class | accepted | |
| --- | --- | --- |
{classes}
"""

if __name__ == "__main__":
    print(options_page(), end="")
