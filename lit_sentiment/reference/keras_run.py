"""Keras itself at work: the only file that imports it (extra `keras`)."""

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from lit_sentiment.data.encoded_reviews import EncodedReviews
from lit_sentiment.errors import InputError, missing_extra
from lit_sentiment.keras_files.optimizer_state import optimizer_state
from lit_sentiment.keras_semantics.layer_stack import keras_variables
from lit_sentiment.keras_semantics.optimizer import KerasOptimizer
from lit_sentiment.keras_semantics.optimizers import optimizer_config
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.reference.recorded_reference import COMPARED_FIGURES, Curves
from lit_sentiment.runs.identity import Identity
from lit_sentiment.runs.training_identity import optimizer_of


def import_keras() -> ModuleType:
    """Return Keras on TensorFlow, on one thread of the CPU and without its messages.

    Raises:
        InputError: It is not installed.
    """
    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
    try:
        import keras
        import tensorflow
    except ImportError:
        raise missing_extra("keras") from None
    for kind in ("intra", "inter"):
        if getattr(tensorflow.config.threading, f"get_{kind}_op_parallelism_threads")() != 1:
            getattr(tensorflow.config.threading, f"set_{kind}_op_parallelism_threads")(1)
    return keras


class KerasRun:
    """The training that a run of ours reproduces, as a Keras user would write it.

    Args:
        identity: Of the run of ours.
        model: Ours, before it is trained.
        train: Reviews.
        validation: Reviews.

    Raises:
        InputError: Keras is not installed, or the training is not one that Keras can do.
    """

    def __init__(
        self, identity: Identity, model: SentimentModel, train: EncodedReviews, validation: EncodedReviews
    ) -> None:
        self.keras = import_keras()
        self.identity, self.model = identity, model
        optimizer = optimizer_of(model)
        if not isinstance(optimizer, KerasOptimizer) or identity["randomness"] != "keras":
            raise InputError("--optimizer and --randomness: expected Keras's, found others")
        self._optimizer, self._loss = optimizer_config(optimizer), model.compile_config()["loss"]
        self._train, self._validation = train, validation

    def curves(self, twin: int | None = None, tensorboard: Path | None = None) -> Curves:
        """Train, and return the curves.

        Args:
            twin: Number of a run whose every initial weight is moved by a rounding first.
            tensorboard: Folder for Keras's own event files.
        """
        model = self.compiled()
        if twin is not None:
            _move_by_a_rounding(self.keras, model, twin)
        return self.fit(model, [] if tensorboard is None else [self.keras.callbacks.TensorBoard(tensorboard)])

    def compiled(self) -> Any:
        """Return the Keras model as it is before training, made anew from the seed."""
        keras, identity = self.keras, self.identity
        keras.backend.clear_session()
        keras.config.set_floatx(identity["dtype"])
        keras.config.set_dtype_policy(identity["dtype"])
        keras.utils.set_random_seed(identity["seed"])
        length = self._train.token_ids.shape[1]
        model = keras.Sequential([keras.Input((length,), dtype="int32"), *self.model.keras_listing(keras, identity)])
        optimizer, loss = keras.optimizers.deserialize(self._optimizer), keras.losses.get(self._loss)
        model.compile(optimizer, loss, metrics=["accuracy"])
        if identity.get("architecture", {}).get("weights_sha256"):
            model.set_weights([values.numpy() for _, values in keras_variables(self.model.layers)])
        if getattr(self.model, "optimizer_state", None) is not None:
            state = optimizer_state(self.model.configure_optimizers(), self.model.layers)  # type: ignore[arg-type]
            optimizer.build(model.trainable_variables)
            for variable, values in zip(optimizer.variables, state, strict=True):
                variable.assign(values)
        return model

    def fit(self, model: Any, callbacks: Sequence[Any] = ()) -> Curves:
        """Train the model that `compiled` returned, with further callbacks of Keras, and return the curves."""
        keras, identity = self.keras, self.identity
        callbacks = [*callbacks]
        callbacks += [keras.callbacks.EarlyStopping(**one) for one in identity["early_stopping"]]
        callbacks += [keras.callbacks.ReduceLROnPlateau(**one) for one in identity.get("reduce_lr", [])]
        weights = identity.get("class_weight")
        history = model.fit(
            self._train.token_ids,
            self._targets(self._train),
            validation_data=(self._validation.token_ids, self._targets(self._validation)),
            batch_size=identity["batch_size"],
            epochs=identity["max_epochs"],
            callbacks=callbacks,
            class_weight=weights and {int(label): weight for label, weight in weights.items()},
            verbose=0,
        ).history
        return {figure: list(map(float, history[figure])) for figure in COMPARED_FIGURES}

    def provenance(self) -> Mapping[str, Any]:
        """Return the versions and the machine."""
        import tensorflow

        return {
            "keras": self.keras.__version__,
            "tensorflow": tensorflow.__version__,
            "numpy": np.__version__,
            "backend": self.keras.backend.backend(),
            "python": platform.python_version(),
            "platform": platform.platform(),
        }

    def _targets(self, reviews: EncodedReviews) -> np.ndarray:
        return self.model.targets(torch.from_numpy(reviews.labels)).numpy()


def _move_by_a_rounding(keras: Any, model: Any, twin: int) -> None:
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
