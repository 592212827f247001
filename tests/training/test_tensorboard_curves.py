from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from lit_sentiment.models.l2_lstm import L2LSTM
from lit_sentiment.training.history_recorder import HistoryRecorder
from lit_sentiment.training.tensorboard_curves import TensorBoardCurves

Fit = Callable[..., Trainer]

FIGURES = [
    {"loss": 0.5, "accuracy": 0.625, "val_loss": 0.75, "val_accuracy": 0.5},
    {"loss": 0.25, "accuracy": 0.875, "val_loss": 0.375, "val_accuracy": 0.125},
    {"loss": 0.125, "accuracy": 1.0, "val_loss": 0.625, "val_accuracy": 0.25},
]
"""Exact in float32, in which event files keep them."""


def curves_in(folder: Path) -> dict[str, list[tuple[int, float]]]:
    events = EventAccumulator(str(folder)).Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def as_read(figure: str) -> list[tuple[int, float]]:
    return [(epoch, figures[figure]) for epoch, figures in enumerate(FIGURES)]


def test_tags_sub_runs_and_steps_are_those_of_keras(
    fit: Fit, scripted: Callable[..., LightningModule], tmp_path: Path
) -> None:
    fit(scripted(FIGURES), epochs=3, logger=TensorBoardCurves(tmp_path / "run"))
    assert curves_in(tmp_path / "run" / "train") == {
        "epoch_loss": as_read("loss"),
        "epoch_accuracy": as_read("accuracy"),
    }
    assert curves_in(tmp_path / "run" / "validation") == {
        "epoch_loss": as_read("val_loss"),
        "epoch_accuracy": as_read("val_accuracy"),
    }


def test_penalty_and_data_loss_are_further_tags(fit: Fit, tmp_path: Path) -> None:
    recorder = HistoryRecorder()
    model = L2LSTM(vocab_size=20, embedding_dim=3, units=4)
    fit(model, recorder, epochs=2, logger=TensorBoardCurves(tmp_path / "run"))
    for sub_run, prefix in [("train", ""), ("validation", "val_")]:
        curves = curves_in(tmp_path / "run" / sub_run)
        assert curves.keys() == {"epoch_loss", "epoch_accuracy", "epoch_penalty", "epoch_data_loss"}
        for tag, curve in curves.items():
            expected = recorder.history[prefix + tag.removeprefix("epoch_")]
            assert [value for _, value in curve] == pytest.approx(expected, rel=2**-23)


def test_each_epoch_is_on_disk_when_it_ends(tmp_path: Path) -> None:
    curves = TensorBoardCurves(tmp_path)
    for epoch in range(3):
        curves.log_metrics({"loss": 0.5, "val_loss": 0.25, "epoch": epoch}, step=99)
        assert len(curves_in(tmp_path / "train")["epoch_loss"]) == epoch + 1
        assert len(curves_in(tmp_path / "validation")["epoch_loss"]) == epoch + 1
    curves.finalize("success")


def test_other_loggers_get_what_this_one_gets(
    fit: Fit, scripted: Callable[..., LightningModule], tmp_path: Path
) -> None:
    loggers = [TensorBoardCurves(tmp_path / "run"), CSVLogger(tmp_path, name="other", version="")]
    fit(scripted(FIGURES), epochs=3, logger=loggers)
    header = (tmp_path / "other" / "metrics.csv").read_text().splitlines()[0]
    assert set(header.split(",")) == {"epoch", "step", *FIGURES[0]}


def test_figures_without_an_epoch_are_kept_at_their_step(
    fit: Fit, scripted: Callable[..., LightningModule], tmp_path: Path
) -> None:
    monitor = LearningRateMonitor(logging_interval="step")
    fit(scripted(FIGURES), monitor, epochs=2, logger=TensorBoardCurves(tmp_path / "run"))
    assert curves_in(tmp_path / "run" / "train")["lr-SGD"] == [(step, pytest.approx(0.1)) for step in range(8)]


def test_resumed_run_replaces_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    first = TensorBoardCurves(tmp_path)
    for epoch in range(4):
        first.log_metrics({"loss": 1.0, "val_loss": 2.0, "epoch": epoch})
    first.finalize("failed")
    resumed = TensorBoardCurves(tmp_path, first_epoch=2)
    resumed.log_metrics({"loss": 3.0, "val_loss": 4.0, "epoch": 2})
    resumed.finalize("success")
    assert curves_in(tmp_path / "train")["epoch_loss"] == [(0, 1), (1, 1), (2, 3)]
    assert curves_in(tmp_path / "validation")["epoch_loss"] == [(0, 2), (1, 2), (2, 4)]


def test_without_the_first_epoch_old_curves_would_stay(tmp_path: Path) -> None:
    for value in (1.0, 3.0):
        curves = TensorBoardCurves(tmp_path)
        curves.log_metrics({"loss": value, "epoch": 0})
        curves.finalize("success")
    assert curves_in(tmp_path / "train")["epoch_loss"] == [(0, 1), (0, 3)]


def hparams_of(folder: Path, tag: str) -> HParamsPluginData:
    metadata = EventAccumulator(str(folder)).Reload().SummaryMetadata(f"_hparams_/{tag}")
    return HParamsPluginData.FromString(metadata.plugin_data.content)


def test_hparams_row_holds_settings_and_final_figures_and_no_hp_metric(tmp_path: Path) -> None:
    settings = {"units": (5, 4), "learning_rate": 0.25, "tokenizer": "keras", "train_limit": None, "seed": 7}
    results = {"best_val_loss": 0.375, "last_loss": 0.125}
    TensorBoardCurves(tmp_path).log_results(settings, results, "No overfitting.")

    metrics = [info.name.tag for info in hparams_of(tmp_path, "experiment").experiment.metric_infos]
    tags = {f"results/{name}": value for name, value in results.items()}
    assert sorted(metrics) == sorted(tags)
    row = hparams_of(tmp_path, "session_start_info").session_start_info.hparams
    assert {name: getattr(value, str(value.WhichOneof("kind"))) for name, value in row.items()} == {
        "units": "(5, 4)",
        "learning_rate": 0.25,
        "tokenizer": "keras",
        "seed": 7,
    }
    assert curves_in(tmp_path) == {tag: [(0, value)] for tag, value in tags.items()}


def test_verdict_is_kept_as_text(tmp_path: Path) -> None:
    TensorBoardCurves(tmp_path).log_results({}, {}, "No overfitting.")
    events = EventAccumulator(str(tmp_path)).Reload()
    (text,) = events.Tensors("verdict/text_summary")
    assert text.tensor_proto.string_val == [b"No overfitting."]


def test_training_alone_writes_no_hparams(fit: Fit, tmp_path: Path) -> None:
    fit(L2LSTM(vocab_size=20, embedding_dim=3, units=4), epochs=1, logger=TensorBoardCurves(tmp_path / "run"))
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["train", "validation"]


@pytest.mark.parametrize("params", [{"units": 3}, Namespace(units=3)])
def test_settings_at_the_start_are_not_written(tmp_path: Path, params: Any) -> None:
    TensorBoardCurves(tmp_path / "run").log_hyperparams(params)
    assert not (tmp_path / "run").exists()


def test_name_is_that_of_the_folder(tmp_path: Path) -> None:
    assert TensorBoardCurves(tmp_path / "run").name == "run"
