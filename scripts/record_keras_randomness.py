"""Record what Keras draws, for the tests that run without TensorFlow.

    python scripts/record_keras_randomness.py

Writes one JSON file a subject into tests/keras_semantics/fixtures/, each with the versions that made it. Numbers are
the shortest decimals that read back to the same bits; long results are kept as the SHA-256 of their bytes.
"""

import hashlib
import json
import os
import platform
import random
from pathlib import Path
from typing import Any

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "keras_semantics" / "fixtures"

DTYPES = ("float32", "float64")
GLOBAL_SEEDS = (0, 7, 123_456_789)

DRAW_SEEDS = ((0, 0), (7, 0), (7, 1), (123_456_789, 3), (2**31 - 2, 2), (2**31 + 5, 4))
DRAW_SHAPE = (3, 5)

DROPOUT_CASES = ((1, (3, 5, 7), 0.5), (7, (2, 3), 0.2), (999_999_937, (5, 13), 0.3))
DROPOUT_CALLS = 3
LARGE_MASK = (123_456_789, (32, 200, 128), 0.5)


PERMUTATION_SIZES = (1, 2, 11, 40)
PERMUTATION_SEEDS = (*GLOBAL_SEEDS, 2**31 - 1, 2**31 + 5, 2**32 - 1)
LARGE_PERMUTATION_SIZE = 1003

INITIALIZED_LAYERS: dict[str, dict[str, Any]] = {
    "Embedding": {"input_dim": 5, "output_dim": 2, "embeddings_initializer": "he_normal"},
    "Dense": {"units": 2, "kernel_initializer": "lecun_uniform", "bias_initializer": "random_normal"},
    "Conv1D": {"filters": 2, "kernel_size": 2, "kernel_initializer": "orthogonal", "bias_initializer": "he_uniform"},
    "LSTM": {"units": 2, "recurrent_initializer": "he_uniform", "bias_initializer": "random_uniform"},
    "GRU": {"units": 2, "kernel_initializer": "truncated_normal", "bias_initializer": "lecun_normal"},
    "SimpleRNN": {"units": 2, "recurrent_initializer": "identity", "bias_initializer": "glorot_normal"},
    "BatchNormalization": {
        "beta_initializer": "random_normal",
        "gamma_initializer": {"class_name": "Constant", "config": {"value": 0.3}},
        "moving_mean_initializer": {"class_name": "RandomUniform", "config": {"seed": 5}},
        "moving_variance_initializer": "random_uniform",
    },
    "LayerNormalization": {"beta_initializer": "random_uniform", "gamma_initializer": "random_normal"},
}
INITIALIZED_LAYERS["Bidirectional"] = {
    "layer": {"module": "keras.layers", "class_name": "LSTM", "config": INITIALIZED_LAYERS["LSTM"]}
}
INITIALIZED_INPUTS = (4, 3)


def main() -> None:
    """Record every subject."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for subject in (record_draws, record_masks, record_weights, record_initializers, record_permutations):
        name = subject.__name__.removeprefix("record_")
        entries = ",\n  ".join(json.dumps(entry) for entry in subject())
        text = f'{{"made_with": {json.dumps(versions())}, "{name}": [\n  {entries}\n]}}\n'
        (FIXTURES / f"{name}.json").write_text(text)


def versions() -> dict[str, str]:
    """What the numbers may depend on."""
    import keras
    import numpy as np
    import tensorflow as tf

    return {
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "platform": platform.platform(),
    }


def record_draws() -> list[dict[str, Any]]:
    """Uniform and normal numbers of several seeds, through a `SeedGenerator` set to each."""
    import keras

    def drawn(draw: Any, seed: tuple[int, int], dtype: str) -> list[Any]:
        generator = keras.random.SeedGenerator(seed[0])
        generator.state.assign(seed)
        return decimals(draw(DRAW_SHAPE, seed=generator, dtype=dtype))

    return [
        {"draw": draw.__name__, "seed": seed, "dtype": dtype, "values": drawn(draw, seed, dtype)}
        for draw in (keras.random.uniform, keras.random.normal)
        for dtype in DTYPES
        for seed in DRAW_SEEDS
    ]


def record_masks() -> list[dict[str, Any]]:
    """The masks of the first training calls of dropout layers, with calls in between that do not train."""
    import keras

    def masks(dtype: str, calls: int, seed: int, shape: tuple[int, ...], rate: float) -> list[Any]:
        layer = keras.layers.Dropout(rate, seed=seed, dtype=dtype)
        ones = keras.ops.ones(shape, dtype=dtype)
        kept = []
        for _ in range(calls):
            kept.append(keras.ops.convert_to_numpy(layer(ones, training=True)) > 0)
            layer(ones, training=False)
        return kept

    def bits(kept: Any) -> str:
        return "".join("01"[bit] for bit in kept.ravel().tolist())

    cases: list[dict[str, Any]] = []
    for dtype in DTYPES:
        for seed, shape, rate in DROPOUT_CASES:
            kept = [bits(mask) for mask in masks(dtype, DROPOUT_CALLS, seed, shape, rate)]
            cases.append({"seed": seed, "shape": shape, "rate": rate, "dtype": dtype, "kept": kept})
        seed, shape, rate = LARGE_MASK
        (mask,) = masks(dtype, 1, seed, shape, rate)
        cases.append({"seed": seed, "shape": shape, "rate": rate, "dtype": dtype, "sha256": digest(mask)})
    return cases


def record_weights() -> list[dict[str, Any]]:
    """The initial matrices of the three models, in order, after `keras.utils.set_random_seed`."""
    import keras

    from lit_sentiment.models import LISTINGS

    models = {
        "baseline": ("BaselineLSTM", {"vocab_size": 7, "embedding_dim": 3, "units": 4}),
        "dropout": ("DropoutLSTM", {"vocab_size": 5, "embedding_dim": 3, "units": (4, 2)}),
        "penalised": ("L2LSTM", {"vocab_size": 5, "embedding_dim": 4, "units": 2}),
    }

    def matrices(name: str, settings: dict[str, Any], seed: int, dtype: str) -> list[Any]:
        keras.config.set_dtype_policy(dtype)
        keras.utils.set_random_seed(seed)
        model = keras.Sequential(LISTINGS[name].keras_listing(keras, settings))
        model.build((None, 6))
        keras.config.set_dtype_policy("float32")
        return [decimals(variable) for variable in model.trainable_variables if variable.ndim == 2]

    return [
        {"model": short, "seed": seed, "dtype": dtype, "matrices": matrices(*model, seed, dtype)}
        for short, model in models.items()
        for seed in GLOBAL_SEEDS
        for dtype in DTYPES
    ]


def record_initializers() -> list[dict[str, Any]]:
    """The initial weights of layers from configs with initialisers, and the next number of Python's `random`."""
    import keras

    def recorded(kind: str, config: dict[str, Any], dtype: str) -> dict[str, Any]:
        random.seed(7)
        keras.config.set_dtype_policy(dtype)
        layer = getattr(keras.layers, kind).from_config(json.loads(json.dumps(config)))
        layer.build((None, *INITIALIZED_INPUTS[: 1 if kind == "Embedding" else 2]))
        keras.config.set_dtype_policy("float32")
        case = {"layer": kind, "config": config, "inputs": INITIALIZED_INPUTS, "seed": 7, "dtype": dtype}
        return case | {"weights": [decimals(weight) for weight in layer.weights], "following": random.random()}

    return [recorded(*layer, dtype) for layer in INITIALIZED_LAYERS.items() for dtype in DTYPES]


def record_permutations() -> list[dict[str, Any]]:
    """The order in which `fit` takes the samples, the same in two epochs of each of two calls."""
    import keras
    import numpy as np
    import tensorflow as tf

    class SampleLog(keras.Model):
        """Trains nothing; `seen` lists the samples in the order they came."""

        def __init__(self, size: int) -> None:
            super().__init__()
            self.seen = tf.Variable(tf.zeros(size, tf.int64), trainable=False)
            self.count = tf.Variable(0, trainable=False)

        def train_step(self, data: Any) -> dict[str, Any]:
            samples = data[0]
            places = self.count + tf.range(tf.shape(samples)[0])
            self.seen.scatter_nd_update(places[:, None], samples)
            self.count.assign_add(tf.shape(samples)[0])
            return {"samples": self.count + 0}

    def order(size: int, seed: int) -> Any:
        keras.utils.set_random_seed(seed)
        model = SampleLog(4 * size)
        model.compile()
        for _ in range(2):
            model.fit(np.arange(size), np.zeros(size), batch_size=4, epochs=2, verbose=0)
        epochs = model.seen.numpy().reshape(4, size)
        if not (epochs == epochs[0]).all():
            raise AssertionError(f"size {size}, seed {seed}: the epochs differ: {epochs.tolist()}")
        return epochs[0]

    cases: list[dict[str, Any]] = [
        {"size": size, "seed": seed, "order": order(size, seed).tolist()}
        for size in PERMUTATION_SIZES
        for seed in PERMUTATION_SEEDS
    ]
    for seed in GLOBAL_SEEDS:
        large = order(LARGE_PERMUTATION_SIZE, seed)
        cases.append({"size": LARGE_PERMUTATION_SIZE, "seed": seed, "sha256": digest(large)})
    return cases


def decimals(values: Any) -> list[Any]:
    """Nested lists of the shortest decimals that read back to the same bits."""
    import numpy as np

    array = np.asarray(values)
    shortest = np.array([float(str(value)) for value in array.ravel()]).reshape(array.shape)
    if not (shortest.astype(array.dtype) == array).all():
        raise AssertionError("a decimal does not read back to its number")
    return shortest.tolist()


def digest(values: Any) -> str:
    """SHA-256 of the bytes of an array, in C order."""
    return hashlib.sha256(values.tobytes()).hexdigest()


if __name__ == "__main__":
    main()
