import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from lightning import Trainer
from torch import Tensor

from lit_sentiment.errors import InputError
from lit_sentiment.models import BaselineLSTM
from lit_sentiment.training.finite_loss import FiniteLoss

Fit = Callable[..., Trainer]
BREAKING_STEP = 7  # of four steps an epoch: the third batch of the second


class Breaking(BaselineLSTM):
    """A baseline whose loss breaks at one step."""

    broken = math.nan
    steps = 0

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        self.steps += 1
        loss = super().training_step(batch, batch_idx)
        return loss * self.broken if self.steps == BREAKING_STEP else loss


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_training_stops_at_the_step_whose_loss_broke(fit: Fit, broken: float) -> None:
    model = Breaking(vocab_size=20, embedding_dim=3, units=4)
    model.broken = broken
    with pytest.raises(InputError, match=r"loss became (nan|inf) at step 7 \(epoch 2, batch 3\).*learning_rate"):
        fit(model, FiniteLoss(), epochs=5)
    assert model.steps == BREAKING_STEP


def test_without_it_training_runs_on(fit: Fit) -> None:
    model = Breaking(vocab_size=20, embedding_dim=3, units=4)
    fit(model, epochs=5)
    assert model.steps == 5 * 4
    assert any(weight.isnan().any() for weight in model.parameters())


def test_finite_losses_of_any_size_pass(fit: Fit) -> None:
    model = Breaking(vocab_size=20, embedding_dim=3, units=4)
    model.broken = torch.finfo(torch.float32).max / 1e3
    fit(model, FiniteLoss(), epochs=2)
    assert model.steps == 8
