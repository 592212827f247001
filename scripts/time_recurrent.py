"""Time a training step of recurrent layers beside Keras, one thread each, in turns.

    OMP_NUM_THREADS=1 python scripts/time_recurrent.py

Prints for each model the median seconds of an epoch in both libraries, and their ratio. The first epoch of each, in
which Keras compiles, is not counted.
"""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")

import keras
import numpy as np
import tensorflow as tf
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from lit_sentiment.keras_semantics import layers as our_layers
from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.layer_stack import LayerStack

VOCAB, DIM, UNITS, LENGTH, BATCH, BATCHES, EPOCHS = 2000, 64, 64, 80, 32, 8, 5

MODELS: dict[str, tuple[bool, Callable[[Any], Any]]] = {
    "LSTM": (False, lambda layers: layers.LSTM(UNITS)),
    "LSTM recurrent_dropout": (False, lambda layers: layers.LSTM(UNITS, dropout=0.2, recurrent_dropout=0.2)),
    "LSTM mask_zero": (True, lambda layers: layers.LSTM(UNITS)),
    "GRU": (False, lambda layers: layers.GRU(UNITS)),
    "GRU recurrent_dropout": (False, lambda layers: layers.GRU(UNITS, dropout=0.2, recurrent_dropout=0.2)),
    "Bidirectional LSTM mask_zero": (True, lambda layers: layers.Bidirectional(layers.LSTM(UNITS))),
}


def main() -> None:
    """Time all models."""
    torch.set_num_threads(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    rng = np.random.default_rng(0)
    x = rng.integers(1, VOCAB, (BATCH * BATCHES, LENGTH)).astype("int32")
    x[np.arange(LENGTH) < rng.integers(0, LENGTH, (len(x), 1))] = 0
    y = rng.integers(0, 2, len(x)).astype("int32")
    for name, (mask_zero, make) in MODELS.items():
        epochs = [keras_epoch(make, mask_zero, x, y), torch_epoch(make, mask_zero, x, y)]
        seconds: list[list[float]] = [[], []]
        for _ in range(EPOCHS + 1):
            for epoch, taken in zip(epochs, seconds, strict=True):
                start = time.perf_counter()
                epoch()
                taken.append(time.perf_counter() - start)
        theirs, ours = (statistics.median(taken[1:]) for taken in seconds)
        print(f"{name:30} Keras {theirs:.3f} s, ours {ours:.3f} s, ratio {ours / theirs:.2f}", flush=True)


def keras_epoch(make: Callable[[Any], Any], mask_zero: bool, x: Any, y: Any) -> Callable[[], Any]:
    layers = keras.layers
    model = keras.Sequential(
        [layers.Embedding(VOCAB, DIM, mask_zero=mask_zero), make(layers), layers.Dense(1, "sigmoid")]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy")
    return lambda: model.fit(x, y, BATCH, verbose=0)


def torch_epoch(make: Callable[[Any], Any], mask_zero: bool, x: Any, y: Any) -> Callable[[], None]:
    layers: Any = our_layers
    stack = LayerStack([layers.Embedding(VOCAB, DIM, mask_zero=mask_zero), make(layers), layers.Dense(1, "sigmoid")])
    optimizer = KerasAdam([weight for weight in stack.parameters() if weight.requires_grad])
    token_ids, labels = torch.from_numpy(x), torch.from_numpy(y).float()

    def epoch() -> None:
        for batch in torch.randperm(len(labels)).split(BATCH):
            optimizer.zero_grad()
            binary_cross_entropy_with_logits(stack.logits(token_ids[batch])[:, 0], labels[batch]).backward()
            optimizer.step()

    return epoch


if __name__ == "__main__":
    main()
