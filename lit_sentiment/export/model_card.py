"""The card of an exported model: a README in the format of Hugging Face."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

import lit_sentiment
from lit_sentiment.export.torch_code import package_code, torch_code
from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.report.written_report import table_cell
from lit_sentiment.runs.run_folder import RunFolder, run_folder_of
from lit_sentiment.text.words import KERAS_FILTERS

ENGLISH = ("ShopReviews", "Imdb")
"""The data whose language is known."""


def model_card(trained: TrainedModel, checkpoint: Path, onnx_difference: float | None) -> str:
    """Return the card, drawn from the model, and where its checkpoint lies in a run, from what the run knows.

    Args:
        trained: The model.
        checkpoint: Where it was opened from.
        onnx_difference: From its graph, if there is one.

    Raises:
        InputError: A file of the run is damaged.
    """
    run = run_folder_of(checkpoint)
    name = run.path.name if run is not None else checkpoint.stem
    data = str(trained.data.get("class_path", "")).rpartition(".")[2] or None
    figures = _figures(run, trained.epoch)
    environment = Environment(
        loader=PackageLoader("lit_sentiment.export", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown and Python; `cell` and `repr` disarm the texts that are not ours
    )
    environment.filters |= {"cell": table_cell, "repr": repr}
    return environment.get_template("README.md.jinja").render(
        head=yaml.safe_dump(_head(name, data, figures), sort_keys=False, allow_unicode=True, width=120),
        name=name,
        data=data,
        model=trained.model,
        classes=trained.class_names,
        encoder=trained.encoder,
        keras_filters=KERAS_FILTERS,
        plain_code=torch_code(trained.model),
        package_code=package_code(trained.model),
        epoch=trained.epoch,
        figures=figures,
        identity=None if run is None or not run.identity.exists() else run.read_identity(),
        finished=None if run is None or not run.finished.exists() else run.read_finished(),
        onnx_difference=onnx_difference,
        version=lit_sentiment.__version__,
    )


def _figures(run: RunFolder | None, epoch: int | None) -> dict[str, float]:
    """Return the figures of the epoch, if the run has them."""
    if run is None or epoch is None or not run.history.exists():
        return {}
    history = run.read_history()
    return history.epoch(epoch) if epoch < len(history) else {}


def _head(name: str, data: str | None, figures: Mapping[str, float]) -> dict[str, Any]:
    head: dict[str, Any] = {"language": "en"} if data in ENGLISH else {}
    head |= {
        "library_name": "pytorch",
        "pipeline_tag": "text-classification",
        "tags": ["text-classification", "sentiment-analysis", "lit_sentiment"],
    }
    if "val_accuracy" in figures:
        result = {
            "task": {"type": "text-classification"},
            "dataset": {"name": data, "type": data, "split": "validation"},
            "metrics": [{"type": "accuracy", "value": round(figures["val_accuracy"], 4)}],
        }
        head |= {"metrics": ["accuracy"], "model-index": [{"name": name, "results": [result]}]}
    return head
