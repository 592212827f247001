"""Record what Keras itself does: the reference curves, and how far Keras strays from itself.

Takes the options of `python -m lit_sentiment fit`, so that any model, data and configuration of ours can be recorded,
and these of its own, which come first:

    python scripts/keras_reference.py [--seeds 0 1 2] [--twins 5] [--tensorboard DIR] OUT_DIR [options of fit]

Needs the extra `keras`. For each seed it writes OUT_DIR/MODEL-DATA-seedN-DTYPE.json; `compare` and `fit` read it.
"""

import argparse
import os
import platform
import shlex
import sys
import time
from pathlib import Path
from typing import Any

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import keras
import numpy as np
import tensorflow as tf

from lit_sentiment.commands.fit import FitCLI
from lit_sentiment.models import MODELS
from lit_sentiment.reference.recorded_reference import COMPARED_FIGURES, Curves, RecordedReference
from lit_sentiment.runs.identity import Identity, training_identity


def keras_curves(
    identity: Identity, train: Any, validation: Any, twin: int | None = None, tensorboard: Path | None = None
) -> Curves:
    """Train as a Keras user would; `twin` moves every initial weight by a rounding first."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(identity["seed"])
    model = keras.Sequential(MODELS[identity["model"]].keras_listing(keras, identity))
    optimizer = keras.optimizers.Adam(identity["learning_rate"])
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    if twin is not None:
        model.build((None, train.token_ids.shape[1]))
        move_by_a_rounding(model, twin)
    callbacks = [keras.callbacks.EarlyStopping(**settings) for settings in identity["early_stopping"]]
    if tensorboard is not None:
        callbacks.append(keras.callbacks.TensorBoard(tensorboard))
    history = model.fit(
        *train,
        validation_data=tuple(validation),
        batch_size=identity["batch_size"],
        epochs=identity["max_epochs"],
        callbacks=callbacks,
        verbose=0,
    ).history
    return {figure: list(map(float, history[figure])) for figure in COMPARED_FIGURES}


def move_by_a_rounding(model: keras.Model, twin: int) -> None:
    """Move every weight by what rounding may do to it, up or down.

    That is the next number for all but the recurrent kernels. Those come out of a QR decomposition, whose rounding is
    relative to the length of its columns, 1, not to the single number: another QR routine moves them by this much.
    """
    generator = np.random.default_rng(twin)
    for variable in model.weights:
        weight = keras.ops.convert_to_numpy(variable.value)
        signs = np.where(generator.random(weight.shape) < 0.5, -1, 1).astype(weight.dtype)
        orthogonal = variable.path.endswith("recurrent_kernel")
        step = np.finfo(weight.dtype).eps if orthogonal else abs(np.nextafter(weight, signs * np.inf) - weight)
        variable.assign(weight + signs * step)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--twins", type=int, default=5)
    parser.add_argument("--tensorboard", type=Path)
    own, rest = parser.parse_known_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for seed in own.seeds:
        cli = FitCLI([*rest, "--seed_everything", str(seed)])
        identity = training_identity(cli.model, cli.datamodule, cli.trainer, seed)
        if identity["optimizer"] != "KerasAdam" or identity["randomness"] != "keras":
            sys.exit("error: expected Keras's optimizer and randomness, found others")
        keras.config.set_floatx(identity["dtype"])
        keras.config.set_dtype_policy(identity["dtype"])
        train, validation = cli.datamodule.arrays("train"), cli.datamodule.arrays("validation")
        name = f"{identity['model']}-{type(cli.datamodule).__name__}-seed{seed}-{identity['dtype']}"
        started = time.monotonic()
        tensorboard = None if own.tensorboard is None else own.tensorboard / name
        curves = keras_curves(identity, train, validation, tensorboard=tensorboard)
        seconds = time.monotonic() - started
        twins = [keras_curves(identity, train, validation, twin) for twin in range(1, own.twins + 1)]
        provenance = {
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "backend": keras.backend.backend(),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "seconds": round(seconds, 1),
            "options": shlex.join(Path(option).name if Path(option).is_absolute() else option for option in rest),
        }
        path = own.out / f"{name}.json"
        RecordedReference(identity, curves, twins, provenance).write(path)
        print(f"{path}: {len(curves['loss'])} epochs, {len(twins)} twins, {seconds:.1f} s for a run", flush=True)


if __name__ == "__main__":
    main()
