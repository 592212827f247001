"""Record small files that Keras saved, for the tests that run without it.

    python scripts/record_keras_files.py

Writes tests/keras_files/fixtures/: models in each format, of Keras 3 and of Keras 2 (package tf_keras, which the
extra `keras` leaves out), and predictions.json with what each says of the same token ids, and who made them.
"""

import json
import os
import platform
from pathlib import Path
from typing import Any

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")

import keras
import numpy as np
import tensorflow
import tf_keras

from lit_sentiment.models import LISTINGS

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "keras_files" / "fixtures"
VOCAB_SIZE, EMBEDDING_DIM, REVIEWS, LENGTH = 11, 3, 7, 6
LEARNING_RATE = 0.002

FILES = {
    "baseline.keras": (keras, "float64", "BaselineLSTM", {"units": 5}),
    "dropout.weights.h5": (keras, "float32", "DropoutLSTM", {"units": [2, 4], "dropout": [0.5, 0.3]}),
    "l2.h5": (keras, "float32", "L2LSTM", {"units": 5, "l2": 0.02}),
    "keras2_l2.h5": (tf_keras, "float32", "L2LSTM", {"units": 4, "l2": 0.07}),
    "keras2_dropout.keras": (tf_keras, "float32", "DropoutLSTM", {"units": [4, 5], "dropout": [0.2, 0.6]}),
}
"""The library, float type, model and settings of each file."""
TRAINED = {"baseline.keras"}
"""The others have no state of the optimiser, which makes them small."""


def main() -> None:
    """Record every file, and the predictions."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    token_ids = rng.integers(0, VOCAB_SIZE, (REVIEWS, LENGTH)).astype("int32")
    files: dict[str, Any] = {}
    for name, (library, dtype, model_name, settings) in FILES.items():
        library.backend.set_floatx(dtype)
        if library is keras:
            keras.config.set_dtype_policy(dtype)
        library.backend.clear_session()
        sizes = {"vocab_size": VOCAB_SIZE, "embedding_dim": EMBEDDING_DIM, **settings}
        model = library.Sequential(LISTINGS[model_name].keras_listing(library, sizes))
        adam = library.optimizers.Adam(LEARNING_RATE)
        model.compile(optimizer=adam, loss="binary_crossentropy", metrics=["accuracy"])
        if name in TRAINED:
            model.fit(token_ids, np.arange(REVIEWS) % 2, verbose=0)
        model.build((None, LENGTH))
        model.set_weights([rng.normal(size=weight.shape) for weight in model.get_weights()])
        save = model.save_weights if name.endswith(".weights.h5") else model.save
        save(FIXTURES / name)
        files[name] = {
            "model": model_name,
            "hyperparameters": sizes,
            "dtype": dtype,
            "probabilities": model.predict(token_ids, verbose=0)[:, 0].astype(float).tolist(),
        }
    made_with = {
        "keras": keras.__version__,
        "tf_keras": tf_keras.__version__,
        "tensorflow": tensorflow.__version__,
        "platform": platform.platform(),
    }
    entries = ",\n  ".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in files.items())
    (FIXTURES / "predictions.json").write_text(
        f'{{"made_with": {json.dumps(made_with)},\n "token_ids": {json.dumps(token_ids.tolist())},\n '
        f'"files": {{\n  {entries}\n}}}}\n'
    )


if __name__ == "__main__":
    main()
