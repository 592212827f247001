from argparse import Namespace
from collections.abc import Callable

import pytest
from lightning import Trainer
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from lit_sentiment.models import L2LSTM
from lit_sentiment.tensorboard.tensorboard_curves import TensorBoardCurves
from lit_sentiment.training.history_recorder import HistoryRecorder

Fit = Callable[..., Trainer]

FIGURES = [
    {"loss": 0.5, "accuracy": 0.625, "val_loss": 0.75, "val_accuracy": 0.5},
    {"loss": 0.25, "accuracy": 0.875, "val_loss": 0.375, "val_accuracy": 0.125},
    {"loss": 0.125, "accuracy": 1.0, "val_loss": 0.625, "val_accuracy": 0.25},
]
"""Exact in float32, in which event files keep them."""


def curves_in(folder):
    events = EventAccumulator(str(folder)).Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def as_read(figure):
    return [(epoch, figures[figure]) for epoch, figures in enumerate(FIGURES)]


def test_tags_sub_runs_and_steps_are_those_of_keras(fit, scripted, tmp_path):
    fit(scripted(FIGURES), epochs=3, logger=TensorBoardCurves(tmp_path / "run"))
    assert curves_in(tmp_path / "run" / "train") == {
        "epoch_loss": as_read("loss"),
        "epoch_accuracy": as_read("accuracy"),
    }
    assert curves_in(tmp_path / "run" / "validation") == {
        "epoch_loss": as_read("val_loss"),
        "epoch_accuracy": as_read("val_accuracy"),
    }


def test_penalty_and_data_loss_are_further_tags(fit, tmp_path):
    recorder = HistoryRecorder()
    model = L2LSTM(vocab_size=20, embedding_dim=3, units=4)
    fit(model, recorder, epochs=2, logger=TensorBoardCurves(tmp_path / "run"))
    for sub_run, prefix in [("train", ""), ("validation", "val_")]:
        curves = curves_in(tmp_path / "run" / sub_run)
        assert curves.keys() == {"epoch_loss", "epoch_accuracy", "epoch_penalty", "epoch_data_loss"}
        for tag, curve in curves.items():
            expected = recorder.history[prefix + tag.removeprefix("epoch_")]
            assert [value for _, value in curve] == pytest.approx(expected, rel=2**-23)


def test_each_epoch_is_on_disk_when_it_ends(tmp_path):
    curves = TensorBoardCurves(tmp_path)
    for epoch in range(3):
        curves.log_metrics({"loss": 0.5, "val_loss": 0.25, "epoch": epoch}, step=99)
        assert len(curves_in(tmp_path / "train")["epoch_loss"]) == epoch + 1
        assert len(curves_in(tmp_path / "validation")["epoch_loss"]) == epoch + 1
    curves.finalize("success")


def test_other_loggers_get_what_this_one_gets(fit, scripted, tmp_path):
    loggers = [TensorBoardCurves(tmp_path / "run"), CSVLogger(tmp_path, name="other", version="")]
    fit(scripted(FIGURES), epochs=3, logger=loggers)
    header = (tmp_path / "other" / "metrics.csv").read_text().splitlines()[0]
    assert set(header.split(",")) == {"epoch", "step", *FIGURES[0]}


def test_figures_without_an_epoch_are_kept_at_their_step(fit, scripted, tmp_path):
    monitor = LearningRateMonitor(logging_interval="step")
    fit(scripted(FIGURES), monitor, epochs=2, logger=TensorBoardCurves(tmp_path / "run"))
    assert curves_in(tmp_path / "run" / "steps")["lr-SGD"] == [(step, pytest.approx(0.1)) for step in range(8)]
    (first,) = (tmp_path / "run" / "steps").iterdir()
    first.rename(first.with_name("events.out.tfevents.0"))  # of an earlier second, by which they are ordered
    resumed = TensorBoardCurves(tmp_path / "run", first_epoch=1, first_step=4)
    resumed.log_metrics({"lr-SGD": 0.2}, 4)
    resumed.finalize("success")
    rates = [pytest.approx(rate) for rate in (0.1, 0.1, 0.1, 0.1, 0.2)]
    assert curves_in(tmp_path / "run" / "steps")["lr-SGD"] == list(enumerate(rates))


@pytest.mark.parametrize("first_epoch", [0, 2])
def test_resumed_run_replaces_what_came_after_its_checkpoint(tmp_path, first_epoch):
    first = TensorBoardCurves(tmp_path)
    for epoch in range(4):
        first.log_metrics({"loss": 1.0, "val_loss": 2.0, "epoch": epoch})
    first.finalize("failed")
    resumed = TensorBoardCurves(tmp_path, first_epoch=first_epoch)
    resumed.log_metrics({"loss": 3.0, "val_loss": 4.0, "epoch": first_epoch})
    resumed.finalize("success")
    for sub_run, before, after in (("train", 1, 3), ("validation", 2, 4)):
        expected = [*((epoch, before) for epoch in range(first_epoch)), (first_epoch, after)]
        assert curves_in(tmp_path / sub_run)["epoch_loss"] == expected
        # What the server of TensorBoard goes by reads the mark of a restart otherwise than what a script goes by.
        shown = plugin_event_accumulator.EventAccumulator(str(tmp_path / sub_run)).Reload().Tensors("epoch_loss")
        assert [(event.step, event.tensor_proto.float_val[0]) for event in shown] == expected


def test_epoch_that_a_recorder_writes_ahead_of_lightning_is_there_once(fit, scripted, tmp_path):
    fit(scripted(FIGURES), HistoryRecorder(), epochs=3, logger=TensorBoardCurves(tmp_path / "run"))
    assert curves_in(tmp_path / "run" / "train")["epoch_loss"] == as_read("loss")
    assert curves_in(tmp_path / "run" / "validation")["epoch_loss"] == as_read("val_loss")


def test_model_gets_tags_of_its_own_beside_those_of_keras(fit, scripted, tmp_path):
    fit(scripted(FIGURES), epochs=3, logger=TensorBoardCurves(tmp_path / "run", model="SomeLSTM"))
    for sub_run, prefix in [("train", ""), ("validation", "val_")]:
        loss, accuracy = as_read(f"{prefix}loss"), as_read(f"{prefix}accuracy")
        assert curves_in(tmp_path / "run" / sub_run) == {
            "epoch_loss": loss,
            "epoch_accuracy": accuracy,
            "per_model/SomeLSTM/loss": loss,
            "per_model/SomeLSTM/accuracy": accuracy,
        }


def test_reference_lies_in_the_charts_of_the_model(tmp_path):
    curves = {"loss": [0.5, 0.25], "val_accuracy": [0.75, 0.625], "val_penalty": [1.5]}
    TensorBoardCurves(tmp_path, model="SomeLSTM").log_reference(curves)
    loss, accuracy = [(0, 0.5), (1, 0.25)], [(0, 0.75), (1, 0.625)]
    assert curves_in(tmp_path / "keras" / "train") == {"epoch_loss": loss, "per_model/SomeLSTM/loss": loss}
    assert curves_in(tmp_path / "keras" / "validation") == {
        "epoch_accuracy": accuracy,
        "per_model/SomeLSTM/accuracy": accuracy,
        "epoch_penalty": [(0, 1.5)],
    }


def test_final_figures_are_those_of_the_table(tmp_path):
    results = {"best_val_loss": 0.375, "last_loss": 0.125, "last_penalty": 0.5}
    TensorBoardCurves(tmp_path).log_results({"seed": 7}, results, "No overfitting.")
    assert curves_in(tmp_path) == {"results/best_val_loss": [(0, 0.375)], "results/last_loss": [(0, 0.125)]}


def test_results_of_a_resumed_run_replace_those_before(tmp_path):
    for rate, loss in ((0.25, 0.5), (0.125, 0.375)):
        settings, text = {"learning_rate": rate}, f"Ended at {loss}."
        TensorBoardCurves(tmp_path).log_results(settings, {"last_loss": loss}, text)
    assert curves_in(tmp_path) == {"results/last_loss": [(0, 0.375)]}
    events = EventAccumulator(str(tmp_path)).Reload()
    assert [text.tensor_proto.string_val for text in events.Tensors("verdict/text_summary")] == [[b"Ended at 0.375."]]
    row = HParamsPluginData.FromString(events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content)
    assert row.session_start_info.hparams["learning_rate"].number_value == 0.125


def test_verdict_is_kept_as_text(tmp_path):
    TensorBoardCurves(tmp_path).log_results({}, {}, "No overfitting.")
    events = EventAccumulator(str(tmp_path)).Reload()
    (text,) = events.Tensors("verdict/text_summary")
    assert text.tensor_proto.string_val == [b"No overfitting."]


def test_training_alone_writes_no_hparams(fit, tmp_path):
    fit(L2LSTM(vocab_size=20, embedding_dim=3, units=4), epochs=1, logger=TensorBoardCurves(tmp_path / "run"))
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["train", "validation"]


@pytest.mark.parametrize("params", [{"units": 3}, Namespace(units=3)])
def test_settings_at_the_start_are_not_written(tmp_path, params):
    TensorBoardCurves(tmp_path / "run").log_hyperparams(params)
    assert not (tmp_path / "run").exists()


def test_name_is_that_of_the_folder(tmp_path):
    assert TensorBoardCurves(tmp_path / "run").name == "run"
