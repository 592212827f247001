"""Train each layer, loss and optimiser in Keras and in ours from the seed alone, and print how far they are apart.

    python scripts/parts_beside_keras.py [--dtype float64] [--only REGEX] [--rounds 3]

Needs the extra `keras`. One model for each part, on 480 reviews of the default data. Prints a Markdown table: the
largest difference of the untrained model's predictions, of any weight after 30 steps, and of loss and val_loss over the
six epochs of the whole fit, 90 steps; and how far Keras's curves move when its initial weights are moved by a rounding.
With several rounds, taken in turns on one thread each, also how many times as long Keras takes for an epoch as ours
does: the median, and the lowest and the highest.
"""

import argparse
import re
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from lightning import Callback, seed_everything
from quiet_training import quiet_trainer

from lit_sentiment import HistoryRecorder, ShopReviews
from lit_sentiment.keras_semantics.layer_stack import keras_variables
from lit_sentiment.models.keras_sequential import KerasSequential
from lit_sentiment.reference.keras_run import KerasRun
from lit_sentiment.runs.training_identity import training_identity

SEED, FIRST_EPOCHS, EPOCHS = 3, 2, 6
Layers = list[dict[str, Any]]

SIGMOID: Layers = [{"Dense": {"units": 1, "activation": "sigmoid"}}]
SOFTMAX: Layers = [{"Dense": {"units": 2, "activation": "softmax"}}]
LSTM: Layers = [{"LSTM": {"units": 64}}]
SEQUENCES = {"units": 64, "return_sequences": True}
CONV = {"Conv1D": {"filters": 64, "kernel_size": 5, "activation": "relu"}}
LAST = {"GlobalMaxPooling1D": {}}
L2 = {"class_name": "L2", "config": {"l2": 0.01}}
L1 = {"class_name": "L1", "config": {"l1": 1e-4}}


def listing(
    layers: Layers, head: Layers = SIGMOID, optimizer: Any = "adam", loss: str = "binary_crossentropy", **embedding: Any
) -> dict[str, Any]:
    return {
        "layers": [{"Embedding": {"output_dim": 64, **embedding}}, *layers, *head],
        "compile": {"optimizer": optimizer, "loss": loss, "metrics": ["accuracy"]},
    }


def optimized(kind: str, **settings: Any) -> dict[str, Any]:
    return listing(LSTM, optimizer={"class_name": kind, "config": settings})


DECAY = {
    "class_name": "ExponentialDecay",
    "config": {"initial_learning_rate": 0.01, "decay_steps": 20, "decay_rate": 0.7},
}

PARTS: dict[str, dict[str, Any]] = {
    "LSTM": listing(LSTM),
    "LSTM `dropout`": listing([{"LSTM": {"units": 64, "dropout": 0.2}}]),
    "LSTM `recurrent_dropout`": listing([{"LSTM": {"units": 64, "recurrent_dropout": 0.2}}]),
    "LSTM, both dropouts": listing([{"LSTM": {"units": 64, "dropout": 0.2, "recurrent_dropout": 0.2}}]),
    "three LSTMs": listing([{"LSTM": SEQUENCES}, {"LSTM": SEQUENCES}, *LSTM]),
    "LSTM, `mask_zero`": listing(LSTM, mask_zero=True),
    **{
        f"Bidirectional LSTM, {mode}": listing([{"Bidirectional": {"layer": LSTM[0], "merge_mode": mode}}])
        for mode in ("concat", "sum", "mul", "ave")
    },
    "Bidirectional LSTM, `mask_zero`": listing([{"Bidirectional": {"layer": LSTM[0]}}], mask_zero=True),
    "GRU": listing([{"GRU": {"units": 64}}]),
    "GRU, `reset_after` false": listing([{"GRU": {"units": 64, "reset_after": False}}]),
    "GRU, both dropouts": listing([{"GRU": {"units": 64, "dropout": 0.2, "recurrent_dropout": 0.2}}]),
    "SimpleRNN": listing([{"SimpleRNN": {"units": 64}}]),
    "Dropout": listing([*LSTM, {"Dropout": {"rate": 0.5}}]),
    "SpatialDropout1D": listing([{"SpatialDropout1D": {"rate": 0.2}}, *LSTM]),
    "GaussianNoise": listing([{"GaussianNoise": {"stddev": 0.1}}, *LSTM]),
    "hidden Dense, relu": listing([*LSTM, {"Dense": {"units": 64, "activation": "relu"}}]),
    "Conv1D, MaxPooling1D, LSTM": listing([CONV, {"MaxPooling1D": {"pool_size": 4}}, *LSTM]),
    "Conv1D, AveragePooling1D, Flatten": listing([CONV, {"AveragePooling1D": {"pool_size": 4}}, {"Flatten": {}}]),
    "LSTM, GlobalMaxPooling1D": listing([{"LSTM": SEQUENCES}, LAST]),
    "GlobalAveragePooling1D": listing([{"GlobalAveragePooling1D": {}}]),
    "GlobalAveragePooling1D, `mask_zero`": listing([{"GlobalAveragePooling1D": {}}], mask_zero=True),
    "BatchNormalization": listing([*LSTM, {"BatchNormalization": {}}]),
    "LayerNormalization": listing([*LSTM, {"LayerNormalization": {}}]),
    "L1 on kernel, L2 on embeddings": listing(
        [{"LSTM": {"units": 64, "kernel_regularizer": L1}}], embeddings_regularizer=L2
    ),
    "frozen Embedding": listing(LSTM, trainable=False),
    "Adam, amsgrad, `clipnorm`": optimized("Adam", amsgrad=True, clipnorm=0.3),
    "Adam, ExponentialDecay": optimized("Adam", learning_rate=DECAY),
    "AdamW": optimized("AdamW"),
    "RMSprop": optimized("RMSprop"),
    "RMSprop, momentum": optimized("RMSprop", momentum=0.9),
    "SGD": optimized("SGD", learning_rate=0.1),
    "SGD, nesterov": optimized("SGD", learning_rate=0.1, momentum=0.9, nesterov=True),
    "Nadam": optimized("Nadam"),
    "Adagrad": optimized("Adagrad", learning_rate=0.05),
    "softmax, categorical cross-entropy": listing(LSTM, SOFTMAX, loss="categorical_crossentropy"),
    "softmax, sparse categorical cross-entropy": listing(LSTM, SOFTMAX, loss="sparse_categorical_crossentropy"),
    "mean squared error": listing(LSTM, loss="mean_squared_error"),
}


class Watch(Callback):
    """Keeps the weights after the first epochs, and the time at the end of each."""

    def __init__(self, weights: Callable[[], list[np.ndarray]]) -> None:
        self.weights, self.kept, self.times = weights, list[np.ndarray](), list[float]()

    def epoch_ends(self, *_: Any) -> None:
        self.times.append(time.perf_counter())
        if len(self.times) == FIRST_EPOCHS:
            self.kept = [np.array(one) for one in self.weights()]

    on_train_epoch_end = epoch_ends

    @property
    def epoch_seconds(self) -> float:
        return statistics.median(np.diff(self.times))


class Pair:
    """One part, trained in both libraries."""

    def __init__(self, architecture: dict[str, Any], data: ShopReviews, dtype: str) -> None:
        seed_everything(SEED, verbose=False)
        torch.set_default_dtype(getattr(torch, dtype))
        self.ours = KerasSequential(architecture, data.vocab_size, data.max_length)
        torch.set_default_dtype(torch.float32)
        self.data, self.recorder = data, HistoryRecorder()
        self.our_watch = Watch(lambda: [weight.numpy() for _, weight in keras_variables(self.ours.layers)])
        self.trainer = quiet_trainer(self.ours, EPOCHS, self.recorder, self.our_watch)
        identity = training_identity(self.ours, data, self.trainer, SEED)
        self.keras = KerasRun(identity, self.ours, data.arrays("train"), data.arrays("validation"))

    def predictions(self) -> float:
        """Return the largest difference of what the untrained models predict for the validation reviews."""
        token_ids = self.data.arrays("validation").token_ids
        with torch.no_grad():
            ours = self.ours.eval().probabilities(self.ours(torch.from_numpy(token_ids))).numpy()
        theirs = self.keras.compiled().predict(token_ids, verbose=0)
        return float(np.abs(ours.reshape(theirs.shape) - theirs).max())

    def train(self) -> None:
        self.trainer.fit(self.ours, self.data)
        model = self.keras.compiled()
        self.their_watch = Watch(model.get_weights)
        watch = self.keras.keras.callbacks.LambdaCallback(on_epoch_end=self.their_watch.epoch_ends)
        self.their_curves = self.keras.fit(model, [watch])

    def differences(self) -> list[float]:
        """Return those of the weights after the first epochs, of the curves, and of Keras's with another rounding."""
        weights = zip(self.our_watch.kept, self.their_watch.kept, strict=True)
        gaps = [
            max(np.abs(np.subtract(curves[name], self.their_curves[name])).max() for name in ("loss", "val_loss"))
            for curves in (self.recorder.history.curves, self.keras.curves(twin=1))
        ]
        return [float(max(np.abs(our - their).max() for our, their in weights)), *map(float, gaps)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float64")
    parser.add_argument("--only", type=re.compile, default=re.compile(""), help="parts whose names match")
    parser.add_argument("--rounds", type=int, default=0, help="of timing; at least 3 if any")
    config = parser.parse_args()
    if 0 < config.rounds < 3:
        parser.error("--rounds: expected 0 or at least 3, for one ratio says nothing on a shared machine")
    data = ShopReviews(train_limit=480)
    timed = config.rounds > 0
    columns = ["predictions", "weights, 30 steps", "curves, 90 steps", "Keras from itself", *["Keras / ours"] * timed]
    print(f"| {config.dtype} | {' | '.join(columns)} |")
    print(f"| --- |{' ---: |' * len(columns)}")
    for name, architecture in PARTS.items():
        if not config.only.search(name):
            continue
        differences = [Pair(architecture, data, config.dtype).predictions()]
        pair = Pair(architecture, data, config.dtype)  # a prediction moves the generators of recurrent dropout on
        pair.train()
        cells = [f"{difference:.1e}" for difference in (*differences, *pair.differences())]
        if timed:
            ratios = []
            for _ in range(config.rounds):
                pair = Pair(architecture, data, config.dtype)
                pair.train()
                ratios.append(pair.their_watch.epoch_seconds / pair.our_watch.epoch_seconds)
            cells.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
