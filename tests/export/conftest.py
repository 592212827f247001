"""Checkpoints of untrained models, which are quickly made."""

from pathlib import Path
from typing import Any

import pytest
import torch

from lit_sentiment.models import MODELS
from lit_sentiment.text.text_encoder import TextEncoder

WORDS = ["the", ".", "it", "broke", "good", "i", "'", "love", "caf\u00e9", "\ud83d"]
VOCAB_SIZE = 17
EMBEDDING = {"Embedding": {"output_dim": 5}}
MODELS_BY_NAME: dict[str, tuple[str, dict[str, Any]]] = {
    "baseline": ("BaselineLSTM", {"embedding_dim": 5, "units": 4}),
    "dropout": ("DropoutLSTM", {"embedding_dim": 5, "units": [4, 3]}),
    "l2": ("L2LSTM", {"embedding_dim": 5, "units": 4}),
    "two softmax": (
        "KerasSequential",
        {
            "architecture": [
                EMBEDDING,
                {"SpatialDropout1D": {"rate": 0.4}},
                {"LSTM": {"units": 4, "dropout": 0.2, "recurrent_dropout": 0.2}},
                {"Dense": {"units": 2, "activation": "softmax"}},
            ]
        },
    ),
    "three classes": (
        "KerasSequential",
        {"architecture": [EMBEDDING, {"GRU": {"units": 4}}, {"Dense": {"units": 3, "activation": "softmax"}}]},
    ),
    "mean": (
        "KerasSequential",
        {
            "architecture": [
                EMBEDDING,
                "GlobalAveragePooling1D",
                {"Dense": {"units": 4, "activation": "relu"}},
                {"Dense": {"units": 1, "activation": "sigmoid"}},
            ]
        },
    ),
    "convolution": (
        "KerasSequential",
        {
            "architecture": [
                EMBEDDING,
                {"Conv1D": {"filters": 4, "kernel_size": 3, "activation": "relu"}},
                "BatchNormalization",
                {"Bidirectional": {"layer": {"LSTM": {"units": 3}}}},
                {"Dense": {"units": 1, "activation": "sigmoid"}},
            ]
        },
    ),
    "flat": (
        "KerasSequential",
        {"architecture": [EMBEDDING, "Flatten", {"Dense": {"units": 1, "activation": "sigmoid"}}], "max_length": 8},
    ),
    "mask": (
        "KerasSequential",
        {
            "architecture": [
                {"Embedding": {"output_dim": 5, "mask_zero": True}},
                {"LSTM": {"units": 4}},
                {"Dense": {"units": 1, "activation": "sigmoid"}},
            ]
        },
    ),
}


@pytest.fixture
def checkpoint(tmp_path):
    """Write the checkpoint of an untrained model, by its name above, and return its path."""

    def checkpoint(name: str, dtype: torch.dtype = torch.float32, **encoder: Any) -> Path:
        kind, settings = MODELS_BY_NAME[name]
        torch.set_default_dtype(dtype)
        try:
            model = MODELS[kind](vocab_size=VOCAB_SIZE, **settings)
        finally:
            torch.set_default_dtype(torch.float32)
        for weight in model.parameters():
            weight.data = torch.rand_like(weight)
        content: dict[str, Any] = {
            "state_dict": model.state_dict(),
            "hyper_parameters": dict(model.hparams),
            "ReviewData": {"text_encoder": TextEncoder(**{**ENCODER, **encoder}).state_dict()},
        }
        model.on_save_checkpoint(content)
        torch.save(content, tmp_path / "model.ckpt")
        return tmp_path / "model.ckpt"

    return checkpoint


ENCODER = {"tokenizer": "basic_english", "words": WORDS, "max_length": 8}
