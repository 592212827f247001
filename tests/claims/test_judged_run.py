"""The figures of a run that the claims are about, on curves and judgements made by hand."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lit_sentiment.claims import judged_run as figures
from lit_sentiment.claims.judged_run import JudgedRun
from lit_sentiment.curves.history import History
from lit_sentiment.keras_semantics.early_stopping import KerasEarlyStopping
from lit_sentiment.report.study_runs import StudyRun
from lit_sentiment.runs.epoch_judgements import SplitJudgements
from lit_sentiment.runs.run_folder import RunFolder

LABELS = np.array([1, 0, 1, 0], dtype=np.int32)
WRONG = np.array([True, False, False, True])


def made(val_losses, train=None, validation=None, val_accuracies=None):
    history = History()
    for epoch, loss in enumerate(val_losses):
        accuracy = (val_accuracies or [0.5] * len(val_losses))[epoch]
        history.append({"loss": 0.5, "accuracy": 0.5, "val_loss": loss, "val_accuracy": accuracy})
    run = StudyRun(RunFolder(Path("run")), {"seed": 0}, history, None)
    return JudgedRun(run, SimpleNamespace(), {"train": train, "validation": validation})


def judged(*logits, wrong_labels=None):
    return SplitJudgements(np.array(logits, dtype=np.float32), LABELS, wrong_labels)


def test_figures_of_the_curves():
    run = made([0.5, 0.4, 0.45, 0.6], val_accuracies=[0.7, 0.8, 0.81, 0.78])
    assert figures.best_loss(run) == 0.4
    assert figures.rise(run) == pytest.approx(0.2)
    assert figures.rise_after_epochs(3)(run) == pytest.approx(0.05)
    assert figures.rise_of_errors(run) == pytest.approx(0.02)
    assert figures.error_at_best(run) == pytest.approx(0.2)


def test_figures_of_wrongly_labelled_reviews():
    """Reviews 0 and 3 are wrongly labelled: half of them are judged as labelled from epoch 2 on, the others from 0."""
    train = judged([-1, -1, 1, 1], [-1, -1, 1, 1], [1, -1, 1, 1], [1, -1, 1, -1], wrong_labels=WRONG)
    run = made([0.5, 0.4, 0.5, 0.6], train)
    assert figures.fitted_wrong_labels()(run) == 1.0
    assert figures.fitted_wrong_labels(None)(run) == 0.0
    assert figures.train_accuracy(run) == 1.0
    assert figures.delay_of_wrong_labels(made([0.5], judged([-1, -1, 1, 1], wrong_labels=WRONG))) == 1.0
    assert figures.delay_of_wrong_labels(run) == 3.0


def test_gap_is_of_losses_with_dropout_off():
    train = judged([3, -3, 3, -3])
    assert figures.gap(made([0.7], train)) == pytest.approx(0.7 - np.log1p(np.exp(-3)))


def test_entropy_of_the_wrong_reviews_falls_as_the_model_grows_sure_of_them():
    validation = judged([-0.1, -0.1, 0.1, -0.1], [-5, -5, 5, -5])
    change = figures.entropy_of_wrong(made([0.4, 0.9], validation=validation))
    unsure, sure = (torch.distributions.Bernoulli(logits=torch.tensor(x)).entropy().item() for x in (0.1, 5.0))
    assert change == pytest.approx(sure - unsure, rel=1e-5)


CURVES = [
    [0.5, 0.4, 0.45, 0.5, 0.55, 0.6],
    [0.5, 0.6, 0.4, 0.41, 0.39, 0.5, 0.6, 0.7, 0.8],
    [0.5, 0.5, 0.5, 0.5, 0.5],
    [0.9, 0.8, 0.7, 0.6],
    [0.3, 0.5, 0.2, 0.5, 0.1, 0.5, 0.05],
]


@pytest.mark.parametrize("patience", range(5))
@pytest.mark.parametrize("curve", CURVES)
def test_early_stopping_played_back_is_keras_early_stopping(fit, scripted, curve, patience):
    stopper = KerasEarlyStopping(patience=patience, restore_best_weights=True)
    trainer = fit(scripted([{"loss": 0.5, "val_loss": loss} for loss in curve]), stopper, epochs=len(curve))
    kept, trained = figures.kept_epoch(made(curve).history, patience)
    assert (kept, trained) == (stopper.best_epoch, trainer.current_epoch)
    assert figures.regret(patience)(made(curve)) == pytest.approx(curve[stopper.best_epoch] - min(curve))


UNKNOWN = judged([3, -3, 3, -3])
NEVER_WRONG = judged([3, -3, 3, -3], wrong_labels=np.zeros(4, dtype=bool))


@pytest.mark.parametrize(
    ("figure", "train"),
    [
        (figures.rise_after_epochs(2), None),
        (figures.entropy_of_wrong, None),
        (figures.rise_at_best_temperature, None),
        *(
            (figure, train)
            for figure in (figures.fitted_wrong_labels(), figures.delay_of_wrong_labels)
            for train in (UNKNOWN, NEVER_WRONG)
        ),
    ],
)
def test_figure_that_a_run_does_not_have_is_no_number(figure, train):
    one_review = SplitJudgements(np.array([[3.0]]), np.array([1]))
    assert np.isnan(figure(made([0.5], train, one_review)))


@pytest.mark.parametrize("classes", [2, 3])
def test_units_that_the_last_layer_reads_are_missed(monkeypatch, classes):
    tokens = np.array([[number % classes] for number in range(12)])
    outputs = torch.eye(classes).repeat(1, 8)
    read = slice(1, 2) if classes == 2 else slice(3)
    layers = [lambda token_ids: outputs[token_ids[:, 0]], lambda units: units[:, read]]
    run = made([0.5])
    run.data.arrays = lambda split: SimpleNamespace(token_ids=tokens, labels=tokens[:, 0].astype(np.int32))
    monkeypatch.setattr(JudgedRun, "trained", SimpleNamespace(model=SimpleNamespace(layers=layers)))
    assert 0 < run.lost_without_half_the_units < 1
