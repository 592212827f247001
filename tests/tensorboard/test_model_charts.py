import json
import re
import warnings
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext

from lit_sentiment.models import MODELS
from lit_sentiment.tensorboard.model_charts import chart_layout, chart_tag
from lit_sentiment.tensorboard.tensorboard_curves import TensorBoardCurves


def layout_shown(folder: Path) -> dict[str, dict[str, list[str]]]:
    """What the tab makes of the layouts of all runs: the tags by category and chart."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of TensorBoard's own html5lib
        from tensorboard.plugins.custom_scalar.custom_scalars_plugin import CustomScalarsPlugin

    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(folder))
    provider = MultiplexerDataProvider(multiplexer.Reload(), str(folder))
    plugin = CustomScalarsPlugin(TBContext(logdir=str(folder), data_provider=provider, plugin_name_to_instance={}))
    shown = json.loads(plugin.layout_impl(RequestContext(), ""))
    charts = [
        (category["title"], chart["title"], chart["multiline"]["tag"])
        for category in shown["category"]
        for chart in category["chart"]
    ]
    assert len({chart[:2] for chart in charts}) == len(charts), "a chart is there twice"
    return {model: {title: tags for title_of, title, tags in charts if title_of == model} for model, _, _ in charts}


@pytest.mark.parametrize("order", [("a", "b", "c", "d", "e"), ("e", "c", "a", "d", "b")])
def test_layouts_of_several_runs_join_to_two_charts_a_model(tmp_path: Path, order: tuple[str, ...]) -> None:
    models = ["DropoutLSTM", "BaselineLSTM", "DropoutLSTM", "L2LSTM", "BaselineLSTM"]
    for run, model in zip(order, models, strict=True):
        curves = TensorBoardCurves(tmp_path / run, model=model)
        curves.log_metrics({"loss": 0.5, "val_loss": 0.25, "epoch": 0})
        curves.finalize("success")
    assert layout_shown(tmp_path) == {
        model: {name: [f"^per_model/{model}/{name}$"] for name in ("loss", "accuracy")} for model in MODELS
    }


def test_resumed_run_has_one_layout(tmp_path: Path) -> None:
    for first_epoch in (0, 1):
        curves = TensorBoardCurves(tmp_path / "run", first_epoch, "L2LSTM")
        curves.log_metrics({"loss": 0.5, "epoch": first_epoch})
        curves.finalize("success")
    assert layout_shown(tmp_path).keys() == {"L2LSTM"}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", ["loss", "accuracy"])
def test_chart_takes_training_and_validation_of_its_own_model(model: str, name: str) -> None:
    (pattern,) = chart_layout(model)[model][name][1]  # type: ignore[misc]
    tags = [chart_tag(other, figure) for other in MODELS for figure in (name, f"val_{name}")]
    tags += ["epoch_loss", "epoch_accuracy", f"per_model/{model}/other"]
    assert [tag for tag in tags if re.match(pattern, str(tag))] == [f"per_model/{model}/{name}"] * 2


@pytest.mark.parametrize("figure", ["penalty", "val_penalty", "data_loss", "val_data_loss"])
def test_other_figures_have_no_chart(figure: str) -> None:
    assert chart_tag("L2LSTM", figure) is None
