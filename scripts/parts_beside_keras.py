"""Train each layer, loss and optimiser in Keras and in ours from the seed alone, and print how far they are apart.

    python scripts/parts_beside_keras.py [--dtype float64] [--only REGEX] [--rounds 3]

Needs the extra `keras`. One model for each part, on 480 reviews of the default data. Prints a Markdown table: the
largest difference of the untrained model's predictions, of any weight after 30 steps, and of loss and val_loss over a
whole fit of 10 epochs, 150 steps; and how far Keras's curves move when its initial weights are moved by a rounding.
With several rounds, taken in turns on one thread each, also how many times as long
Keras takes for an epoch as ours does: the median, and the lowest and the highest.
"""

import argparse
import re
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from lightning import seed_everything
from quiet_training import quiet_trainer

from lit_sentiment import HistoryRecorder, ShopReviews
from lit_sentiment.keras_semantics.layer_stack import keras_variables
from lit_sentiment.models.keras_sequential import KerasSequential
from lit_sentiment.reference.keras_run import KerasRun
from lit_sentiment.runs.training_identity import training_identity

SEED, STEPS_EPOCHS, FIT_EPOCHS = 3, 2, 10
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


class Pair:
    """One part, trained in both libraries."""

    def __init__(self, architecture: dict[str, Any], data: ShopReviews, dtype: str) -> None:
        self.architecture, self.data, self.dtype = architecture, data, dtype

    def ours(self) -> KerasSequential:
        seed_everything(SEED, verbose=False)
        torch.set_default_dtype(getattr(torch, self.dtype))
        model = KerasSequential(self.architecture, self.data.vocab_size, self.data.max_length)
        torch.set_default_dtype(torch.float32)
        return model

    def run(self, epochs: int) -> KerasRun:
        """Return Keras's training of that many epochs."""
        ours = self.ours()
        identity = training_identity(ours, self.data, quiet_trainer(ours, epochs), SEED)
        return KerasRun(identity, ours, self.data.arrays("train"), self.data.arrays("validation"))

    def fits(self, epochs: int) -> tuple[Callable[[], Any], Callable[[], Any], KerasSequential, Any]:
        """Return what trains ours, what trains Keras's, and both models before that."""
        ours, recorder = self.ours(), HistoryRecorder()
        trainer = quiet_trainer(ours, epochs, recorder)
        run = self.run(epochs)
        theirs = run.compiled()

        def fit_ours() -> Any:
            trainer.fit(ours, self.data)
            return recorder.history.curves

        return fit_ours, lambda: run.fit(theirs), ours, theirs

    def differences(self) -> list[float]:
        """Return those of predictions before training, of weights after 30 steps, and of curves; then Keras's own."""
        token_ids = self.data.arrays("validation").token_ids
        _, _, ours, theirs = self.fits(0)
        with torch.no_grad():
            predictions = ours.eval().probabilities(ours(torch.from_numpy(token_ids))).numpy()
        forward = np.abs(predictions.reshape(len(token_ids), -1) - theirs.predict(token_ids, verbose=0)).max()
        fit_ours, fit_theirs, ours, theirs = self.fits(STEPS_EPOCHS)
        fit_ours(), fit_theirs()
        pairs = zip(keras_variables(ours.layers), theirs.get_weights(), strict=True)
        weights = max(np.abs(weight.numpy() - its).max() for (_, weight), its in pairs)
        fit_ours, fit_theirs, *_ = self.fits(FIT_EPOCHS)
        our_curves, their_curves, twins_curves = fit_ours(), fit_theirs(), self.run(FIT_EPOCHS).curves(twin=1)
        gaps = [
            max(np.abs(np.subtract(curves[name], their_curves[name])).max() for name in ("loss", "val_loss"))
            for curves in (our_curves, twins_curves)
        ]
        return [float(forward), float(weights), *map(float, gaps)]

    def ratio(self) -> float:
        """Return how many times as long Keras takes for the epochs after the second, which holds no preparation."""
        seconds = []
        for side in (0, 1):
            taken = []
            for epochs in (STEPS_EPOCHS, FIT_EPOCHS):
                fit = self.fits(epochs)[side]
                start = time.perf_counter()
                fit()
                taken.append(time.perf_counter() - start)
            seconds.append(taken[1] - taken[0])
        return seconds[1] / seconds[0]


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
    columns = ["predictions", "weights, 30 steps", "curves, 10 epochs", "Keras from itself", *["Keras / ours"] * timed]
    print(f"| {config.dtype} | {' | '.join(columns)} |")
    print(f"| --- |{' ---: |' * len(columns)}")
    for name, architecture in PARTS.items():
        if not config.only.search(name):
            continue
        pair = Pair(architecture, data, config.dtype)
        cells = [f"{difference:.1e}" for difference in pair.differences()]
        if timed:
            ratios = [pair.ratio() for _ in range(config.rounds)]
            cells.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
