import logging
from collections.abc import Callable

import pytest
from lightning import LightningModule, Trainer

from lit_sentiment.curves.overfitting import diagnose
from lit_sentiment.training.overfitting_monitor import OverfittingMonitor

Fit = Callable[..., Trainer]

OVERFITTING = [
    {"loss": 0.5 / (epoch + 1), "val_loss": val_loss, "accuracy": 0.75, "val_accuracy": 0.75 - 0.03 * epoch}
    for epoch, val_loss in enumerate([0.5, 0.4, 0.5, 0.6, 0.7])
]


def test_verdict_is_that_of_the_recorded_history(fit: Fit, scripted: Callable[..., LightningModule]) -> None:
    monitor = OverfittingMonitor()
    fit(scripted(OVERFITTING), monitor, epochs=5)
    assert monitor.verdict == diagnose(monitor.history)
    assert (monitor.verdict.kind, monitor.verdict.onset_epoch) == ("overfitting", 1)


def test_chance_reaches_the_verdict(fit: Fit, scripted: Callable[..., LightningModule]) -> None:
    monitor = OverfittingMonitor(chance=0.75)
    fit(scripted(OVERFITTING), monitor, epochs=5)
    assert monitor.verdict.kind == "not learnt"


def test_sentence_is_logged_once_at_the_end(
    fit: Fit, scripted: Callable[..., LightningModule], caplog: pytest.LogCaptureFixture
) -> None:
    monitor = OverfittingMonitor()
    with caplog.at_level(logging.INFO):
        fit(scripted(OVERFITTING), monitor, epochs=5)
    assert [record.message for record in caplog.records].count(monitor.verdict.sentence) == 1


def test_training_without_validation_ends_with_a_word_about_it(
    fit: Fit, scripted: Callable[..., LightningModule]
) -> None:
    monitor = OverfittingMonitor()
    fit(scripted(OVERFITTING), monitor, epochs=5, validation=False)
    assert monitor.verdict.kind == "no validation"
