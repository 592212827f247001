"""The row of a run in TensorBoard's tab HParams."""

import inspect
from collections.abc import Mapping
from typing import Any

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams.metadata import EXPERIMENT_TAG, create_summary_metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from torch.utils.tensorboard.summary import hparams

from lit_sentiment.data.review_data import ReviewData

ENCODING = ("ids", "padding", "tokenizer", "truncating")
TEXTS = ("data", "dropout", "dtype", "model", "optimizer", "randomness", "seed", "units", *ENCODING)
"""Hyperparameters shown as they are written; of numbers TensorBoard shows five digits, of seed 0 too."""
NUMBERS = (
    "batch_size",
    "embedding_dim",
    "l2",
    "learning_rate",
    "max_epochs",
    "max_length",
    "train_reviews",
    "validation_reviews",
    "vocab_size",
)
FIRST = ("data", "dropout", "l2", "model", "seed")
"""TensorBoard shows five hyperparameters until others are ticked, and takes those first that are said to differ."""
RESULTS = (
    "best_val_loss",
    "best_val_accuracy",
    "best_epoch",
    "last_loss",
    "last_val_loss",
    "last_accuracy",
    "last_val_accuracy",
)
"""TensorBoard shows the first five of these too."""
_LEFT_OUT = ("archive", "test_path", "test_reviews")
"""Settings of the data that change no training."""


def result_tag(name: str) -> str:
    """Return the tag of a final figure."""
    return f"results/{name}"


def hparams_summaries(settings: Mapping[str, Any]) -> list[Summary]:
    """Return what makes a run a row: the columns of the table, the hyperparameters of the run, and its end.

    TensorBoard takes the columns from one run, whichever it comes upon first, so every run names the same ones: those
    of every model, and those of figures that it lacks itself.

    Args:
        settings: By name; what has no column, or is None, is passed over, and a schedule of the learning rate.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    texts = {name: str(given[name]) for name in TEXTS if name in given}
    numbers = {name: float(given[name]) for name in NUMBERS if isinstance(given.get(name), int | float)}
    types = dict.fromkeys(TEXTS, api_pb2.DATA_TYPE_STRING) | dict.fromkeys(NUMBERS, api_pb2.DATA_TYPE_FLOAT64)
    columns = [api_pb2.HParamInfo(name=name, type=kind, differs=name in FIRST) for name, kind in types.items()]
    results = [api_pb2.MetricInfo(name=api_pb2.MetricName(tag=result_tag(name)), display_name=name) for name in RESULTS]
    table = HParamsPluginData(experiment=api_pb2.Experiment(hparam_infos=columns, metric_infos=results))
    _, start, end = hparams({**texts, **numbers}, {})
    return [
        Summary(value=[Summary.Value(tag=EXPERIMENT_TAG, metadata=create_summary_metadata(table))]),
        start,
        end,
    ]


def data_settings(data: ReviewData) -> dict[str, Any]:
    """Return the hyperparameters of the data; `data` is the source with what was set of the settings it alone has."""
    own = {
        name: parameter.default
        for name, parameter in inspect.signature(type(data)).parameters.items()
        if name not in (*NUMBERS, *_LEFT_OUT, "kwargs")
    }
    changed = [f"{name}={data.hparams[name]}" for name in own if data.hparams[name] != own[name]]
    source = " ".join([type(data).__name__, *changed])
    return {"data": source, "max_length": data.max_length, **{name: data.hparams[name] for name in ENCODING}}
