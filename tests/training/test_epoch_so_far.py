from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from lit_sentiment.errors import InputError
from lit_sentiment.models import BaselineLSTM
from lit_sentiment.models.checkpoint_file import EPOCH_SO_FAR
from lit_sentiment.training.epoch_so_far import EpochSoFar, is_inside_epoch, sums_so_far
from lit_sentiment.training.history_recorder import HistoryRecorder

Fit = Callable[..., Trainer]


class Saver(Callback):
    """Saves after every step, and notes after which a training could go on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inside: list[bool] = []

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        self.inside.append(is_inside_epoch(trainer))
        trainer.save_checkpoint(self.folder / f"{len(self.inside)}.ckpt")


@pytest.mark.parametrize(("batches", "inside"), [(1, [1, 1, 1, 0, 1, 1, 1, 0]), (2, [0, 1, 0, 0, 0, 1, 0, 0])])
def test_no_training_goes_on_behind_a_last_step_or_with_gradients_that_wait(fit, model, tmp_path, batches, inside):
    saver = Saver(tmp_path)
    fit(model, EpochSoFar(), saver, accumulate_grad_batches=batches)
    assert saver.inside == [bool(one) for one in inside]
    kept = [EPOCH_SO_FAR in torch.load(tmp_path / f"{number}.ckpt", weights_only=True) for number in range(1, 9)]
    assert kept == saver.inside


def new_model() -> BaselineLSTM:
    torch.manual_seed(3)
    return BaselineLSTM(vocab_size=20, embedding_dim=3, units=4, randomness="torch")


@pytest.mark.parametrize("step", [1, 3, 6])
@pytest.mark.parametrize("callback", [EpochSoFar, Callback])
def test_figures_are_those_of_the_whole_epoch(fit, tmp_path, step, callback):
    """Without the callback they would be those of the steps after the checkpoint, without a word."""
    whole, resumed = HistoryRecorder(), HistoryRecorder()
    fit(new_model(), whole, callback(), Saver(tmp_path))
    fit(new_model(), resumed, callback(), ckpt_path=tmp_path / f"{step}.ckpt")
    assert (str(resumed.history.curves) == str(whole.history.curves)) == (callback is EpochSoFar)


class Summed(BaselineLSTM):
    """Logs a sum over the epoch."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        self.log("words", batch[0].sum().float(), on_step=False, on_epoch=True, reduce_fx=torch.sum)
        return super().training_step(batch, batch_idx)


class Requiring(Callback):
    """Asks for the sums after the first step."""

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        sums_so_far(trainer)


def test_figure_of_another_kind_is_refused(fit):
    with pytest.raises(InputError, match="expected figures that training_step logs as means, found words of training"):
        fit(Summed(vocab_size=20, embedding_dim=3, units=4), Requiring())


def test_data_of_another_kind_are_refused(model):
    batches = DataLoader(TensorDataset(torch.ones(6, 5, dtype=torch.int32), torch.ones(6, dtype=torch.int32)), 2)
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "accelerator": "cpu"}
    trainer = Trainer(max_epochs=1, callbacks=[Requiring()], enable_model_summary=False, **quiet)
    with pytest.raises(InputError, match="expected data that give Batches, found a DataLoader"):
        trainer.fit(model, batches, batches)
