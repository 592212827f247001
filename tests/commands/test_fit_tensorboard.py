"""What `fit` writes for TensorBoard, read back."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from lit_sentiment.curves.history import History

VALIDATION_REVIEWS = 25
HISTOGRAM = "probability_of_positive/all_reviews"


def events_in(folder):
    return EventAccumulator(str(folder), size_guidance={"tensors": 0, "histograms": 0}).Reload()


def histograms(run):
    return [(event.step, event.histogram_value.num) for event in events_in(run / "validation").Histograms(HISTOGRAM)]


def hyperparameters(run):
    metadata = events_in(run).SummaryMetadata("_hparams_/session_start_info")
    row = HParamsPluginData.FromString(metadata.plugin_data.content).session_start_info.hparams
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in row.items()}


def results(run):
    events = events_in(run)
    return {tag: events.Scalars(tag)[-1].value for tag in events.Tags()["scalars"]}


def test_run_has_the_tags_of_keras_those_of_its_model_and_the_views(trained_run):
    tags = {"epoch_loss", "epoch_accuracy", "per_model/BaselineLSTM/loss", "per_model/BaselineLSTM/accuracy"}
    for sub_run in ("train", "validation"):
        assert set(events_in(trained_run / sub_run).Tags()["scalars"]) == tags
    assert events_in(trained_run / "train").Tags()["tensors"] == ["custom_scalars__config__"]
    assert events_in(trained_run / "validation").Tags()["tensors"] == ["precision_recall"]
    assert histograms(trained_run) == [(0, VALIDATION_REVIEWS), (1, VALIDATION_REVIEWS)]
    assert "words, best epoch" in (trained_run / "projector_config.pbtxt").read_text()


def test_row_holds_what_decides_the_curves_and_what_came_out(trained_run):
    history = History.read(trained_run / "history.csv")
    assert hyperparameters(trained_run) == {
        "model": "BaselineLSTM",
        "data": "ShopReviews",
        "ids": "imdb",
        "padding": "pre",
        "truncating": "pre",
        "seed": "0",
        "units": "4",
        "embedding_dim": 5,
        "optimizer": "KerasAdam",
        "learning_rate": 0.001,
        "randomness": "keras",
        "dtype": "float32",
        "tokenizer": "basic_english",
        "vocab_size": 200,
        "max_length": 45,
        "batch_size": 16,
        "max_epochs": 2,
        "train_reviews": 60,
        "validation_reviews": VALIDATION_REVIEWS,
    }
    best = history.best_epoch
    assert results(trained_run) == pytest.approx(
        {
            "results/best_epoch": best,
            "results/best_val_loss": history["val_loss"][best],
            "results/best_val_accuracy": history["val_accuracy"][best],
            **{f"results/last_{name}": value for name, value in history.epoch(-1).items()},
        }
    )


def test_resumed_run_has_every_epoch_once_and_one_row(command, tiny, copied_run):
    copied_run()
    resume = ("--ckpt_path", "last", "--trainer.max_epochs", 4, "--model.learning_rate", 0.5)
    assert command("fit", *tiny, "--run", "run", *resume).code == 0
    assert histograms(Path("run")) == [(epoch, VALIDATION_REVIEWS) for epoch in range(4)]
    steps = [event.step for event in events_in("run/train").Scalars("per_model/BaselineLSTM/loss")]
    assert steps == [0, 1, 2, 3]
    assert (hyperparameters(Path("run"))["learning_rate"], hyperparameters(Path("run"))["max_epochs"]) == (0.5, 4)
    assert len(list(Path("run").glob("events.out.tfevents.*"))) == 1


def test_double_precision_has_views_too(command, tiny):
    assert command("fit", *tiny, "--run", "double", "--trainer.precision", "64-true").code == 0
    assert histograms(Path("double")) == [(0, VALIDATION_REVIEWS), (1, VALIDATION_REVIEWS)]
    assert hyperparameters(Path("double"))["dtype"] == "float64"
