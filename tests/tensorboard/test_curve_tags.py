import json
import re
import warnings

import numpy as np
import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from lit_sentiment.errors import InputError
from lit_sentiment.models import LISTINGS
from lit_sentiment.tensorboard.curve_tags import chart_layout, chart_tag, read_tensorboard
from lit_sentiment.tensorboard.tensorboard_curves import TensorBoardCurves


def layout_shown(folder):
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
def test_layouts_of_several_runs_join_to_two_charts_a_model(tmp_path, order):
    models = ["DropoutLSTM", "BaselineLSTM", "DropoutLSTM", "L2LSTM", "BaselineLSTM"]
    for run, model in zip(order, models, strict=True):
        curves = TensorBoardCurves(tmp_path / run, model=model)
        curves.log_metrics({"loss": 0.5, "val_loss": 0.25, "epoch": 0})
        curves.finalize("success")
    assert layout_shown(tmp_path) == {
        model: {name: [f"^per_model/{model}/{name}$"] for name in ("loss", "accuracy")} for model in LISTINGS
    }


def test_resumed_run_has_one_layout(tmp_path):
    for first_epoch in (0, 1):
        curves = TensorBoardCurves(tmp_path / "run", first_epoch, "L2LSTM")
        curves.log_metrics({"loss": 0.5, "epoch": first_epoch})
        curves.finalize("success")
    assert layout_shown(tmp_path).keys() == {"L2LSTM"}


@pytest.mark.parametrize("model", LISTINGS)
@pytest.mark.parametrize("name", ["loss", "accuracy"])
def test_chart_takes_training_and_validation_of_its_own_model(model, name):
    (pattern,) = chart_layout(model)[model][name][1]  # type: ignore[misc]
    tags = [chart_tag(other, figure) for other in LISTINGS for figure in (name, f"val_{name}")]
    tags += ["epoch_loss", "epoch_accuracy", f"per_model/{model}/other"]
    assert [tag for tag in tags if re.match(pattern, str(tag))] == [f"per_model/{model}/{name}"] * 2


@pytest.mark.parametrize("figure", ["penalty", "val_penalty", "data_loss", "val_data_loss"])
def test_other_figures_have_no_chart(figure):
    assert chart_tag("L2LSTM", figure) is None


def write_as_keras(folder, tag, values):
    """Write scalars the way TensorFlow 2 does: as tensors."""
    writer = EventFileWriter(str(folder))
    for step, value in values.items():
        summary = Summary()
        entry = summary.value.add(tag=tag, tensor=make_tensor_proto(np.float32(value)))
        entry.metadata.plugin_data.plugin_name = "scalars"
        writer.add_event(Event(step=step, summary=summary))
    writer.close()


def test_our_own_curves_come_back(tmp_path):
    curves = TensorBoardCurves(tmp_path)
    for epoch, loss in enumerate([0.5, 0.25, 0.125]):
        curves.log_metrics({"loss": loss, "accuracy": 1 - loss, "val_loss": 2 * loss, "epoch": epoch})
    curves.finalize("success")
    assert read_tensorboard(tmp_path) == {
        "loss": [0.5, 0.25, 0.125],
        "accuracy": [0.5, 0.75, 0.875],
        "val_loss": [1.0, 0.5, 0.25],
    }


def test_curves_of_keras_come_back_and_other_tags_are_left(tmp_path):
    write_as_keras(tmp_path / "train", "epoch_loss", {0: 0.5, 1: 0.25})
    write_as_keras(tmp_path / "train", "keras", {0: 0.0})
    write_as_keras(tmp_path / "validation", "epoch_loss", {0: 0.75, 1: 1.5})
    assert read_tensorboard(tmp_path) == {"loss": [0.5, 0.25], "val_loss": [0.75, 1.5]}


def test_a_curve_with_a_hole_is_refused(tmp_path):
    write_as_keras(tmp_path / "train", "epoch_loss", {0: 0.5, 2: 0.25})
    with pytest.raises(InputError, match=r"train: epoch_loss: expected a value for every epoch from 0, found .*0, 2"):
        read_tensorboard(tmp_path)


def test_a_folder_without_curves_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected train/ and validation/"):
        read_tensorboard(tmp_path)
