"""Which callbacks, loggers and optimisers a run may have: `fit` and docs/trainer-options.md go by these tables."""

from collections.abc import Mapping
from typing import Any

from lit_sentiment.errors import InputError
from lit_sentiment.plugins import is_users

_PLACE = "writes below the run's folder alone"
CALLBACKS: Mapping[str, str] = {
    "KerasEarlyStopping": "recorded in identity.json",
    "KerasReduceLROnPlateau": "recorded in identity.json",
    "EarlyStopping": "recorded in identity.json; the rules are Lightning's own",
    "ModelCheckpoint": f"{_PLACE}, to more_checkpoints unless `dirpath` says another part of it",
    "LearningRateMonitor": "changes nothing",
    "DeviceStatsMonitor": "changes nothing; needs the package psutil",
    "ModelSummary": "changes nothing",
    "RichModelSummary": "changes nothing",
    "TQDMProgressBar": "stands in for the lines of epochs",
    "RichProgressBar": "stands in for the lines of epochs",
}
"""The accepted callbacks, and what is to know of them."""
LOGGERS: Mapping[str, str] = {"CSVLogger": _PLACE, "TensorBoardLogger": _PLACE}

REFUSED_CLASSES: Mapping[str, str] = {
    **dict.fromkeys(
        ("StochasticWeightAveraging", "WeightAveraging", "EMAWeightAveraging", "ModelPruning"),
        "the weights would not be those of the optimiser that identity.json names",
    ),
    **dict.fromkeys(("BackboneFinetuning", "BaseFinetuning"), "the models have no backbone; train all of it"),
    "LearningRateFinder": "it changes the learning rate; give --model.learning_rate, and try several by study",
    "BatchSizeFinder": "it changes the batch size; give --data.batch_size",
    "GradientAccumulationScheduler": "give --trainer.accumulate_grad_batches, which holds for every epoch",
    "Timer": "give --trainer.max_time, which ends a training after a whole epoch",
    "BasePredictionWriter": "fit does not predict; use predict",
    "OnExceptionCheckpoint": "last.ckpt holds the last whole epoch, whatever happens; give --checkpoint_every for more",
    "SpikeDetection": "it takes batches out of the epoch",
    "ThroughputMonitor": "it needs a function, which a configuration file cannot hold; give --trainer.profiler simple",
    "LambdaCallback": "it needs functions, which a configuration file cannot hold",
    "Callback": "it does nothing",
    "Checkpoint": "it does nothing; give ModelCheckpoint",
    "ProgressBar": "it shows nothing; give TQDMProgressBar or RichProgressBar",
    "Logger": "it does nothing",
    **dict.fromkeys(("LitLogger", "CometLogger", "MLFlowLogger", "WandbLogger"), "it sends the figures away"),
}
"""Classes that Lightning offers, and why a run may not have them; one that is in no list is refused too."""

REFUSED_OPTIMIZERS: Mapping[str, str] = {
    "LBFGS": "it computes the loss several times a step, and the history would hold all of them",
    "SparseAdam": "it takes sparse gradients alone; give KerasAdam or torch.optim.Adam",
    "Muon": "it takes matrices alone, and the models have biases; give torch.optim.AdamW",
}


def require_accepted_classes(trainer: Mapping[str, Any], optimizer: str) -> None:
    """Check the callbacks and loggers of the trainer, and the class path of the optimiser, as they were parsed.

    Raises:
        InputError: A table refuses one, or no table has it.
    """
    for option, accepted in (("callbacks", CALLBACKS), ("logger", LOGGERS)):
        for spec in class_specs(trainer[option]):
            name = class_name(spec["class_path"])
            if name not in accepted and not is_users(spec["class_path"]):
                why = REFUSED_CLASSES.get(name, "this version of the package does not know what it changes")
                raise InputError(f"--trainer.{option}: expected one of {', '.join(accepted)}, found {name}; {why}")
    name = class_name(optimizer)
    if name in REFUSED_OPTIMIZERS:
        raise InputError(f"--optimizer: expected another than {name}: {REFUSED_OPTIMIZERS[name]}")


def class_name(class_path: str) -> str:
    """Return the name of a class without that of its module."""
    return class_path.rpartition(".")[2]


def class_specs(value: Any) -> list[Any]:
    """Return the classes among what was given for callbacks or loggers: none, one or a list."""
    values = value if isinstance(value, list | tuple) else [value]
    return [spec for spec in values if spec is not None and not isinstance(spec, bool)]
