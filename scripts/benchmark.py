"""Time training and evaluation of the three models in ours, in plain torch and in Keras, in turns.

    python scripts/benchmark.py [--models BaselineLSTM] [--data "45 tokens"] [--peers ours Keras] [--json seconds.json]

Keras needs the extra `keras`. Every round starts one process for each peer and model; which peer comes first changes
from round to round. A process trains each kind of data for three epochs and takes the faster of the last two, so that
compiling is not counted. Prints the load of the machine, and a Markdown table: milliseconds for 32 reviews; in
training, the part of them that the LSTMs' matrix products alone would take at the rate of one large product; and how
many times as long as ours each peer takes, as the median over the rounds with the lowest and the highest.

- ours: as `fit` trains by default, Keras's numbers to the bit.
- ours, fast: with `--config fast`: torch's random numbers and its fused Adam.
- plain torch: `torch.nn` layers and the fused Adam in a bare loop, without figures, callbacks or penalty.
- Keras: on TensorFlow, `fit` with validation data.
- Keras, all cores: as it comes, with as many threads as it likes; all others have one.
- linear model: the one that `fit --linear_baseline true` fits, for scale: training is the whole fit in its five
  strengths, so divide it by the epochs that a network takes.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

REVIEWS, BATCH, EPOCHS, SEED, VOCABULARY = 320, 32, 3, 0, 5000
MODELS = ("BaselineLSTM", "DropoutLSTM", "L2LSTM")
KINDS = {
    "45 tokens": (45, 0.4),
    "200 tokens": (200, 0.0),
    "short reviews, 200 tokens": (200, 0.85),
    "500 tokens": (500, 0.0),
}
"""Length, and the mean part of it that is padding."""

UNITS = {"BaselineLSTM": (128, 128), "DropoutLSTM": (128, 128, 64), "L2LSTM": (128, 128)}
"""Sizes of the embedding and of each LSTM."""

ALL_CORES = "Keras, all cores"
"""The one peer whose threads are not counted."""

Seconds = tuple[float, float]
"""Of training and of evaluating the reviews once."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--data", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="file for all seconds")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    config = parser.parse_args()
    if config.one:
        print(json.dumps(run_peer(*config.one, config.data)))
        return
    if config.rounds < 3:
        parser.error("--rounds: expected at least 3, for fewer ratios say nothing on a shared machine")
    if config.json and config.json.exists():
        parser.error(f"--json: expected a new file, found {config.json}")
    rounds: list[dict[str, dict[str, Any]]] = []
    for number in range(config.rounds):
        rounds.append({})
        for model in config.models:
            for peer in config.peers[:: -1 if number % 2 else 1]:
                rounds[-1].setdefault(model, {})[peer] = in_a_process(peer, model, config.data)
        print(f"round {number + 1} of {config.rounds}; load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
    if config.json:
        config.json.write_text(json.dumps(rounds, indent=1) + "\n")
    print_table(rounds, config)


def in_a_process(peer: str, model: str, kinds: list[str]) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", peer, model, "--data", *kinds]
    threads = {} if peer == ALL_CORES else {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env={**os.environ, **threads}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: {peer}, {model} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def print_table(rounds: list[dict[str, dict[str, Any]]], config: argparse.Namespace) -> None:
    others = [peer for peer in config.peers if peer != "ours"]
    columns = ["ours, ms", "matrix products", *(f"{peer} / ours" for peer in others)]
    print(f"| {config.rounds} rounds | what | {' | '.join(columns)} |")
    print(f"| --- | --- |{' ---: |' * len(columns)}")
    for model in config.models:
        for kind in config.data:
            for column, what in enumerate(("training", "evaluation")):
                seconds = {peer: [one[model][peer][kind][column] for one in rounds] for peer in config.peers}
                mine = seconds.get("ours", [])
                cells = [f"{1000 * BATCH / REVIEWS * statistics.median(mine):.1f}" if mine else "", ""]
                if mine and what == "training":
                    products = REVIEWS * KINDS[kind][0] * 3 * operations(model)  # twice as many backwards
                    rates = [one[model]["ours"]["operations a second"] for one in rounds]
                    parts = [products / rate / seconds for rate, seconds in zip(rates, mine, strict=True)]
                    cells[1] = f"{statistics.median(parts):.0%}"
                for peer in others:
                    ratios = [theirs / ours for theirs, ours in zip(seconds[peer], mine, strict=True)]
                    cells.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
                print(f"| {model}, {kind} | {what} | {' | '.join(cells)} |")
        peaks = [
            f"{peer} {statistics.median(one[model][peer]['peak MB'] for one in rounds):.0f}" for peer in config.peers
        ]
        print(f"| {model} | peak memory, MB | {', '.join(peaks)} | |{' |' * len(others)}")


def run_peer(peer: str, model: str, kinds: list[str]) -> dict[str, Any]:
    measured: dict[str, Any] = {kind: PEERS[peer](model, *generated(*KINDS[kind])) for kind in kinds}
    measured["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**measured, "operations a second": matrix_product_rate()} if peer == "ours" else measured


def operations(model: str) -> int:
    """Return the additions and multiplications of an LSTM stack's matrix products at one step of a review, forwards."""
    sizes = UNITS[model]
    return sum(2 * 4 * units * (inputs + units) for inputs, units in zip(sizes, sizes[1:], strict=False))


def matrix_product_rate(size: int = 1024) -> float:
    """Return the additions and multiplications that one thread does a second in a product of two large matrices."""
    import torch

    matrix, seconds = torch.rand(size, size), []
    for _ in range(10):
        start = time.perf_counter()
        matrix @ matrix
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds)


def generated(length: int, padding: float) -> tuple[Any, Any]:
    """Return token ids int32 (REVIEWS, length), words as frequent as in a language, and labels."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    token_ids = np.minimum(4 + rng.zipf(1.3, (REVIEWS, length)), VOCABULARY - 1).astype("int32")
    least = max(0, int((2 * padding - 1) * length))
    paddings = rng.integers(least, 1 + min(length - 1, int(2 * padding * length)), (REVIEWS, 1))
    token_ids[np.arange(length) < paddings] = 0
    return token_ids, rng.integers(0, 2, REVIEWS).astype("int32")


class Stopwatch:
    """Takes the seconds of training and of validation in each epoch, by whichever names a library calls it."""

    def __init__(self) -> None:
        self.epochs: list[Seconds] = []

    def epoch_begins(self, *_: Any) -> None:
        self.start, self.validation = time.perf_counter(), 0.0

    def validation_begins(self, *_: Any) -> None:
        self.validation_start = time.perf_counter()

    def validation_ends(self, *_: Any) -> None:
        self.validation = time.perf_counter() - self.validation_start

    def epoch_ends(self, *_: Any) -> None:
        self.epochs.append((time.perf_counter() - self.start - self.validation, self.validation))

    @property
    def fastest(self) -> Seconds:
        training, validation = zip(*self.epochs[1:], strict=True)
        return min(training), min(validation)


def ours(name: str, token_ids: Any, labels: Any, fast: bool = False) -> Seconds:
    import torch
    from lightning import seed_everything
    from lightning.pytorch.callbacks import LambdaCallback
    from quiet_training import quiet_trainer

    from lit_sentiment.data.batches import Batches, epoch_order
    from lit_sentiment.models import LISTINGS
    from lit_sentiment.training.flushed_denormals import flushed_denormals
    from lit_sentiment.training.freed_memory import keep_freed_memory

    keep_freed_memory()
    seed_everything(SEED, verbose=False)
    settings = {"randomness": "torch", "optimizer": partial(torch.optim.Adam, fused=True)} if fast else {}
    watch = Stopwatch()
    callback = LambdaCallback(
        on_train_epoch_start=watch.epoch_begins,
        on_validation_start=watch.validation_begins,
        on_validation_end=watch.validation_ends,
        on_train_epoch_end=watch.epoch_ends,
    )
    model = LISTINGS[name](vocab_size=VOCABULARY, **settings)
    reviews = torch.from_numpy(token_ids), torch.from_numpy(labels)
    order = epoch_order(REVIEWS, "torch" if fast else "keras")
    with flushed_denormals():
        quiet_trainer(model, EPOCHS, callback).fit(model, Batches(*reviews, BATCH, order), Batches(*reviews, BATCH))
    return watch.fastest


def keras(name: str, token_ids: Any, labels: Any, all_cores: bool = False) -> Seconds:
    from lit_sentiment.models import LISTINGS
    from lit_sentiment.reference.keras_run import import_keras

    if all_cores:
        os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
        import keras as library
    else:
        library = import_keras()
    library.utils.set_random_seed(SEED)
    settings = dict(LISTINGS[name](vocab_size=VOCABULARY).hparams)
    model = library.Sequential(LISTINGS[name].keras_listing(library, settings))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    watch = Stopwatch()
    callback = library.callbacks.LambdaCallback(
        on_epoch_begin=watch.epoch_begins,
        on_test_begin=watch.validation_begins,
        on_test_end=watch.validation_ends,
        on_epoch_end=watch.epoch_ends,
    )
    reviews = (token_ids, labels)
    model.fit(*reviews, BATCH, EPOCHS, validation_data=reviews, callbacks=[callback], verbose=0)
    return watch.fastest


def plain(name: str, token_ids: Any, labels: Any) -> Seconds:
    import torch
    from torch import nn
    from torch.nn.functional import binary_cross_entropy_with_logits

    class Classifier(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            two = name == "DropoutLSTM"
            self.embedding = nn.Embedding(VOCABULARY, 128)
            self.lstms = nn.ModuleList([nn.LSTM(128, 128, batch_first=True)])
            self.lstms += [nn.LSTM(128, 64, batch_first=True)] if two else []
            self.dropouts = [0.5, 0.3] if two else [0.0]
            self.head = nn.Linear(64 if two else 128, 1)

        def forward(self, batch: Any) -> Any:
            outputs = self.embedding(batch)
            for lstm, rate in zip(self.lstms, self.dropouts, strict=True):
                outputs = nn.functional.dropout(lstm(outputs)[0], rate, self.training)
            return self.head(outputs[:, -1])[:, 0]

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model, watch = Classifier(), Stopwatch()
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    inputs, targets = torch.from_numpy(token_ids), torch.from_numpy(labels).float()

    def losses(order: Any) -> Iterator[Any]:
        for rows in order.split(BATCH):
            yield binary_cross_entropy_with_logits(model(inputs[rows]), targets[rows])

    for _ in range(EPOCHS):
        watch.epoch_begins()
        model.train()
        for loss in losses(torch.randperm(REVIEWS)):
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        watch.validation_begins()
        with torch.no_grad():
            model.eval()
            list(losses(torch.arange(REVIEWS)))
        watch.validation_ends()
        watch.epoch_ends()
    return watch.fastest


def linear(_: str, token_ids: Any, labels: Any) -> Seconds:
    from sklearn.linear_model import LogisticRegression

    from lit_sentiment.models.linear_baseline import MOST_STEPS, STRENGTHS, tf_idf

    start = time.perf_counter()
    (features,) = tf_idf(token_ids)
    models = [LogisticRegression(C=strength, max_iter=MOST_STEPS).fit(features, labels) for strength in STRENGTHS]
    fitted = time.perf_counter()
    models[0].predict_proba(features)
    return fitted - start, time.perf_counter() - fitted


PEERS: dict[str, Callable[[str, Any, Any], Seconds]] = {
    "ours": ours,
    "ours, fast": partial(ours, fast=True),
    "plain torch": plain,
    "Keras": keras,
    ALL_CORES: partial(keras, all_cores=True),
    "linear model": linear,
}

if __name__ == "__main__":
    main()
