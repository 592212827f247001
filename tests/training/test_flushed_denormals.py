from contextlib import nullcontext

import pytest
import torch
from lightning import Callback

from lit_sentiment.training.flushed_denormals import flushed_denormals, flushes_denormals
from lit_sentiment.training.stopping import FiniteLoss


def test_they_are_zero_inside_and_what_they_were_outside():
    assert not flushes_denormals()
    with flushed_denormals():
        assert flushes_denormals()
        assert torch.tensor(1e-310, dtype=torch.float64).add(0).item() == 0
        with pytest.raises(KeyError), flushed_denormals():
            raise KeyError
        assert flushes_denormals()
    assert not flushes_denormals()


class Watch(Callback):
    """Looks in which thread's way the backward pass computes, too."""

    def __init__(self):
        self.seen = []

    def on_train_batch_end(self, *_):
        tiny = torch.tensor(1e-30, requires_grad=True)
        (tiny * 1e-9).backward()
        self.seen += [flushes_denormals(), tiny.grad.mul(1e-30).item() == 0]


def test_fit_flushes_them_while_it_trains(command, tiny, monkeypatch):
    watch = Watch()
    monkeypatch.setattr(FiniteLoss, "on_train_batch_end", watch.on_train_batch_end)
    assert command("fit", *tiny, "--run", "run").code == 0
    assert watch.seen
    assert all(watch.seen)
    assert not flushes_denormals()


@pytest.mark.parametrize("model", ["BaselineLSTM", "DropoutLSTM", "L2LSTM"])
def test_weights_are_the_same_to_the_bit(command, tiny, model, monkeypatch):
    units = ("--model.units=[4,3]",) if model == "DropoutLSTM" else ()
    options = (*tiny, "--model", model, *units, "--trainer.max_epochs=4")
    assert command("fit", *options, "--run", "flushed").code == 0
    monkeypatch.setattr("lit_sentiment.commands.fit.flushed_denormals", nullcontext)
    assert command("fit", *options, "--run", "kept").code == 0
    states = [
        torch.load(f"{run}/checkpoints/last.ckpt", weights_only=True)["state_dict"] for run in ("flushed", "kept")
    ]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(one, states[1][name]) for name, one in states[0].items() if isinstance(one, torch.Tensor))
