"""Scripted figures: the learning rate of each epoch."""

import math
import random
from types import SimpleNamespace

import lightning
import numpy as np
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from lit_sentiment.data.batches import Batches
from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.optimizers import KerasSGD
from lit_sentiment.keras_semantics.reduce_lr import KerasReduceLROnPlateau
from lit_sentiment.keras_semantics.schedules import ExponentialDecay

NAN, INF = math.nan, math.inf
SEQUENCES = 400
LR = 0.8


def run(settings, figures, dtype=torch.float32):
    """Show the callback a figure an epoch; return the learning rate after each."""
    callback = KerasReduceLROnPlateau(**settings)
    optimizer = KerasSGD([torch.nn.Parameter(torch.zeros(2, dtype=dtype))], lr=LR)
    trainer = SimpleNamespace(optimizers=[optimizer], lr_scheduler_configs=[], callback_metrics={})
    callback.setup(trainer, None, "fit")
    callback.on_train_start(trainer, None)
    rates = []
    for figure in figures:
        callback.on_train_batch_start(trainer, None)
        trainer.callback_metrics = {callback.monitor: torch.tensor(figure, dtype=dtype)}
        callback.on_train_epoch_end(trainer, None)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


CASES = {
    "improves to the end": ([3.0, 2.0, 1.0], {"patience": 1}, [0.8, 0.8, 0.8]),
    "patience 1": ([1.0, 1.0, 1.0], {"patience": 1}, [0.8, 0.4, 0.2]),
    "patience 0 does the same": ([1.0, 1.0, 1.0], {"patience": 0}, [0.8, 0.4, 0.2]),
    "patience 2": ([1.0, 2.0, 2.0, 2.0, 2.0], {"patience": 2}, [0.8, 0.8, 0.4, 0.4, 0.2]),
    "an improvement starts the wait again": ([3.0, 4.0, 2.0, 4.0, 4.0], {"patience": 2}, [0.8, 0.8, 0.8, 0.8, 0.4]),
    "less than min_delta is no improvement": ([1.0, 0.95, 0.9], {"patience": 2, "min_delta": 0.2}, [0.8, 0.8, 0.4]),
    "the last epoch of the cooldown counts": (
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0], {"patience": 1, "cooldown": 2}, [0.8, 0.4, 0.4, 0.2, 0.2, 0.1]
    ),
    "not below min_lr": ([1.0, 1.0, 1.0, 1.0], {"patience": 1, "min_lr": 0.3}, [0.8, 0.4, 0.3, 0.3]),
    "NaN is no improvement": ([1.0, NAN, 0.5], {"patience": 1}, [0.8, 0.4, 0.4]),
    "NaN first: nothing is better": ([NAN, 1.0, 0.5], {"patience": 1}, [0.8, 0.4, 0.2]),
    "max: greater is better": ([0.5, 0.7, 0.6], {"patience": 1, "mode": "max"}, [0.8, 0.8, 0.4]),
    "auto knows the accuracy": ([0.5, 0.7, 0.6], {"patience": 1, "monitor": "val_accuracy"}, [0.8, 0.8, 0.4]),
    "auto knows the loss": ([0.5, 0.7, 0.4], {"patience": 1, "monitor": "loss"}, [0.8, 0.4, 0.4]),
    "factor 0": ([1.0, 1.0, 1.0], {"patience": 1, "factor": 0.0}, [0.8, 0.0, 0.0]),
}  # fmt: skip


@pytest.mark.parametrize(("figures", "settings", "rates"), CASES.values(), ids=CASES)
def test_learning_rate_falls_as_scripted(figures, settings, rates):
    assert run({"factor": 0.5, **settings}, figures, torch.float64) == rates


def test_learning_rate_is_held_in_the_dtype_of_the_weights():
    rate = run({"factor": 0.5, "patience": 1}, [1.0, 1.0])[-1]
    assert rate == float(np.float32(LR)) * 0.5 != 0.4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"factor": 1.0}, "factor: expected 0 or more and below 1, found 1.0"),
        ({"factor": -0.1}, "factor: expected"),
        ({"patience": -1}, "patience: expected 0 or more, found -1"),
        ({"cooldown": NAN}, "cooldown: expected 0 or more, found nan"),
        ({"min_lr": INF}, "min_lr: expected 0 or more, found inf"),
        ({"min_delta": NAN}, "min_delta: expected a finite number"),
        ({"mode": "least"}, "mode: expected auto, min or max, found 'least'"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(SettingError, match=message):
        KerasReduceLROnPlateau(**settings)


def test_figure_whose_direction_is_not_known_is_refused():
    with pytest.raises(InputError, match=r"KerasReduceLROnPlateau, monitor: expected one of loss, .* found val_auc"):
        KerasReduceLROnPlateau("val_auc")
    assert KerasReduceLROnPlateau("val_auc", mode="max").mode == "max"


class ScriptedModel(lightning.LightningModule):
    """Logs a scripted figure an epoch, and keeps the learning rate of every step."""

    def __init__(self, figures, lr):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.figures, self.lr, self.rates = figures, lr, []

    def configure_optimizers(self):
        return KerasSGD(self.parameters(), lr=self.lr)

    def on_train_start(self):
        self.optimizers().param_groups[0]["lr"] = self.lr if isinstance(self.lr, float) else 0.0

    def training_step(self, batch, batch_idx):
        self.rates.append(self.optimizers().param_groups[0]["lr"])
        return self.weight * batch[0].sum()

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", self.figures[self.current_epoch])


@pytest.fixture
def fit(tmp_path):
    def fit(figures, callback, lr=LR, **resumed):
        each_epoch = ModelCheckpoint(tmp_path, filename="{epoch}", save_top_k=-1)
        trainer = lightning.Trainer(
            max_epochs=len(figures),
            accelerator="cpu",
            callbacks=[callback, each_epoch],
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        model = ScriptedModel(figures, lr)
        batches = Batches(torch.ones(5, 2), torch.ones(5), batch_size=3)
        trainer.fit(model, batches, batches, weights_only=True, **resumed)
        return model.rates

    return fit


@pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty")
def test_real_trainer_steps_with_the_reduced_rate_also_when_resumed(fit, tmp_path):
    """Two steps an epoch; the model sets its own learning rate when a training begins."""
    figures, settings = [1.0, 2.0, 2.0, 2.0, 2.0], {"patience": 1, "factor": 0.5}
    halved = [float(np.float32(LR) / 2**count) for count in (1, 2, 3)]
    expected = [LR, LR, LR, LR, *(rate for rate in halved for _ in range(2))]
    callback = KerasReduceLROnPlateau(**settings)
    assert fit(figures, callback) == expected
    assert fit(figures, callback) == expected, "one instance serves several trainings"
    resumed = fit(figures, KerasReduceLROnPlateau(**settings), ckpt_path=tmp_path / "epoch=2.ckpt")
    assert resumed == expected[6:]


def test_schedule_beside_it_is_refused(fit):
    with pytest.raises(InputError, match="expected a learning rate that is a number, found a schedule"):
        fit([1.0], KerasReduceLROnPlateau(), lr=ExponentialDecay(0.1, 7, 0.5))


def test_missing_figure_is_named(fit):
    with pytest.raises(
        InputError, match=r"KerasReduceLROnPlateau, monitor: expected one of .*val_loss; found val_accur"
    ):
        fit([1.0], KerasReduceLROnPlateau("val_accuracy"))


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras 3.15 with NumPy 2
def test_learning_rates_equal_live_keras(keras):
    seed = random.SystemRandom().randrange(10**9)
    rng = random.Random(seed)
    for floatx in ("float32", "float64"):
        keras.config.set_floatx(floatx)
        dtype = getattr(torch, floatx)
        for _ in range(SEQUENCES):
            levels = [rng.choice([0.1, 0.2, 0.5, 0.69, 1.0, NAN, INF]) for _ in range(rng.randint(1, 14))]
            figures = torch.tensor([one * (1 + rng.choice([0, 1e-9, 3e-7])) for one in levels], dtype=dtype).tolist()
            settings = {
                "monitor": "val_loss",
                "factor": rng.choice([0.5, 0.1, 0.3]),
                "patience": rng.randint(0, 3),
                "mode": rng.choice(["min", "max", "auto"]),
                "min_delta": rng.choice([0.0, 1e-4, 0.1, -0.2]),
                "cooldown": rng.randint(0, 3),
                "min_lr": rng.choice([0.0, 0.1, 0.8]),
            }
            theirs = keras.callbacks.ReduceLROnPlateau(**settings)
            theirs.set_model(SimpleNamespace(optimizer=keras.optimizers.SGD(LR), metrics=()))
            theirs.on_train_begin()
            rates = []
            for epoch, figure in enumerate(figures):
                theirs.on_epoch_end(epoch, {"val_loss": figure})
                rates.append(float(theirs.model.optimizer.learning_rate.numpy()))
            ours = [float(np.dtype(floatx).type(rate)) for rate in run(settings, figures, dtype)]
            assert ours == rates, (seed, floatx, figures, settings)
