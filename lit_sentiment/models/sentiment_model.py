"""What the three models share: loss, figures and optimiser."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import Optimizer

from lit_sentiment.data.batches import Batch
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.errors import InputError, require_positive
from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.layers import Embedding
from lit_sentiment.keras_semantics.regularizers import L2

OptimizerFactory = Callable[..., Optimizer]
"""Takes parameter groups and `lr`."""


class SentimentModel(LightningModule):
    """A stack of Keras layers from token_ids int (B, T) to one logit a review, trained as Keras would train it.

    `keras.Sequential` ending in `Dense(1, activation="sigmoid")` with
    `compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])`.

    Logged per epoch, as means weighted by batch size, with `val_` before the name for validation:
    `loss` (data loss and penalty, as in Keras), `accuracy` (of probabilities above 0.5), and where a layer has a
    regulariser also `data_loss` and `penalty`. Training figures are taken before each update, with dropout on.

    Keras equivalence: Keras takes the logits from behind the sigmoid, so that its cross-entropy is the one computed
    here, without clipping (`keras/src/backend/tensorflow/nn.py`, Keras 3.15). The gradient of the penalty is the
    weight decay of its parameter groups.

    Args:
        layers: The layers in order.
        learning_rate: Of the optimiser.
        optimizer: Makes the optimiser from parameter groups and `lr`; Keras's Adam unless another is asked for.
    """

    def __init__(
        self, layers: list[nn.Module], learning_rate: float = 1e-3, optimizer: OptimizerFactory = KerasAdam
    ) -> None:
        super().__init__()
        require_positive("--model.learning_rate", learning_rate)
        self.layers = nn.Sequential(*layers)
        self.learning_rate = learning_rate
        self.optimizer = optimizer

    def forward(self, token_ids: Tensor) -> Tensor:
        """Return the logits (B,) of token_ids int (B, T)."""
        return self.layers(token_ids).squeeze(-1)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the data loss of a batch, a scalar."""
        return self._step(batch, "")[0]

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Log the figures of a batch, and return the probabilities (B,) that its reviews are positive."""
        return self._step(batch, "val_")[1]

    def predict_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the probabilities (B,) that the reviews are positive."""
        return torch.sigmoid(self(batch[0]))

    def penalty(self) -> Tensor | None:
        """Return what the regularisers add to the loss, a scalar, or None where there are none."""
        penalties = [regularizer(weight) for weight, regularizer in self.regularized_weights()]
        return torch.stack(penalties).sum() if penalties else None

    def regularized_weights(self) -> Iterator[tuple[nn.Parameter, L2]]:
        """Yield each weight that has a regulariser, with it."""
        for layer in self.layers:
            for name, regularizer in getattr(layer, "regularizers", {}).items():
                yield getattr(layer, name), regularizer

    def configure_optimizers(self) -> Optimizer:
        """Return the optimiser, with the weight decay that stands for each regulariser.

        Raises:
            InputError: Gradients are to be clipped, which torch cannot do to sparse ones.
        """
        decays = {weight: regularizer.weight_decay for weight, regularizer in self.regularized_weights()}
        free = [weight for weight in self.parameters() if weight.requires_grad and weight not in decays]
        groups: list[dict[str, Any]] = [{"params": free, "weight_decay": 0.0}]
        groups += [{"params": [weight], "weight_decay": decay} for weight, decay in decays.items()]
        optimizer = self.optimizer(groups, lr=self.learning_rate)
        for layer in self.layers:
            if isinstance(layer, Embedding):
                layer.sparse = layer.weight not in decays and isinstance(optimizer, KerasAdam)
                if layer.sparse and self._trainer is not None and self._trainer.gradient_clip_val:
                    raise InputError(
                        f"--trainer.gradient_clip_val: expected none, found {self._trainer.gradient_clip_val}: the "
                        "gradient that Keras gives the embedding is sparse; give --optimizer torch.optim.Adam with it"
                    )
        return optimizer

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what it takes to use the model without its data: class, text encoder, and where the data came from."""
        checkpoint["model_class"] = type(self).__name__
        checkpoint["torch_generator"] = torch.get_rng_state()
        data = getattr(self._trainer, "datamodule", None)
        if isinstance(data, ReviewData):
            checkpoint["text_encoder"] = data.encoder.state_dict()
            checkpoint["data"] = {"class_path": type(data).__name__, "init_args": dict(data.hparams)}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on with torch's random numbers where the checkpoint was saved (for `randomness="torch"`).

        The settings of the optimiser are those given now; only its moments come from the checkpoint.
        """
        torch.set_rng_state(checkpoint["torch_generator"])
        for optimizer_state in checkpoint.get("optimizer_states", []):
            optimizer_state["param_groups"] = self.configure_optimizers().state_dict()["param_groups"]

    def _step(self, batch: Batch, prefix: str) -> tuple[Tensor, Tensor]:
        """Log the figures of a batch; return its data loss, a scalar, and the probabilities (B,)."""
        token_ids, labels = batch
        logits = self(token_ids)
        data_loss = binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))
        with torch.no_grad():
            probabilities = torch.sigmoid(logits)
            accuracy = ((probabilities > 0.5) == (labels > 0)).to(logits.dtype).mean()
            figures = {"loss": data_loss.detach(), "accuracy": accuracy}
            penalty = self.penalty()
            if penalty is not None:
                figures |= {"loss": data_loss + penalty, "data_loss": data_loss, "penalty": penalty}
        named = {prefix + name: figure for name, figure in figures.items()}
        self.log_dict(named, on_step=False, on_epoch=True, batch_size=len(labels))
        return data_loss, probabilities
