import logging
import math
from collections.abc import Callable

import pytest
from lightning import Callback, LightningModule, Trainer

from lit_sentiment.curves.history import History
from lit_sentiment.curves.overfitting import diagnose
from lit_sentiment.models import L2LSTM, BaselineLSTM
from lit_sentiment.training.history_recorder import HistoryRecorder, OverfittingMonitor

Fit = Callable[..., Trainer]

FIGURES = [
    {"loss": 0.5, "accuracy": 0.625, "val_loss": 0.75, "val_accuracy": 0.5},
    {"loss": 0.25, "accuracy": 0.875, "val_loss": 0.375, "val_accuracy": 0.75},
]
"""Exact in float32."""


def test_history_holds_every_figure_of_every_epoch(fit, scripted):
    recorder = HistoryRecorder()
    fit(scripted(FIGURES), recorder)
    assert [recorder.history.epoch(epoch) for epoch in range(2)] == FIGURES


def test_figures_of_a_penalty_are_kept_too(fit):
    recorder = HistoryRecorder()
    fit(L2LSTM(vocab_size=20, embedding_dim=3, units=4), recorder, epochs=1)
    figures = recorder.history.epoch(0)
    assert figures["loss"] == pytest.approx(figures["data_loss"] + figures["penalty"])
    assert figures["penalty"] > 0


def test_training_without_validation_leaves_its_columns_empty(fit, model):
    recorder = HistoryRecorder()
    fit(model, recorder, validation=False)
    assert recorder.history.epoch(-1).keys() == {"loss", "accuracy"}
    assert all(map(math.isnan, recorder.history["val_loss"]))


def test_file_is_written_as_training_goes(fit, scripted, tmp_path):
    path = tmp_path / "new folder" / "history.csv"
    seen: list[int] = []

    class Reader(Callback):
        def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
            seen.append(len(History.read(path)) if path.exists() else -1)

    fit(scripted(FIGURES), HistoryRecorder(path), Reader())
    assert seen == [-1, 1]
    assert [History.read(path).epoch(epoch) for epoch in range(2)] == FIGURES


def test_no_file_is_written_without_a_path(fit, model, tmp_path):
    fit(model, HistoryRecorder())
    assert list(tmp_path.iterdir()) == []


def test_resumed_training_has_the_whole_history(fit, tmp_path):
    def new_model() -> BaselineLSTM:
        return BaselineLSTM(vocab_size=20, embedding_dim=3, units=4)

    checkpoint, path = tmp_path / "two.ckpt", tmp_path / "history.csv"
    first, resumed = HistoryRecorder(), HistoryRecorder(path)
    fit(new_model(), first, epochs=2).save_checkpoint(checkpoint)
    fit(new_model(), resumed, epochs=3, ckpt_path=checkpoint)
    assert len(resumed.history) == len(History.read(path)) == 3
    for epoch in range(2):
        assert resumed.history.epoch(epoch) == first.history.epoch(epoch)
    assert resumed.history.epoch(2) != first.history.epoch(1)


Fit = Callable[..., Trainer]

OVERFITTING = [
    {"loss": 0.5 / (epoch + 1), "val_loss": val_loss, "accuracy": 0.75, "val_accuracy": 0.75 - 0.03 * epoch}
    for epoch, val_loss in enumerate([0.5, 0.4, 0.5, 0.6, 0.7])
]


def test_verdict_is_that_of_the_recorded_history(fit, scripted):
    monitor = OverfittingMonitor()
    fit(scripted(OVERFITTING), monitor, epochs=5)
    assert monitor.verdict == diagnose(monitor.history)
    assert (monitor.verdict.kind, monitor.verdict.onset_epoch) == ("overfitting", 1)


def test_chance_reaches_the_verdict(fit, scripted):
    monitor = OverfittingMonitor(chance=0.75)
    fit(scripted(OVERFITTING), monitor, epochs=5)
    assert monitor.verdict.kind == "not learnt"


def test_chance_of_the_data_is_looked_up(scripted, shop, tmp_path):
    data, monitor = shop(), OverfittingMonitor()
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "log_every_n_steps": 1}
    trainer = Trainer(max_epochs=1, accelerator="cpu", callbacks=[monitor], default_root_dir=tmp_path, **quiet)
    trainer.fit(scripted(FIGURES), data)
    assert monitor.chance == data.arrays("train").chance != 0.5


def test_sentence_is_logged_once_at_the_end(fit, scripted, caplog):
    monitor = OverfittingMonitor()
    with caplog.at_level(logging.INFO):
        fit(scripted(OVERFITTING), monitor, epochs=5)
    assert [record.message for record in caplog.records].count(monitor.verdict.sentence) == 1


def test_training_without_validation_ends_with_a_word_about_it(fit, scripted):
    monitor = OverfittingMonitor()
    fit(scripted(OVERFITTING), monitor, epochs=5, validation=False)
    assert monitor.verdict.kind == "no validation"
