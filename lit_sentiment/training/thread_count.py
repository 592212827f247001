"""How many CPU threads a training is to have: one, or all cores where a few steps show that this is faster."""

import os
from collections.abc import Callable
from copy import deepcopy
from statistics import median
from time import perf_counter
from typing import Literal

import torch

from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.process import usable_cores
from lit_sentiment.runs.training_identity import optimizer_of

Auto = Literal["auto"]
LEAST_GAIN = 1.2
"""Seconds of one thread over those of all cores; for less, other programs are not to be slowed down."""
_TURNS, _STEPS = 3, 3


def choose_threads(model: SentimentModel, data: ReviewData) -> tuple[int, str]:
    """Return one or all cores, and why, in words; torch has as many threads from then on.

    Both are tried in turns, by steps of a copy of the model and its optimiser on the first training reviews. The model,
    the reviews and all random numbers stay as they are. With more threads torch adds in another order, so that the
    curves of some models (DropoutLSTM) differ by roundings.

    Args:
        model: As it is to be trained, on a CPU.
        data: Its reviews.
    """
    cores, load = usable_cores(), os.getloadavg()[0]
    threads, why = 1, f"{load:.1f} of {cores} cores are busy"
    if cores - load > 1:
        with torch.random.fork_rng(devices=[]):
            one, all_cores = _seconds(_step_of_copy(model, data), (1, cores))
        why = f"a step takes {1000 * one:.1f} ms with 1, {1000 * all_cores:.1f} ms with {cores}"
        threads = cores if one > LEAST_GAIN * all_cores else 1
    torch.set_num_threads(threads)
    return threads, why


def _step_of_copy(model: SentimentModel, data: ReviewData) -> Callable[[], None]:
    copy = deepcopy(model).train()
    optimizer = optimizer_of(copy)
    copy.choose_gradients(optimizer)
    token_ids, labels = (torch.from_numpy(array[: data.batch_size]) for array in data.arrays("train"))

    def step() -> None:
        optimizer.zero_grad()
        loss, penalty = copy.figures(token_ids, labels)[0], copy.penalty()
        (loss if penalty is None else loss + penalty).backward()
        optimizer.step()

    return step


def _seconds(step: Callable[[], None], choices: tuple[int, ...]) -> list[float]:
    """Return the median seconds of a step with each number of threads."""
    taken: dict[int, list[float]] = {threads: [] for threads in choices}
    for _ in range(_TURNS):
        for threads, seconds in taken.items():
            torch.set_num_threads(threads)
            step()  # in which new threads start
            for _ in range(_STEPS):
                started = perf_counter()
                step()
                seconds.append(perf_counter() - started)
    return [median(seconds) for seconds in taken.values()]
