"""Trainings in several processes beside those in one."""

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from functools import cache
from math import isnan
from pathlib import Path

import pytest
import torch
from lightning.fabric.plugins.environments.lightning import find_free_network_port

from lit_sentiment import BaselineLSTM
from lit_sentiment.curves.history import History
from lit_sentiment.data.batches import Batches
from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.batch_part import BatchPart
from lit_sentiment.keras_semantics.dropout import Dropout
from lit_sentiment.keras_semantics.layers import Embedding
from lit_sentiment.keras_semantics.normalization import BatchNormalization
from lit_sentiment.models import KerasSequential
from lit_sentiment.models.checkpoint_file import read_checkpoint
from lit_sentiment.training.exact_ddp import require_divisible

PATH = Path(__file__).parent / "trainings_in_processes.py"
SCRIPT = runpy.run_path(str(PATH))
MODELS, LONG, TWINS, FEW, MANY = (SCRIPT[name] for name in ("MODELS", "LONG", "TWINS", "FEW", "MANY"))
TOLERANCE = 1e-12
"""Sixty steps of float64 rounding; measured: 5e-16."""
CLEARLY = 1e-4
"""By how much a wrong ingredient moves weights of about 1; measured: 2e-2."""
DDP = ("--trainer.devices=2", "--trainer.strategy=ddp", "--trainer.precision=64-true")

pytestmark = pytest.mark.ddp


@pytest.fixture(scope="module")
def alone():
    """What a model becomes in one process, by its name and the epochs; each is trained once."""
    return cache(SCRIPT["trained"])


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """What everything in the script becomes in several processes, by their number and its name."""
    file = tmp_path_factory.mktemp("processes") / "outcomes.pt"
    ports = [str(find_free_network_port()) for _ in range(2)]
    subprocess.run([sys.executable, PATH, file, *ports], stderr=subprocess.DEVNULL, check=True)
    return torch.load(file)


def distances(one, other):
    """The largest distance of the curves and of the weights of two trainings."""
    curves, weights = ([outcome[part] for outcome in (one, other)] for part in ("curves", "weights"))
    assert curves[0].keys() == curves[1].keys()
    of_curves = [
        abs(ours - theirs)
        for name in curves[0]
        for ours, theirs in zip(*(one[name] for one in curves), strict=True)
        if not isnan(ours) or not isnan(theirs)  # a model without a penalty has no figure of it
    ]
    return max(of_curves), max((weights[0][name] - weights[1][name]).abs().max().item() for name in weights[0])


@pytest.mark.parametrize("processes", [2, 3])
@pytest.mark.parametrize("name", MODELS)
def test_curves_and_weights_are_those_of_one_process(name, processes, alone, together):
    several = together[processes][name]
    assert max(distances(alone(name, FEW), several)) < TOLERANCE
    assert several["alike"]


@pytest.mark.parametrize("name", LONG)
def test_sixty_steps_are_those_of_one_process(name, alone, together):
    several = together[2][f"{name}, long"]
    assert len(several["curves"]["val_loss"]) * 5 == 60
    assert max(distances(alone(name, MANY), several)) < TOLERANCE
    assert several["alike"]


@pytest.mark.parametrize("twin", TWINS)
def test_wrong_way_to_join_processes_is_seen(twin, alone, together):
    name, _ = TWINS[twin]
    assert distances(alone(name, FEW), together[2][twin])[1] > CLEARLY
