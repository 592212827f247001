"""Leave out one habit of Keras at a time, and print how far the curves then are from Keras's recorded ones.

    python scripts/ablation.py [--epochs 3] [--seed 0] [--only WORDS]

Trains on the default data in float32; the references come with the package. Prints a Markdown table:
|val_loss - Keras's val_loss| after each epoch, beside how far Keras's own runs are apart.
"""

import argparse
import random
from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Any

import torch
from lightning import seed_everything
from quiet_training import train_quietly

from lit_sentiment import KerasAdam, ShopReviews
from lit_sentiment.data.batches import Batches
from lit_sentiment.keras_semantics.layers import LSTM, Dropout, Embedding
from lit_sentiment.keras_semantics.shuffle import keras_permutation
from lit_sentiment.models import LISTINGS
from lit_sentiment.reference.recorded_reference import RecordedReference, recorded_references

ANOTHER_SEED = 1_000


class PlainSecondMomentAdam(KerasAdam):
    """Squares the gradient of an embedding's row after adding up its occurrences, as for a dense gradient."""

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None if closure is None else closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None and weight.grad.is_sparse:
                    weight.grad = weight.grad.coalesce()
        super().step()
        return loss


class ExactStepSizeAdam(KerasAdam):
    """Computes the step size in float64, whatever the dtype of the weights."""

    def step_size(self, group: dict[str, Any], step: int, dtype: torch.dtype) -> float:
        return super().step_size(group, step, torch.float64)


def torch_adam(model: Any, data: ShopReviews) -> None:
    model.optimizer = torch.optim.Adam


def plain_second_moment(model: Any, data: ShopReviews) -> None:
    model.optimizer = PlainSecondMomentAdam


def exact_step_size(model: Any, data: ShopReviews) -> None:
    model.optimizer = ExactStepSizeAdam


def two_biases(model: Any, data: ShopReviews) -> None:
    for layer in model.layers:
        if isinstance(layer, LSTM):
            layer.bias_hh_l0.requires_grad_(True)


def padding_row_kept_at_zero(model: Any, data: ShopReviews) -> None:
    for layer in model.layers:
        if isinstance(layer, Embedding):
            torch.nn.init.zeros_(layer.weight[0])
            layer.forward = partial(_without_the_row_of_padding, layer)  # type: ignore[method-assign]


def _without_the_row_of_padding(
    layer: Embedding, token_ids: torch.Tensor, mask: torch.Tensor | None = None
) -> torch.Tensor:
    return torch.nn.functional.embedding(token_ids, layer.weight, padding_idx=0, sparse=layer.sparse)


def dropout_counter_at_one(model: Any, data: ShopReviews) -> None:
    for layer in model.layers:
        if isinstance(layer, Dropout) and layer.seed_generator is not None:
            layer.seed_generator.set_state((layer.seed_generator.get_state()[0], 1))


def no_penalty(model: Any, data: ShopReviews) -> None:
    model.penalty = lambda: None


def penalty_on_the_recurrent_kernel_too(model: Any, data: ShopReviews) -> None:
    for layer in model.layers:
        if isinstance(layer, LSTM):
            layer.recurrent_regularizer = layer.kernel_regularizer  # type: ignore[assignment]


def another_order(model: Any, data: ShopReviews) -> None:
    arrays = data.arrays("train")
    order = keras_permutation(len(arrays.labels), ANOTHER_SEED)
    tensors = map(torch.from_numpy, arrays)
    data.train_dataloader = lambda: Batches(*tensors, data.batch_size, order=lambda: order)  # type: ignore[method-assign]


def nothing(model: Any, data: ShopReviews) -> None:
    pass


ABLATIONS: list[tuple[str, str, Callable[[Any, ShopReviews], None]]] = [
    ("BaselineLSTM", "nothing", nothing),
    ("BaselineLSTM", "the sum of squares per occurrence (plain second moment)", plain_second_moment),
    ("BaselineLSTM", "Keras's Adam (`torch.optim.Adam`)", torch_adam),
    ("BaselineLSTM", "the float32 rounding of Adam's step size", exact_step_size),
    ("BaselineLSTM", "the single bias (torch's two, both trained)", two_biases),
    ("BaselineLSTM", "the trained padding row (`padding_idx=0`)", padding_row_kept_at_zero),
    ("BaselineLSTM", "the order of the batches (that of another seed)", another_order),
    ("BaselineLSTM", "the layers' seeds (one number later)", nothing),
    ("DropoutLSTM", "nothing", nothing),
    ("DropoutLSTM", "the start of the dropout counters (1 instead of 0)", dropout_counter_at_one),
    ("L2LSTM", "nothing", nothing),
    ("L2LSTM", "the penalty", no_penalty),
    ("L2LSTM", "the recurrent kernel's freedom from the penalty", penalty_on_the_recurrent_kernel_too),
]


def val_losses(
    name: str, left_out: str, spoil: Callable[[Any, ShopReviews], None], epochs: int, seed: int
) -> list[float]:
    seed_everything(seed)
    if "seeds" in left_out:
        random.randint(1, 10**9)
    data = ShopReviews()
    model = LISTINGS[name](vocab_size=data.vocab_size)
    spoil(model, data)
    return train_quietly(model, data, epochs)["val_loss"]


def reference_of(name: str, seed: int) -> RecordedReference:
    references = map(RecordedReference.read, recorded_references())
    wanted = {"model": name, "seed": seed, "dtype": "float32", "vocab_size": ShopReviews().vocab_size}
    return next(one for one in references if wanted.items() <= one.identity.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0, choices=range(5))
    parser.add_argument("--only", default="", help="Leave out only what has this in its name.")
    config = parser.parse_args()
    epochs = config.epochs
    print("| model | left out | " + " | ".join(f"epoch {epoch + 1}" for epoch in range(epochs)) + " |")
    print("| --- | --- |" + " ---: |" * epochs)
    for name, left_out, spoil in ABLATIONS:
        if config.only not in left_out:
            continue
        reference = reference_of(name, config.seed)
        theirs = reference.curves["val_loss"][:epochs]
        ours = val_losses(name, left_out, spoil, epochs, config.seed)
        gaps = [f"{abs(one - other):.1e}" for one, other in zip(ours, theirs, strict=True)]
        print(f"| {name} | {left_out} | " + " | ".join(gaps) + " |", flush=True)
        if left_out == "nothing":
            runs = [reference.curves["val_loss"], *(twin["val_loss"] for twin in reference.twins)]
            spread = [max(abs(a[e] - b[e]) for a, b in combinations(runs, 2)) for e in range(epochs)]
            print(f"| {name} | Keras against itself | " + " | ".join(f"{gap:.1e}" for gap in spread) + " |", flush=True)


if __name__ == "__main__":
    main()
