"""What the three models share: loss, figures and optimiser."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import signature
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import Optimizer

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.batch_part import whole_batch, whole_batch_means
from lit_sentiment.keras_semantics.config_objects import keras_object
from lit_sentiment.keras_semantics.layer import Shape
from lit_sentiment.keras_semantics.layer_stack import TOKEN_IDS, LayerStack
from lit_sentiment.keras_semantics.layers import Embedding
from lit_sentiment.keras_semantics.optimizer import KerasOptimizer
from lit_sentiment.keras_semantics.regularizers import Regularizer
from lit_sentiment.keras_semantics.schedules import LearningRateSchedule
from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.lightning_classes import LightningModule
from lit_sentiment.plugins import name_of

Batch = tuple[Tensor, Tensor]
"""token_ids int (B, T) and labels int (B,), 1 for positive."""

OptimizerFactory = Callable[..., Optimizer]
"""Takes parameters and `lr`."""


class SentimentModel(LightningModule):
    """A stack of Keras layers from token_ids int (B, T) to one logit a review, trained as Keras would train it.

    `keras.Sequential` ending in `Dense(1, activation="sigmoid")` with
    `compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])`.

    Logged per epoch, as means weighted by batch size, with `val_` or `test_` before the name for other reviews:
    `loss` (data loss and penalty, as in Keras), `accuracy` (of probabilities above 0.5), and where a layer has a
    regulariser also `data_loss` and `penalty`. Training figures are taken before each update, with dropout on.

    Keras equivalence: Keras takes the logits from behind the sigmoid, so that its cross-entropy is the one computed
    here, without clipping (`keras/src/backend/tensorflow/nn.py`, Keras 3.15). The penalty is part of the loss that is
    trained on, so any optimiser sees its gradient.

    Args:
        layers: The layers in order: Keras's, which are built here, or other modules. The last gives one number.
        learning_rate: Of the optimiser.
        optimizer: Makes the optimiser from parameters and `lr`; Keras's Adam unless another is asked for.
        randomness: Whether the layers draw Keras's random numbers for their seeds, or torch's.
        input_shape: (length,) of the token ids, for layers whose weights depend on it (Dense after Flatten).

    Raises:
        SettingError: The learning rate is not above 0.
    """

    outputs: int = 1
    """Logits of a review: one, of being positive, or one for each class."""
    has_own_optimizer: bool = False
    """Whether the optimiser comes with the model, so that none is to be given."""

    def __init__(
        self,
        layers: Sequence[nn.Module],
        learning_rate: float | LearningRateSchedule = 1e-3,
        optimizer: OptimizerFactory = KerasAdam,
        randomness: Randomness = "keras",
        input_shape: Shape = TOKEN_IDS,
    ) -> None:
        super().__init__()
        if not isinstance(learning_rate, LearningRateSchedule) and not learning_rate > 0:
            raise SettingError("learning_rate", "more than 0", learning_rate)
        self.title = type(self).__name__
        """What charts call the model."""
        self.layers = LayerStack(layers, randomness, input_shape)
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self._given_settings: list[list[dict[str, Any]]] = []

    @staticmethod
    def listing(*args: Any, **kwargs: Any) -> list[Any]:
        """Return the layers of the Keras listing that a model reproduces, made by `keras` or by our twin of it.

        The first argument is `keras` or `lit_sentiment.keras_semantics`, the others are settings of the model.
        """
        raise NotImplementedError

    @staticmethod
    def settings_of(layers: Sequence[Any]) -> dict[str, Any]:
        """Return the settings for which `listing` gives these layers, if it gives such layers at all."""
        raise NotImplementedError

    @classmethod
    def keras_listing(cls, keras: Any, settings: Mapping[str, Any]) -> list[Any]:
        """Return the layers of the listing for the settings that it takes, with defaults for what is missing."""
        taken = [name for name in signature(cls.listing).parameters if name != "keras"]
        defaults = signature(cls).parameters
        return cls.listing(keras, **{name: settings.get(name, defaults[name].default) for name in taken})

    def forward(self, token_ids: Tensor) -> Tensor:
        """Return the logits (B,) of token_ids int (B, T)."""
        return self.layers.logits(token_ids).squeeze(-1)

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return the probabilities that logits (B,) stand for: of being positive, (B,)."""
        return torch.sigmoid(logits)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of a batch, penalty included, a scalar."""
        return self._step(batch, "")[0]

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Log the figures of a batch, and return the probabilities (B,) that its reviews are positive."""
        return self.probabilities(self._step(batch, "val_")[1])

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Log the figures of a batch."""
        self._step(batch, "test_")

    def predict_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the probabilities (B,) that the reviews are positive."""
        return self.probabilities(self(batch[0]))

    def targets(self, labels: Tensor) -> Tensor:
        """Return what Keras is given for labels int (B,): themselves."""
        return labels

    def compile_config(self) -> dict[str, Any]:
        """Return what Keras writes of `compile`: Adam without a step, binary cross-entropy, accuracy."""
        adam = keras_object("keras.optimizers", "Adam", {"learning_rate": self.learning_rate})
        return {"optimizer": adam, "loss": "binary_crossentropy", "metrics": ["accuracy"]}

    def penalty(self) -> Tensor | None:
        """Return what the regularisers add to the loss, a scalar, or None where there are none."""
        penalties = [regularizer(weight) for weight, regularizer in self.regularized_weights()]
        return torch.stack(penalties).sum() if penalties else None

    def regularized_weights(self) -> Iterator[tuple[nn.Parameter, Regularizer]]:
        """Yield each weight that has a regulariser, with it."""
        for layer in self.layers:
            for name, regularizer in getattr(layer, "regularizers", {}).items():
                yield layer.get_parameter(name), regularizer

    def configure_optimizers(self) -> Optimizer:
        """Return the optimiser of all weights that are trained."""
        return self.optimizer([weight for weight in self.parameters() if weight.requires_grad], lr=self.learning_rate)

    def on_fit_start(self) -> None:
        """Take note of the optimiser's settings, before a checkpoint brings others."""
        self._given_settings = [
            [{name: value for name, value in group.items() if name != "params"} for group in optimizer.param_groups]
            for optimizer in self.trainer.optimizers
        ]

    def on_train_start(self) -> None:
        """Let the optimiser have the settings given now, and the embedding the kind of gradient that it takes.

        Of a checkpoint the optimiser keeps its moments alone, unless a schedule moves its learning rate.

        Raises:
            InputError: Gradients are to be clipped, which torch cannot do to sparse ones.
        """
        for optimizer, settings in zip(self.trainer.optimizers, self._given_settings, strict=True):
            if not self.trainer.lr_scheduler_configs:
                for group, given in zip(optimizer.param_groups, settings, strict=True):
                    group.update(given)
            if self.choose_gradients(optimizer) and self.trainer.gradient_clip_val:
                raise InputError(
                    f"`gradient_clip_val`: expected none, found {self.trainer.gradient_clip_val}: the gradient that "
                    "Keras gives the embedding is sparse; give `optimizer` torch.optim.Adam too"
                )

    def choose_gradients(self, optimizer: Optimizer) -> bool:
        """Let each embedding have the kind of gradient that the optimiser takes; return whether one is sparse."""
        embeddings = [layer for layer in self.layers if isinstance(layer, Embedding)]
        for embedding in embeddings:
            embedding.sparse = not embedding.regularizers and isinstance(optimizer, KerasOptimizer)
        return any(embedding.sparse for embedding in embeddings)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the class, and where torch's random numbers are."""
        checkpoint["model_class"] = name_of(type(self))
        checkpoint["torch_generator"] = torch.get_rng_state()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on with torch's random numbers where the checkpoint was saved (for `randomness="torch"`)."""
        torch.set_rng_state(checkpoint["torch_generator"])

    def figures(self, token_ids: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the mean data loss and the accuracy of a batch, scalars, and its logits (B,)."""
        logits = self(token_ids)
        data_loss = binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))
        right = (self.probabilities(logits.detach()) > 0.5) == (labels > 0)
        return data_loss, right.to(logits.dtype).mean(), logits

    def _step(self, batch: Batch, prefix: str) -> tuple[Tensor, Tensor]:
        """Log the figures of a batch; return its loss, a scalar, and its logits (B,)."""
        data_loss, accuracy, logits = self.figures(*batch)
        penalty = self.penalty()
        loss = data_loss if penalty is None else data_loss + penalty
        figures = {"loss": loss, "accuracy": accuracy}
        if penalty is not None:
            figures |= {"data_loss": data_loss, "penalty": penalty}
        figures = whole_batch_means(figures)
        named = {prefix + name: figure.detach() for name, figure in figures.items()}
        (reviews,) = whole_batch(batch[1].shape)
        self.log_dict(named, on_step=False, on_epoch=True, batch_size=reviews)
        return figures["loss"], logits.detach()
