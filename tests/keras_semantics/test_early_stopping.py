"""Scripted figures: when a training stops, and whose weights it ends with. The weight is the number of its epoch."""

import math
import random
from types import SimpleNamespace

import lightning
import numpy as np
import pytest
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.trainer.states import TrainerFn

from lit_sentiment.data.batches import Batches
from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.early_stopping import KerasEarlyStopping
from lit_sentiment.keras_semantics.layers import Dropout

NAN, INF = math.nan, math.inf
SEQUENCES = 400


class EpochNumber(torch.nn.Module):
    """A model whose weight is the number of its epoch."""

    def __init__(self):
        super().__init__()
        self.epoch = torch.nn.Parameter(torch.tensor(-1.0))


def run(stopper, figures, dtype=torch.float32):
    """Show the callback a figure an epoch; return the epochs that ran and the epoch whose weight is left."""
    model = EpochNumber()
    trainer = SimpleNamespace(
        callback_metrics={}, current_epoch=0, should_stop=False, sanity_checking=False, fast_dev_run=False
    )
    trainer.state = SimpleNamespace(fn=TrainerFn.FITTING)
    trainer.strategy = SimpleNamespace(reduce_boolean_decision=lambda decision, all: decision)
    trainer.world_size = 1
    stopper.setup(trainer, model, "fit")
    for trainer.current_epoch, figure in enumerate(figures):
        model.epoch.data.fill_(trainer.current_epoch)
        trainer.callback_metrics = {stopper.monitor: torch.tensor(figure, dtype=dtype)}
        stopper.on_train_epoch_end(trainer, model)
        if trainer.should_stop:
            break
    stopper.on_train_end(trainer, model)
    return trainer.current_epoch + 1, int(model.epoch.item())


def by_kerass_rules(figures, patience, min_delta=0.0, mode="min"):
    """`keras/src/callbacks/early_stopping.py` with `restore_best_weights`: epochs run, and the epoch restored."""
    sign = 1 if mode == "max" else -1
    best, best_epoch, wait = None, 0, 0
    for epoch, current in enumerate(figures):
        wait += 1
        delta = np.float32(current - sign * abs(min_delta)), np.float32(best if best is not None else 0.0)
        if best is None or (delta[0] > delta[1] if mode == "max" else delta[0] < delta[1]):
            best, best_epoch, wait = current, epoch, 0
        elif wait >= patience and epoch > 0:
            return epoch + 1, best_epoch
    return len(figures), best_epoch


# figures, settings, epochs that run, epoch whose weights are restored
CASES = {
    "improves to the end": ([3.0, 2.0, 1.0], {"patience": 1}, 3, 2),
    "best at the last epoch, after a wait": ([2.0, 3.0, 3.0, 1.0], {"patience": 3}, 4, 3),
    "never improves": ([1.0, 2.0, 3.0, 4.0], {"patience": 2}, 3, 0),
    "patience 0 stops at the first failure": ([1.0, 2.0, 0.5], {"patience": 0}, 2, 0),
    "patience 1 does the same": ([1.0, 2.0, 0.5], {"patience": 1}, 2, 0),
    "patience 2 goes on": ([1.0, 2.0, 0.5], {"patience": 2}, 3, 2),
    "an improvement starts the wait again": ([3.0, 4.0, 2.0, 4.0, 4.0, 1.0], {"patience": 2}, 5, 2),
    "a tie is no improvement": ([1.0, 1.0, 1.0], {"patience": 2}, 3, 0),
    "not stopped, restored all the same": ([2.0, 1.0, 3.0], {"patience": 9}, 3, 1),
    "one epoch": ([1.0], {"patience": 0}, 1, 0),
    "NaN first: nothing is better": ([NAN, 1.0, 0.5, 0.1], {"patience": 3}, 4, 0),
    "NaN first, patience 0: not after the first epoch": ([NAN, 1.0, 0.5], {"patience": 0}, 2, 0),
    "NaN in the middle is a failure": ([2.0, NAN, 1.0], {"patience": 2}, 3, 2),
    "NaN in the middle uses up the patience": ([2.0, NAN, 1.0], {"patience": 1}, 2, 0),
    "all NaN": ([NAN, NAN, NAN, NAN], {"patience": 2}, 3, 0),
    "infinite first": ([INF, 1.0, 2.0], {"patience": 5}, 3, 1),
    "less than min_delta is no improvement": ([1.0, 0.95, 0.9, 0.85], {"patience": 2, "min_delta": 0.2}, 3, 0),
    "min_delta is measured from the best": ([1.0, 0.9, 0.7, 0.6], {"patience": 2, "min_delta": 0.2}, 4, 2),
    "min_delta without its sign": ([1.0, 0.95, 0.9, 0.85], {"patience": 2, "min_delta": -0.2}, 3, 0),
    "max: greater is better": ([0.5, 0.7, 0.6, 0.6], {"patience": 2, "mode": "max"}, 4, 1),
    "max with min_delta": ([0.5, 0.6, 0.65], {"patience": 2, "mode": "max", "min_delta": 0.2}, 3, 0),
}


def stopper_of(settings):
    return KerasEarlyStopping("val_loss", restore_best_weights=True, **settings)


@pytest.mark.parametrize(("figures", "settings", "epochs", "restored"), CASES.values(), ids=CASES)
def test_stops_and_restores_as_scripted(figures, settings, epochs, restored):
    assert by_kerass_rules(figures, **settings) == (epochs, restored)
    assert run(stopper_of(settings), figures) == (epochs, restored)


def random_cases(count, seed):
    """Sequences with ties, near ties, NaN and infinities, and settings."""
    rng = random.Random(seed)
    for _ in range(count):
        levels = [rng.choice([0.1, 0.2, 0.3, 0.5, 0.69, 1.0, 2.0, NAN, INF]) for _ in range(rng.randint(1, 12))]
        figures = [level * (1 + rng.choice([0, 0, 1e-9, 3e-7])) for level in levels]
        delta = rng.choice([0.0, 0.0, 0.1, -0.2, 1e-8, 0.3])
        yield figures, {"patience": rng.randint(0, 4), "min_delta": delta, "mode": rng.choice(["min", "max"])}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_follows_kerass_rules_on_random_figures(dtype):
    seen = set()
    for figures, settings in random_cases(SEQUENCES, seed=5):
        figures = torch.tensor(figures, dtype=dtype).tolist()
        expected = by_kerass_rules(figures, **settings)
        assert run(stopper_of(settings), figures, dtype) == expected, (figures, settings)
        seen.add((expected[0] < len(figures), expected[1] == len(figures) - 1))
    assert seen == {(True, False), (False, False), (False, True)}, "every kind of end has to occur"


@pytest.mark.parametrize(("smaller", "epochs"), [(0.69 - 1e-9, 2), (0.69 - 1e-6, 3)])
def test_less_than_a_float32_rounding_is_no_improvement(smaller, epochs):
    """Keras compares in float32, also in float64 trainings."""
    assert run(stopper_of({"patience": 1}), [0.69, smaller, 1.0], torch.float64)[0] == epochs


class RestoringEarlyStopping(EarlyStopping):
    """Lightning's own rules, with the best weights put back."""

    def on_train_epoch_end(self, trainer, pl_module):
        before = self.best_score.clone()
        super().on_train_epoch_end(trainer, pl_module)
        if not torch.equal(before, self.best_score):
            self.kept = pl_module.epoch.detach().clone()

    def on_train_end(self, trainer, pl_module):
        pl_module.epoch.data.copy_(self.kept if hasattr(self, "kept") else pl_module.epoch)


@pytest.mark.parametrize(
    "name",
    ["NaN first: nothing is better", "NaN in the middle is a failure", "all NaN", "infinite first"],
)
def test_lightnings_own_rules_differ(name):
    figures, settings, *expected = CASES[name]
    own = RestoringEarlyStopping("val_loss", check_on_train_epoch_end=True, verbose=False, **settings)
    assert run(own, figures) != tuple(expected)


def test_lightnings_own_restores_nothing():
    figures, settings, epochs, restored = CASES["not stopped, restored all the same"]
    own = EarlyStopping("val_loss", check_on_train_epoch_end=True, **settings)
    assert run(own, figures) == (epochs, epochs - 1)
    assert epochs - 1 != restored


def test_weights_stay_where_restoring_is_not_asked_for():
    assert run(KerasEarlyStopping(patience=2), [1.0, 2.0, 3.0, 4.0]) == (3, 2)


def test_one_instance_serves_two_trainings():
    stopper = stopper_of({"patience": 2})
    assert run(stopper, [0.1, 0.2, 0.3]) == (3, 0)
    assert stopper.stopped_epoch == 2
    assert "epoch 1" in stopper.stopping_reason_message
    assert run(stopper, [5.0, 4.0, 3.0, 2.0]) == (4, 3), "the best of the first training must be forgotten"
    assert stopper.stopped_epoch == 0
    assert stopper.stopping_reason_message is None


class ScriptedModel(lightning.LightningModule):
    """Logs scripted figures; its weight is the number of its epoch."""

    def __init__(self, figures):
        super().__init__()
        self.figures = figures
        self.epoch = torch.nn.Parameter(torch.tensor(-1.0))
        self.dropout = Dropout(0.5)
        self.automatic_optimization = False

    def training_step(self, batch, batch_idx):
        self.epoch.data.fill_(self.current_epoch)
        self.optimizers().step()
        self.dropout(batch[0])

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", torch.tensor(self.figures[self.current_epoch]), batch_size=len(batch[0]))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.0)


@pytest.fixture
def fit(tmp_path):
    """Train, and keep a checkpoint of each epoch as `epoch=0.ckpt` and so on."""

    def fit(figures, stopper, epochs=None, **resumed):
        each_epoch = ModelCheckpoint(tmp_path, "{epoch}", save_top_k=-1, save_on_train_epoch_end=True)
        trainer = lightning.Trainer(
            max_epochs=len(figures) if epochs is None else epochs,
            accelerator="cpu",
            callbacks=[stopper, each_epoch],
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        model = ScriptedModel(figures)
        batches = Batches(torch.ones(5, 2), torch.ones(5), batch_size=3)
        trainer.fit(model, batches, batches, weights_only=True, **resumed)
        return trainer, model

    return fit


@pytest.mark.parametrize("name", CASES)
def test_real_trainer_stops_and_restores_as_scripted(fit, name):
    figures, settings, epochs, restored = CASES[name]
    trainer, model = fit(figures, stopper_of(settings))
    assert (trainer.current_epoch, model.epoch.item()) == (epochs, restored)


@pytest.mark.parametrize(
    "name", ["never improves", "not stopped, restored all the same", "NaN first: nothing is better"]
)
@pytest.mark.parametrize("epochs_done", [1, 2])
@pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty")
def test_resumed_training_ends_like_an_uninterrupted_one(fit, tmp_path, name, epochs_done):
    """The best weights of before the interruption come out of the checkpoint."""
    figures, settings, *expected = CASES[name]
    fit(figures, stopper_of(settings))
    stopper = stopper_of(settings)
    checkpoint = tmp_path / f"epoch={epochs_done - 1}.ckpt"
    trainer, model = fit(figures, stopper, ckpt_path=checkpoint)
    assert [trainer.current_epoch, model.epoch.item()] == expected
    assert torch.load(checkpoint, weights_only=True)["epoch"] == epochs_done - 1


@pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty")
def test_patience_can_be_raised_when_resuming(fit, tmp_path):
    figures = [1.0, 2.0, 3.0, 4.0, 5.0]
    fit(figures, stopper_of({"patience": 2}), epochs=2)
    for patience, epochs in [(2, 3), (3, 4)]:
        stopper = stopper_of({"patience": patience})
        trainer, model = fit(figures, stopper, ckpt_path=tmp_path / "epoch=1.ckpt")
        assert (trainer.current_epoch, model.epoch.item()) == (epochs, 0)


def test_restoring_does_not_rewind_dropout(fit):
    """Keras's seed generators are no weights: the next training goes on with new masks."""
    trainer, model = fit([1.0, 2.0, 3.0, 4.0], stopper_of({"patience": 2}))
    assert model.epoch.item() == 0
    assert model.dropout.seed_generator.counter == trainer.current_epoch * 2 == 6


def test_missing_figure_is_named(fit):
    with pytest.raises(InputError, match="expected one of val_loss; found val_accuracy"):
        fit([1.0], KerasEarlyStopping("val_accuracy"))


DIRECTIONS = {"loss": "min", "val_loss": "min", "accuracy": "max", "val_accuracy": "max"}
UNKNOWN = ["val_los", "penalty", "val_data_loss", "acc", "val_val_loss", ""]


@pytest.mark.parametrize(("monitor", "mode"), DIRECTIONS.items())
def test_direction_is_that_of_the_figure_unless_given(monitor, mode):
    """Scripted figures that rise: only where more is better they improve."""
    assert KerasEarlyStopping(monitor).settings["mode"] == mode
    assert run(KerasEarlyStopping(monitor, patience=1), [0.5, 0.6, 0.7])[0] == (3 if mode == "max" else 2)
    assert KerasEarlyStopping(monitor, mode="min").settings["mode"] == "min"
    assert KerasEarlyStopping(monitor, mode="max").settings["mode"] == "max"


@pytest.mark.parametrize("monitor", UNKNOWN)
def test_figure_of_unknown_direction_needs_a_mode(monitor):
    with pytest.raises(InputError, match=f"of which Keras knows whether more is better, found {monitor}; "):
        KerasEarlyStopping(monitor)
    assert KerasEarlyStopping(monitor, mode="max").settings["mode"] == "max"


@pytest.mark.keras
@pytest.mark.parametrize("monitor", [*DIRECTIONS, *UNKNOWN])
def test_direction_is_that_of_live_keras(keras, monitor):
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(np.zeros((3, 2)), np.zeros(3), verbose=0)
    for figures in ([0.5, 0.6, 0.7], [0.7, 0.6, 0.5]):
        theirs = keras.callbacks.EarlyStopping(monitor, patience=1)
        theirs.set_model(model)
        theirs.on_train_begin()
        model.stop_training = False
        if monitor in UNKNOWN:
            with pytest.raises(ValueError, match="isn't able to automatically determine"):
                theirs.on_epoch_end(0, {monitor: figures[0]})
            continue
        epochs = 0
        while epochs < len(figures) and not model.stop_training:
            theirs.on_epoch_end(epochs, {monitor: figures[epochs]})
            epochs += 1
        assert run(KerasEarlyStopping(monitor, patience=1), figures)[0] == epochs


@pytest.mark.keras
def test_stops_and_restores_as_live_keras(keras):
    class Model:
        stop_training = False
        metrics = ()
        epoch = -1

        def get_weights(self):
            return self.epoch

        def set_weights(self, weights):
            self.epoch = weights

    seed = random.SystemRandom().randrange(10**9)
    for floatx in ("float32", "float64"):
        keras.config.set_floatx(floatx)
        dtype = getattr(torch, floatx)
        for figures, settings in [*random_cases(SEQUENCES // 2, seed), *[case[:2] for case in CASES.values()]]:
            figures, model = torch.tensor(figures, dtype=dtype).tolist(), Model()
            theirs = keras.callbacks.EarlyStopping("val_loss", restore_best_weights=True, **{"mode": "min", **settings})
            theirs.set_model(model)
            theirs.on_train_begin()
            for model.epoch, figure in enumerate(figures):
                theirs.on_epoch_end(model.epoch, {"val_loss": figure})
                if model.stop_training:
                    break
            epochs = model.epoch + 1
            theirs.on_train_end()
            assert run(stopper_of(settings), figures, dtype) == (epochs, model.epoch), (seed, figures, settings)
