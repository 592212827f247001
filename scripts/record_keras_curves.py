"""Record how Keras trains the three models, for the tests that run without TensorFlow.

    python scripts/record_keras_curves.py

Writes into tests/models/fixtures/, with the versions that made them:

- `curves.json`: for each model its arrays, and the history of `model.fit` for each seed and float type;
- `steps.json`: the weights of the smallest model before training and after each of its first steps.

Numbers are the shortest decimals that read back to the same bits.
"""

import json
import os
import platform
from pathlib import Path
from typing import Any

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")

import keras
import numpy as np
import tensorflow as tf

from lit_sentiment.models import LISTINGS

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "models" / "fixtures"

EPOCHS = 4
RUNS = ((3, "float64"), (11, "float64"), (3, "float32"))

# Every size differs from every other of its model, and no batch size divides its number of reviews.
SIZES: dict[str, dict[str, Any]] = {
    "BaselineLSTM": {
        "arrays": {"train": 167, "validation": 41, "length": 13, "seed": 1},
        "batch_size": 14,
        "settings": {"vocab_size": 53, "embedding_dim": 11, "units": 9},
    },
    "DropoutLSTM": {
        "arrays": {"train": 173, "validation": 37, "length": 12, "seed": 2},
        "batch_size": 15,
        "settings": {"vocab_size": 47, "embedding_dim": 10, "units": [11, 7], "dropout": [0.5, 0.3]},
    },
    "L2LSTM": {
        "arrays": {"train": 163, "validation": 43, "length": 11, "seed": 3},
        "batch_size": 16,
        "settings": {"vocab_size": 59, "embedding_dim": 9, "units": 8, "l2": 0.01},
    },
}

STEPS = {
    "arrays": {"train": 29, "validation": 1, "length": 8, "seed": 4},
    "batch_size": 6,
    "settings": {"vocab_size": 13, "embedding_dim": 3, "units": 4},
}
STEPS_SEED = 7


def main() -> None:
    """Record the curves and the steps."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    write("curves.json", "cases", [record_curves(name, sizes) for name, sizes in SIZES.items()])
    write("steps.json", "cases", [record_steps(STEPS)])


def compiled(name: str, settings: dict[str, Any], seed: int, dtype: str) -> keras.Sequential:
    """A listing, seeded, in one float type."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(LISTINGS[name].keras_listing(keras, settings))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def record_curves(name: str, sizes: dict[str, Any]) -> dict[str, Any]:
    """The history of a model for each seed and float type."""
    (x, y), validation = arrays(sizes)
    runs = []
    for seed, dtype in RUNS:
        model = compiled(name, sizes["settings"], seed, dtype)
        history = model.fit(
            x, y, validation_data=validation, epochs=EPOCHS, batch_size=sizes["batch_size"], verbose=0
        ).history
        curves = {figure: decimals(curve, dtype) for figure, curve in history.items()}
        runs.append({"seed": seed, "dtype": dtype, "curves": curves})
    return {
        "model": name,
        "settings": sizes["settings"],
        "batch_size": sizes["batch_size"],
        **as_lists(x, y, "train"),
        **as_lists(*validation, "validation"),
        "runs": runs,
    }


def record_steps(sizes: dict[str, Any]) -> dict[str, Any]:
    """The float64 weights of the baseline before its first epoch and after each step of it."""
    (x, y), _ = arrays(sizes)
    model = compiled("BaselineLSTM", sizes["settings"], STEPS_SEED, "float64")
    model.build(x.shape)
    weights = [[decimals(weight, "float64") for weight in model.get_weights()]]

    def keep_weights(batch: int, logs: dict[str, float]) -> None:
        weights.append([decimals(weight, "float64") for weight in model.get_weights()])

    keeper = keras.callbacks.LambdaCallback(on_train_batch_end=keep_weights)
    model.fit(x, y, batch_size=sizes["batch_size"], verbose=0, callbacks=[keeper])
    return {
        "model": "BaselineLSTM",
        "settings": sizes["settings"],
        "batch_size": sizes["batch_size"],
        "seed": STEPS_SEED,
        **as_lists(x, y, "train"),
        "weights": weights,
    }


def arrays(sizes: dict[str, Any]) -> tuple[Any, Any]:
    """Reviews of random lengths, padded at the front; words have hidden scores, whose sum decides the label."""
    sizes_of_arrays, vocab_size = sizes["arrays"], sizes["settings"]["vocab_size"]
    rng = np.random.default_rng(sizes_of_arrays["seed"])
    count, length = sizes_of_arrays["train"] + sizes_of_arrays["validation"], sizes_of_arrays["length"]
    token_ids = rng.integers(1, vocab_size, (count, length)).astype("int32")
    padding = rng.integers(0, length - 2, (count, 1))
    token_ids[np.arange(length) < padding] = 0
    scores = rng.normal(size=vocab_size)
    labels = (scores[token_ids].sum(1) > np.median(scores[token_ids].sum(1))).astype("int32")
    cut = sizes_of_arrays["train"]
    return (token_ids[:cut], labels[:cut]), (token_ids[cut:], labels[cut:])


def as_lists(token_ids: Any, labels: Any, split: str) -> dict[str, Any]:
    """The arrays of a split, as they are given to `fit`."""
    return {f"{split}_token_ids": token_ids.tolist(), f"{split}_labels": labels.tolist()}


def decimals(values: Any, dtype: str) -> list[Any]:
    """Nested lists of the shortest decimals that read back to the same bits."""
    array = np.asarray(values, dtype)
    shortest = np.array([float(str(value)) for value in array.ravel()]).reshape(array.shape)
    if not (shortest.astype(dtype) == array).all():
        raise AssertionError("a decimal does not read back to its number")
    return shortest.tolist()


def write(file: str, name: str, entries: list[dict[str, Any]]) -> None:
    """Write the entries with the versions that they may depend on."""
    versions = {
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "platform": platform.platform(),
    }
    lines = ",\n  ".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    (FIXTURES / file).write_text(f'{{"made_with": {json.dumps(versions)}, "{name}": [\n  {lines}\n]}}\n')


if __name__ == "__main__":
    main()
