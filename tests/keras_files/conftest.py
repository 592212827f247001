"""Small models of all sizes different, with weights drawn at random, and Keras itself for the tests that compare."""

import pytest
import torch

from lit_sentiment.models import LISTINGS

SETTINGS = {
    "BaselineLSTM": {"vocab_size": 13, "embedding_dim": 3, "units": 5, "learning_rate": 0.004},
    "DropoutLSTM": {"vocab_size": 11, "embedding_dim": 4, "units": (7, 2), "dropout": (0.4, 0.0)},
    "L2LSTM": {"vocab_size": 9, "embedding_dim": 6, "units": 2, "l2": 0.03},
}


@pytest.fixture(params=["float32", "float64"])
def dtype(request):
    return request.param


@pytest.fixture(params=list(LISTINGS))
def model(request, dtype):
    """One of the three models, as if trained."""
    model = LISTINGS[request.param](**SETTINGS[request.param]).to(getattr(torch, dtype))
    for weight in model.parameters():
        if weight.requires_grad:
            torch.nn.init.normal_(weight)
    return model.eval()
