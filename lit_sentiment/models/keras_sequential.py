"""Any chain of Keras layers that ends in one or several numbers a review."""

import warnings
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot
from torch.optim import Optimizer

from lit_sentiment.built_in_configs import config_file
from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_files.architecture import Architecture
from lit_sentiment.keras_files.model_file import open_weights, read_architecture
from lit_sentiment.keras_files.optimizer_state import OptimizerState, read_optimizer_state, set_optimizer_state
from lit_sentiment.keras_files.stored_weights import load_weights, require_dtype
from lit_sentiment.keras_semantics.accuracies import accuracy, metrics_from_config
from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.config_objects import keras_object
from lit_sentiment.keras_semantics.dense import Activation, Dense, Softmax
from lit_sentiment.keras_semantics.dropout import NoisyLayer
from lit_sentiment.keras_semantics.layer_stack import require_keras_layers
from lit_sentiment.keras_semantics.losses import EPSILON, Loss, loss_config, loss_from_config
from lit_sentiment.keras_semantics.optimizer import KerasOptimizer
from lit_sentiment.keras_semantics.optimizers import optimizer_config, optimizer_from_config
from lit_sentiment.keras_semantics.sample_weights import require_class_weight, weighted, weights_of_classes
from lit_sentiment.keras_semantics.schedules import LearningRateSchedule, schedule_from_config
from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.models.sentiment_model import OptimizerFactory, SentimentModel

Config = dict[str, Any]


class CompileError(InputError):
    """What a file was compiled with is not supported; its layers are not in question."""


class KerasSequential(SentimentModel):
    """A chain of Keras layers as a file or a list describes it, compiled and trained as Keras would.

    Keras equivalence: whole trainings from the seed alone, as exact as the layers, the loss and the optimiser are;
    `docs/keras-models.md` has the figures. A model with random masks is reproduced with Keras's `jit_compile` off,
    which is Keras's own choice on a CPU.

    Args:
        architecture: A `.keras`, `.h5`, `.json` or `.yaml` file, a built-in one such as architectures/gru, or a list of
            layers with Keras's names and settings.
        vocab_size: Number of token ids; the data give it. It is the size of an Embedding that has none of its own.
        max_length: Tokens of a text; the data give it.
        compile: Whether to take over the optimiser and the loss that the file was compiled with, or to ignore them.
        weights: Whether training starts from weights drawn for the seed (`draw`), or from those that the file has
            (`keep`), or from those in another file, such as the `.weights.h5` beside a `.json`. Layers that are not
            trained have the file's in any case. With `continue` the optimiser's state comes from a `.keras` file too:
            training goes on as with `keras.saving.load_model` and `fit`, which makes the layers from the config.
        built: Whether the seed gives the weights of a script that writes the layers out, or those of a model that Keras
            makes from its config; a Bidirectional draws in another order then.
        loss: By Keras's name, or as Keras serializes it; by default the file's, else the cross-entropy that fits the
            last layer.
        class_weight: What the training losses of each class are multiplied by.
        learning_rate: Of the optimiser, a number or a schedule as Keras serializes it; by default the file's, else the
            optimiser's own.
        optimizer: See SentimentModel; it must not be given beside the one of a file.
        randomness: Whether initial weights and random masks are Keras's for the seed, or drawn by torch.

    Raises:
        InputError: The file cannot be read, or a layer, a loss or an optimiser is not supported; it is named. A
            CompileError if only `compile` of the file is in the way.
        SettingError: A setting has a value that it cannot have.
    """

    def __init__(
        self,
        architecture: str | list[Any] | Config,
        vocab_size: int = 10_000,
        max_length: int | None = None,
        compile: Literal["take", "ignore"] = "take",
        weights: str = "draw",
        built: Literal["listing", "from_config"] = "listing",
        loss: str | Config | None = None,
        class_weight: dict[int, float] | None = None,
        learning_rate: float | Config | None = None,
        optimizer: OptimizerFactory = KerasAdam,
        randomness: Randomness = "keras",
    ) -> None:
        if weights == "continue":
            built = "from_config"
        path = _model_file(architecture) if isinstance(architecture, str) else None
        try:
            source = Architecture.of(architecture) if path is None else read_architecture(path)
            _require_float_type(source.dtype, architecture)
            layers = (source.as_listed() if built == "listing" else source).made(vocab_size)
        except InputError as refusal:
            raise InputError(f"`architecture`: {refusal}") from None
        largest: int = layers[0].get_config()["input_dim"]
        if vocab_size > largest:
            raise SettingError("vocab_size", f"at most {largest}, the token ids that the Embedding has", vocab_size)
        in_file = _compiled_parts(source) if compile == "take" else (None, None)
        factory = _optimizer(in_file[0], optimizer, learning_rate)
        lr = _made(factory).defaults["lr"]
        super().__init__(layers, lr, factory, randomness, (max_length,))
        if len(self.layers.output_shape) != 1:
            raise InputError(
                f"`architecture`: expected layers that give one vector a review, found {self.layers.output_shape} "
                "from the last; add a pooling layer or Flatten, or let the last recurrent layer not return sequences"
            )
        if path is not None:
            self.title = path.stem
        self.has_own_optimizer = in_file[0] is not None
        self.outputs = self.layers.output_shape[0]  # type: ignore[assignment]
        self.activation = _final_activation(layers)
        self.loss: Loss = loss_from_config(loss) if loss is not None else in_file[1] or self._usual_loss()
        if class_weight is not None:
            require_class_weight(class_weight)
        self.class_weight = class_weight
        self.optimizer_state: OptimizerState | None = None
        """Where the optimiser begins, if not anew."""
        digests = self._load(path, source.dtype, weights)
        self.save_hyperparameters(
            {
                "architecture": self._config(digests),
                "vocab_size": vocab_size,
                "max_length": max_length,
                "built": built,
                "class_weight": class_weight,
                "learning_rate": lr.get_config() if isinstance(lr, LearningRateSchedule) else lr,
                "randomness": randomness,
            }
        )

    @classmethod
    def keras_listing(cls, keras: Any, settings: Mapping[str, Any]) -> list[Any]:
        """Return the layers, made by `keras`, for settings as `hparams` has them; see SentimentModel."""
        source = Architecture.of(settings["architecture"])
        if settings["built"] == "listing":
            source = source.as_listed()
        return [keras.layers.deserialize(keras_object("keras.layers", kind, dict(one))) for kind, one in source.layers]

    def forward(self, token_ids: Tensor) -> Tensor:
        """Return the logits (B,), or with several outputs (B, n), of token_ids int (B, T).

        Of a model whose outputs are probabilities without logits they are the log-odds, or with several outputs the
        logarithms, of the outputs cut to [1e-7, 1 - 1e-7], as Keras's cross-entropies cut them.
        """
        return self._logits(*self.layers(token_ids))

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return the probabilities that logits (B,) or (B, n) stand for, of the same shape: what Keras predicts.

        Only where the loss takes the outputs for logits, Keras predicts those.
        """
        if self.outputs == 1:
            return torch.ones_like(logits) if self.activation == "softmax" else torch.sigmoid(logits)
        if self.activation == "sigmoid":
            return torch.sigmoid(logits)
        is_logits = self.activation == "softmax" or self.loss.from_logits
        return torch.softmax(logits, -1) if is_logits else logits.exp()

    def figures(self, token_ids: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the mean data loss and the accuracy, scalars, and the logits; see SentimentModel."""
        outputs, logits = self.layers(token_ids)
        targets = self.targets(labels)
        losses: Tensor = self.loss(outputs, logits, targets)
        if self.training and self.class_weight is not None:
            losses = weighted(losses, weights_of_classes(targets, self.class_weight, losses.dtype))
        with torch.no_grad():
            right = accuracy(outputs, targets).mean()
        return losses.mean(), right, self._logits(outputs, logits)

    def targets(self, labels: Tensor) -> Tensor:
        """Return what Keras is given for labels int (B,): themselves, or a row for each, int (B, n)."""
        by_class = self.outputs == 1 or self.loss.name in ("sparse_categorical_crossentropy", "crossentropy")
        return labels if by_class else one_hot(labels.long(), self.outputs)

    def compile_config(self) -> Config:
        """Return optimiser, loss and metrics as Keras writes them; torch's optimisers are left out."""
        optimizer = _made(self.optimizer, lr=self.learning_rate)
        known = {"optimizer": optimizer_config(optimizer)} if isinstance(optimizer, KerasOptimizer) else {}
        return {**known, "loss": loss_config(self.loss), "metrics": ["accuracy"]}

    def _logits(self, outputs: Tensor, logits: Tensor | None) -> Tensor:
        if logits is None and self.loss.from_logits:
            logits = outputs
        elif logits is None:
            cut = outputs.clamp(EPSILON, 1 - EPSILON)
            logits = cut.logit() if self.outputs == 1 else cut.log()
        return logits.squeeze(-1) if self.outputs == 1 else logits

    def _usual_loss(self) -> Loss:
        if self.activation is None:
            raise SettingError("loss", "one, as the last layer has neither a sigmoid nor a softmax", None)
        return Loss("binary_crossentropy" if self.outputs == 1 else "sparse_categorical_crossentropy")

    def configure_optimizers(self) -> Optimizer:
        """Return the optimiser of all weights that are trained, with its state of the file if training continues."""
        optimizer = super().configure_optimizers()
        if self.optimizer_state is not None:
            set_optimizer_state(optimizer, self.layers, self.optimizer_state)  # type: ignore[arg-type]
        return optimizer

    def _load(self, path: Path | None, dtype: str | None, weights: str) -> dict[str, str]:
        """Give the layers that do not begin anew the weights in a file, and return digests of what was loaded."""
        kept = [number for number, layer in enumerate(self.layers) if weights != "draw" or not layer.trainable]
        source = path if weights in ("draw", "keep", "continue") else Path(weights)
        if source is path and (path is None or dtype is None or path.suffix == ".json"):
            if weights != "draw":
                raise SettingError("weights", "draw or a file, for the architecture holds none", weights)
            return {}
        if weights == "continue" and not self.has_own_optimizer:
            raise SettingError(
                "weights", "draw, keep or a file, as no optimizer is taken from the architecture", weights
            )
        if source is None or not kept or next(self.parameters()).is_meta:
            return {}
        if not source.is_file():
            raise SettingError("weights", "draw, keep, continue or a file", weights)
        with open_weights(source) as h5:
            digests = {"weights_sha256": load_weights(h5, self.layers, dtype or require_dtype(self), kept)}
            if weights == "continue":
                optimizer: KerasOptimizer = self.configure_optimizers()  # type: ignore[assignment]
                self.optimizer_state = read_optimizer_state(h5, optimizer, self.layers)
                state = b"".join(one.tobytes() for one in self.optimizer_state)
                digests["optimizer_sha256"] = sha256(state).hexdigest()
        return digests

    def _config(self, digests: dict[str, str]) -> Config:
        """Return the architecture from which this model can be made again, as JSON types."""
        layers = [
            {"class_name": type(layer).__name__, "config": layer.get_config()}
            for layer in require_keras_layers(self.layers)
        ]
        return {"layers": layers, "compile": self.compile_config(), **digests}


def _model_file(architecture: str) -> Path:
    try:
        return config_file(architecture, architecture=True)
    except InputError as refusal:
        raise InputError(f"`architecture`: {refusal}") from None


def _compiled_parts(architecture: Architecture) -> tuple[OptimizerFactory | None, Loss | None]:
    """Return the optimiser and the loss that an architecture was compiled with, each if it has one.

    Raises:
        CompileError: One of them, or another setting of `compile`, is not supported.
    """
    try:
        compiled = architecture.compiled()
        optimizer, loss = compiled.get("optimizer"), compiled.get("loss")
        parts = (
            None if optimizer is None else optimizer_from_config(optimizer),
            None if loss is None else loss_from_config(loss),
        )
    except InputError as refusal:
        raise CompileError(f"compile: {refusal}") from None
    try:
        metrics_from_config(compiled.get("metrics"))
    except InputError as refusal:
        warnings.warn(f"compile: {refusal}; accuracy alone is recorded, which changes no training", stacklevel=3)
    return parts


def _optimizer(
    in_file: OptimizerFactory | None, asked: OptimizerFactory, learning_rate: float | Config | None
) -> OptimizerFactory:
    """Return what makes the optimiser: the file's, or the one asked for."""
    if in_file is not None:
        made = _made(asked)
        if type(made) is not KerasAdam or made.defaults != _made(KerasAdam).defaults:
            expected = "none beside that of the architecture, which `compile` ignore leaves out"
            raise SettingError("optimizer", expected, type(made).__name__)
        asked = in_file
    if learning_rate is None:
        return asked
    lr = schedule_from_config(learning_rate) if isinstance(learning_rate, Mapping) else learning_rate
    return partial(asked, lr=lr)


def _made(factory: OptimizerFactory, **settings: Any) -> Optimizer:
    """Return an optimiser of some weight, to look at its settings."""
    return factory([nn.Parameter(torch.zeros(1))], **settings)


def _require_float_type(dtype: str | None, architecture: Any) -> None:
    if dtype == "float64" and torch.get_default_dtype() != torch.float64:
        raise InputError(f"{architecture}: its layers are float64: train it with `precision` 64-true")


def _final_activation(layers: list[Any]) -> str | None:
    """Return sigmoid or softmax if the outputs, outside training, are those of one."""
    for layer in reversed(layers):
        if isinstance(layer, Softmax):
            return "softmax"
        if isinstance(layer, Activation | Dense) and layer.activation in ("sigmoid", "softmax"):
            return layer.activation
        if not isinstance(layer, NoisyLayer) and getattr(layer, "activation", None) != "linear":
            return None
    return None
