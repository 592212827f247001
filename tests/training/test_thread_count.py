import os
import random
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from lit_sentiment import L2LSTM, BaselineLSTM, DropoutLSTM
from lit_sentiment.runs.identity import COMPUTED_ON
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.training import thread_count
from lit_sentiment.training.thread_count import choose_threads

MODELS = {
    "BaselineLSTM": lambda: BaselineLSTM(50, 5, 4),
    "DropoutLSTM": lambda: DropoutLSTM(50, 5, (4, 3)),
    "DropoutLSTM, torch": lambda: DropoutLSTM(50, 5, (4, 3), randomness="torch"),
    "L2LSTM": lambda: L2LSTM(50, 5, 4),
}


@pytest.fixture(autouse=True)
def _one_thread_again():
    yield
    torch.set_num_threads(1)


@pytest.fixture
def machine(monkeypatch):
    """Script a machine of two cores: how busy it is, and the seconds of a step with one and with two threads."""

    def machine(load=0.0, one=1.0, two=1.0):
        clock = [0.0]

        def now():  # as long after the last time as a step takes
            clock[0] += {1: one, 2: two}[torch.get_num_threads()]
            return clock[0]

        monkeypatch.setattr(thread_count, "perf_counter", now)
        monkeypatch.setattr(thread_count, "usable_cores", lambda: 2)
        monkeypatch.setattr(os, "getloadavg", lambda: (load, 9.0, 9.0))

    return machine


@pytest.mark.parametrize(
    ("load", "two", "threads"),
    [(0.0, 0.5, 2), (0.9, 0.5, 2), (1.0, 0.5, 1), (3.0, 0.5, 1), (0.0, 0.82, 2), (0.0, 0.85, 1), (0.0, 3.0, 1)],
)
def test_all_cores_need_a_free_one_and_a_gain_of_a_fifth(machine, shop, load, two, threads):
    machine(load, two=two)
    assert choose_threads(MODELS["BaselineLSTM"](), shop())[0] == threads
    assert torch.get_num_threads() == threads


def test_reason_is_said(machine, shop):
    machine(one=0.02, two=0.015)
    assert choose_threads(MODELS["BaselineLSTM"](), shop())[1] == "a step takes 20.0 ms with 1, 15.0 ms with 2"
    machine(load=1.5)
    assert choose_threads(MODELS["BaselineLSTM"](), shop())[1] == "1.5 of 2 cores are busy"


def traces(model, data):
    """Everything that a training starts from."""
    state = [value.tolist() if isinstance(value, torch.Tensor) else value for value in model.state_dict().values()]
    gradients = [weight.grad for weight in model.parameters()]
    numbers = random.getstate(), torch.get_rng_state().tolist(), np.random.get_state()[1].tolist()
    return state, gradients, numbers, [array.tolist() for array in data.arrays("train")]


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_trying_leaves_no_trace(machine, shop, model):
    machine()
    model, data = model(), shop()
    before = traces(model, data)
    choose_threads(model, data)
    assert traces(model, data) == before


@pytest.mark.parametrize("name", ["deepcopy", "fork_rng"])
def test_trying_without_a_copy_or_with_the_random_numbers_of_the_training_leaves_one(machine, shop, monkeypatch, name):
    machine()
    model, data = MODELS["DropoutLSTM, torch"](), shop()
    before = traces(model, data)
    if name == "deepcopy":
        monkeypatch.setattr(thread_count, "deepcopy", lambda model: model)
    else:
        monkeypatch.setattr(torch.random, "fork_rng", lambda **_: nullcontext())
    choose_threads(model, data)
    assert traces(model, data) != before


@pytest.mark.parametrize("randomness", ["keras", "torch"])
def test_curves_are_those_of_one_thread_where_one_is_chosen(command, tiny, machine, randomness):
    """Beside a fit of another seed, so that the comparison can fail."""
    machine()
    model = ["--model", "DropoutLSTM", "--model.units=[4,3]", "--randomness", randomness]
    histories = []
    for threads, seed in [("1", 0), ("auto", 0), ("1", 1)]:
        run = f"{threads}-{seed}"
        outcome = command("fit", *tiny, *model, "--threads", threads, "--seed_everything", seed, "--run", run)
        assert outcome.code == 0, outcome.err
        histories.append(Path(run, "history.csv").read_text())
        assert ("Threads: 1, for a step takes" in outcome.out) == (threads == "auto")
    assert histories[0] == histories[1] != histories[2]


def test_number_that_was_chosen_is_in_the_settings_of_the_run(command, tiny, machine):
    machine(two=0.5)
    outcome = command("fit", *tiny, "--threads", "auto", "--run", "run")
    assert "Threads: 2, for a step takes 1000.0 ms with 1, 500.0 ms with 2" in outcome.out
    assert yaml.safe_load(Path("run/config.yaml").read_text())["threads"] == 2
    assert RunFolder(Path("run")).read_identity()[COMPUTED_ON] == {"threads": 2}


def test_other_number_of_threads_is_told_of_when_a_run_goes_on_and_by_compare(command, tiny, copied_run, run_of):
    assert COMPUTED_ON not in RunFolder(copied_run()).read_identity()
    outcome = command(
        "fit", *tiny, "--run", "run", "--ckpt_path", "last", "--trainer.max_epochs", "3", "--threads", "2"
    )
    assert outcome.code == 0, outcome.err
    assert "Computed with threads 1, then threads 2: curves may differ by roundings" in outcome.out.splitlines()
    one = run_of("--trainer.max_epochs=3")
    outcome = command("compare", "run", "--reference", one)
    assert outcome.code == 0, outcome.err
    assert "Computed with threads 1, then threads 2 against threads 1: curves may differ by roundings." in outcome.out
    assert "Computed with" not in command("compare", one, "--reference", one, "--picture", "one.png").out
