from collections.abc import Callable
from copy import deepcopy

import numpy as np
import pytest
from lightning import LightningModule, Trainer
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray
from torch.utils.tensorboard import SummaryWriter

from lit_sentiment.models import BaselineLSTM
from lit_sentiment.tensorboard.tensorboard_curves import TensorBoardCurves
from lit_sentiment.tensorboard.validation_views import HISTOGRAMS, PR_CURVE, ValidationViews, write_views
from lit_sentiment.training.history_recorder import HistoryRecorder
from lit_sentiment.training.run_checkpoint import RunCheckpoint

Fit = Callable[..., Trainer]

NEGATIVES, POSITIVES = 4, 3
"""Of the validation reviews of the trainings of these tests."""
AT_HALF = 63
"""The index of the threshold 0.5 among the 127 of a curve."""
PARTS = ["all_reviews", "negative_reviews", "positive_reviews"]


def histograms_in(folder):
    """The step and the number of reviews of each histogram, by what comes after the common part of the tag."""
    events = EventAccumulator(str(folder), size_guidance={"histograms": 0}).Reload()
    return {
        tag.removeprefix(f"{HISTOGRAMS}/"): [
            (event.step, sum(event.histogram_value.bucket)) for event in events.Histograms(tag)
        ]
        for tag in events.Tags()["histograms"]
    }


def pr_curves_in(folder):
    """Read them as TensorBoard does: the plain accumulator shows what a resumed run has replaced."""
    events = plugin_event_accumulator.EventAccumulator(str(folder), tensor_size_guidance={"pr_curves": 0}).Reload()
    if PR_CURVE not in events.Tags()["tensors"]:
        return []
    names = ("true_positives", "false_positives", "true_negatives", "false_negatives", "precision", "recall")
    return [
        (event.step, dict(zip(names, make_ndarray(event.tensor_proto), strict=True)))
        for event in events.Tensors(PR_CURVE)
    ]


def written(tmp_path, probabilities, labels):
    with SummaryWriter(tmp_path) as writer:
        write_views(writer, np.array(probabilities), np.array(labels), epoch=0)
    return tmp_path


def test_each_epoch_has_a_histogram_of_every_review_and_of_each_label(fit, model, tmp_path):
    fit(model, ValidationViews(), epochs=3, logger=TensorBoardCurves(tmp_path / "run"))
    assert histograms_in(tmp_path / "run" / "validation") == {
        name: [(epoch, size) for epoch in range(3)]
        for name, size in zip(PARTS, (NEGATIVES + POSITIVES, NEGATIVES, POSITIVES), strict=True)
    }


@pytest.mark.parametrize("precision", ["32-true", "64-true", "bf16-true"])
def test_curve_counts_as_the_accuracy_does(fit, tmp_path, precision):
    recorder = HistoryRecorder()
    model = BaselineLSTM(vocab_size=20, embedding_dim=3, units=4, learning_rate=0.1, randomness="torch")
    fit(model, recorder, ValidationViews(), epochs=4, precision=precision, logger=TensorBoardCurves(tmp_path / "run"))
    curves = pr_curves_in(tmp_path / "run" / "validation")
    assert [epoch for epoch, _ in curves] == [0, 1, 2, 3]
    for epoch, curve in curves:
        right = curve["true_positives"][AT_HALF] + curve["true_negatives"][AT_HALF]
        accuracy = recorder.history["val_accuracy"][epoch]
        tolerance = 2**-8 if precision == "bf16-true" else 1e-6
        assert right / (NEGATIVES + POSITIVES) == pytest.approx(accuracy, abs=tolerance)
        assert curve["true_positives"][0] == POSITIVES
        assert curve["false_positives"][0] == NEGATIVES


def test_views_change_no_figure_and_no_weight(fit, model, tmp_path):
    outcomes = []
    for callbacks in ([], [ValidationViews()]):
        recorder, trained = HistoryRecorder(), deepcopy(model)
        fit(trained, recorder, *callbacks, epochs=3, logger=TensorBoardCurves(tmp_path / str(len(callbacks))))
        weights = {name: weight.tolist() for name, weight in trained.state_dict().items()}
        outcomes.append(([recorder.history.epoch(epoch) for epoch in range(3)], weights))
    assert outcomes[0] == outcomes[1]


def test_validation_costs_no_second_forward_pass(fit, model, tmp_path):
    passes: list[bool] = []
    model.register_forward_hook(lambda *_: passes.append(model.training))
    fit(model, ValidationViews(), epochs=2, logger=TensorBoardCurves(tmp_path / "run"))
    assert passes.count(False) == 2 * 3


def test_epoch_is_on_disk_before_its_checkpoint_is(fit, model, tmp_path):
    seen: list[int] = []

    class Watcher(RunCheckpoint):
        def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
            seen.append(len(histograms_in(tmp_path / "run" / "validation")["all_reviews"]))

    callbacks = (Watcher(tmp_path / "checkpoints", "last"), ValidationViews())
    fit(model, *callbacks, epochs=3, enable_checkpointing=True, logger=TensorBoardCurves(tmp_path / "run"))
    assert seen == [1, 2, 3]


def test_resumed_run_neither_repeats_nor_loses_an_epoch(fit, model, tmp_path):
    """The second stretch dies in the fourth epoch, without a checkpoint of the third, so that is done again."""
    folder, kept = tmp_path / "run", tmp_path / "kept.ckpt"
    for epochs, first_epoch, start in ((2, 0, None), (3, 2, kept), (5, 2, kept)):
        keeper = RunCheckpoint(tmp_path / f"checkpoints{epochs}", "last")
        logger = TensorBoardCurves(folder, first_epoch)
        fit(model, keeper, ValidationViews(), epochs=epochs, enable_checkpointing=True, logger=logger, ckpt_path=start)
        if start is None:
            keeper.path.rename(kept)
    assert [epoch for epoch, _ in pr_curves_in(folder / "validation")] == [0, 1, 2, 3, 4]
    for steps in histograms_in(folder / "validation").values():
        assert [epoch for epoch, _ in steps] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("options", [{"validation": False}, {"logger": False}, {"fast_dev_run": True}])
def test_nothing_is_written_without_validation_or_logger(fit, model, tmp_path, options):
    fit(model, ValidationViews(), **{"logger": TensorBoardCurves(tmp_path / "run"), **options})
    assert not (tmp_path / "run" / "validation").exists()


def test_epochs_without_validation_are_passed_over(fit, model, tmp_path):
    options = {"check_val_every_n_epoch": 2, "num_sanity_val_steps": 1}
    fit(model, ValidationViews(), epochs=4, logger=TensorBoardCurves(tmp_path / "run"), **options)
    assert [epoch for epoch, _ in pr_curves_in(tmp_path / "run" / "validation")] == [1, 3]


def test_of_several_validations_in_an_epoch_the_last_counts(fit, model, tmp_path):
    fit(model, ValidationViews(), epochs=2, logger=TensorBoardCurves(tmp_path / "run"), val_check_interval=2)
    size = NEGATIVES + POSITIVES
    assert histograms_in(tmp_path / "run" / "validation")["all_reviews"] == [(0, size), (1, size)]


@pytest.mark.parametrize(("label", "part"), [(0.0, "negative_reviews"), (1.0, "positive_reviews")])
def test_one_label_gives_two_histograms_and_no_curve(tmp_path, label, part):
    folder = written(tmp_path, [0.1, 0.9, 0.5], [label] * 3)
    assert histograms_in(folder) == {"all_reviews": [(0, 3)], part: [(0, 3)]}
    assert pr_curves_in(folder) == []


def test_probabilities_lie_in_bins_of_a_fiftieth(tmp_path):
    folder = written(tmp_path, [0.0, 0.01, 0.03, 1.0], [0, 1, 0, 1])
    (event,) = EventAccumulator(str(folder)).Reload().Histograms(f"{HISTOGRAMS}/all_reviews")
    counts = dict(zip(event.histogram_value.bucket_limit, event.histogram_value.bucket, strict=True))
    assert {round(limit, 2): count for limit, count in counts.items() if count} == {0.02: 2, 0.04: 1, 1.0: 1}


def test_probability_that_is_not_a_number_gives_no_views(tmp_path):
    folder = written(tmp_path, [0.25, float("nan")], [0, 1])
    assert histograms_in(folder) == {}
    assert pr_curves_in(folder) == []


def test_several_classes_have_a_histogram_and_a_curve_each(tmp_path):
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.6, 0.1]])
    with SummaryWriter(tmp_path) as writer:
        write_views(writer, probabilities, np.array([0.0, 1.0, 0.0]), 4, ["bad", "ok", "good"])
    found = EventAccumulator(str(tmp_path), size_guidance={"histograms": 0}).Reload()
    seen = {tag: found.Histograms(tag)[0] for tag in found.Tags()["histograms"]}
    of_label = {"probability_of_label": (0.3, 0.8), "probability_of_label/bad": (0.3, 0.7)}
    of_label["probability_of_label/ok"] = (0.8, 0.8)
    assert {tag: (one.histogram_value.min, one.histogram_value.max) for tag, one in seen.items()} == of_label
    events = plugin_event_accumulator.EventAccumulator(str(tmp_path), tensor_size_guidance={"pr_curves": 0}).Reload()
    curves = {tag: make_ndarray(events.Tensors(tag)[0].tensor_proto) for tag in events.Tags()["tensors"]}
    assert {tag for tag in curves if PR_CURVE in tag} == {f"{PR_CURVE}/bad", f"{PR_CURVE}/ok"}
    true_positives, false_positives = curves[f"{PR_CURVE}/bad"][:2, AT_HALF]
    assert (true_positives, false_positives) == (1, 0)


def test_classes_without_names_have_numbers(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        write_views(writer, np.eye(3), np.array([0.0, 1.0, 2.0]), 0)
    tags = EventAccumulator(str(tmp_path)).Reload().Tags()["histograms"]
    assert tags == ["probability_of_label", *(f"probability_of_label/{number}" for number in range(3))]
