"""Train sixty steps in Keras and in ours, each from the seed alone, and print how far they are apart.

    python scripts/sixty_steps.py [--seeds 10] [--dtype float64]

Needs the extra `keras`. Three models of full size on the first 1,920 reviews of the default data, one epoch. Prints a
Markdown table: over the seeds, the largest difference of loss, of val_loss after the sixty steps, and of any weight.
"""

import argparse
import os

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import keras
import numpy as np
import tensorflow as tf
import torch
from lightning import seed_everything
from quiet_training import train_quietly

from lit_sentiment import ShopReviews
from lit_sentiment.keras_semantics.layer_stack import keras_variables
from lit_sentiment.models import LISTINGS
from lit_sentiment.models.sentiment_model import SentimentModel

STEPS = 60


def train_ours(name: str, data: ShopReviews, seed: int, dtype: str) -> tuple[SentimentModel, dict[str, float]]:
    seed_everything(seed, verbose=False)
    torch.set_default_dtype(getattr(torch, dtype))
    model = LISTINGS[name](vocab_size=data.vocab_size)
    torch.set_default_dtype(torch.float32)
    return model, train_quietly(model, data, epochs=1).epoch(0)


def train_keras(settings: dict, name: str, data: ShopReviews, seed: int) -> tuple[keras.Model, dict[str, float]]:
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(LISTINGS[name].keras_listing(keras, settings))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    validation = tuple(data.arrays("validation"))
    history = model.fit(*data.arrays("train"), validation_data=validation, batch_size=data.batch_size, verbose=0)
    return model, {figure: values[0] for figure, values in history.history.items()}


def differences(name: str, data: ShopReviews, seed: int, dtype: str) -> list[float]:
    """Return |ours - Keras's| of loss, of val_loss, and of the weight that differs most."""
    ours, our_figures = train_ours(name, data, seed, dtype)
    theirs, their_figures = train_keras(dict(ours.hparams), name, data, seed)
    pairs = zip(keras_variables(ours.layers), theirs.weights, strict=True)
    weights = max(np.abs(weight.numpy() - keras.ops.convert_to_numpy(its)).max() for (_, weight), its in pairs)
    return [*(abs(our_figures[figure] - their_figures[figure]) for figure in ("loss", "val_loss")), float(weights)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float64")
    config = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.config.set_floatx(config.dtype)
    keras.config.set_dtype_policy(config.dtype)
    data = ShopReviews(train_limit=STEPS * 32)
    print(f"| {config.dtype}, {STEPS} steps | seeds | loss | val_loss | weights |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in LISTINGS:
        gaps = [differences(name, data, seed, config.dtype) for seed in range(config.seeds)]
        largest = [max(column) for column in zip(*gaps, strict=True)]
        print(f"| {name} | {config.seeds} | " + " | ".join(f"{gap:.1e}" for gap in largest) + " |", flush=True)


if __name__ == "__main__":
    main()
