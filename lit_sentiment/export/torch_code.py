"""The lines that run an exported model: of plain torch where torch has its layers, or else with this package."""

from collections.abc import Callable
from typing import Any

from torch import nn

from lit_sentiment import models
from lit_sentiment.keras_semantics.dense import Dense
from lit_sentiment.keras_semantics.dropout import Dropout, GaussianNoise, SpatialDropout1D
from lit_sentiment.keras_semantics.layers import Embedding
from lit_sentiment.keras_semantics.pooling import GlobalAveragePooling1D, GlobalMaxPooling1D
from lit_sentiment.keras_semantics.recurrent import LSTM
from lit_sentiment.models import MODELS
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.plugins import name_of

_Step = tuple[str, str]
"""The torch module of a layer, and its outputs, where {} stands for the module and x for the inputs."""

_ACTIVATIONS = {None: "", "relu": ".relu()", "tanh": ".tanh()", "sigmoid": ".sigmoid()", "softmax": ".softmax(-1)"}


def torch_code(model: SentimentModel) -> list[str] | None:
    """Return the lines that read `model.safetensors` and turn `token_ids` int (N, T) into `probabilities`.

    None where they would need more than torch has: masks, layers whose weights torch keeps otherwise, a class of the
    user's own. For a single text they give what `TrainedModel.logits` does to the bit.
    """
    steps = [_STEPS[type(layer)](layer) if type(layer) in _STEPS else None for layer in model.layers]
    known = [step for step in steps if step is not None]
    last = model.layers[-1]
    if type(model) not in MODELS.values() or len(known) < len(steps) or type(last) is not Dense:
        return None
    if last.activation != "sigmoid" and (last.activation != "softmax" or model.outputs == 1):
        return None
    modules = ", ".join(module for module, _ in known)
    calls = [outputs.format(f"layers[{number}]") for number, (_, outputs) in enumerate(known) if outputs != "x"]
    return [
        "import torch",
        "from safetensors.torch import load_file",
        "from torch import nn",
        "",
        f"layers = nn.ModuleList([{modules}])",
        'weights = {name.removeprefix("layers."): weight for name, weight in load_file("model.safetensors").items()}',
        "layers.load_state_dict(weights, assign=True)",
        "with torch.inference_mode():",
        f"    x = {calls[0].replace('(x)', '(token_ids)')}",
        *(f"    x = {call}" for call in calls[1:-1]),
        f"    probabilities = {calls[-1]}{'.squeeze(-1)' if model.outputs == 1 else ''}",
    ]


def package_code(model: SentimentModel) -> list[str]:
    """Return the lines that do the same with this package, for any model."""
    module, _, kind = name_of(type(model)).rpartition(".")
    return [
        "import json",
        "",
        "import torch",
        f"from {module or models.__name__} import {kind}",
        "from safetensors.torch import load_file",
        "",
        'with open("config.json", encoding="utf-8") as file:',
        f'    model = {kind}(**json.load(file)["settings"]).eval()',
        "# Generators of random masks, which training alone needs, stay as they are made.",
        'model.load_state_dict(load_file("model.safetensors"), strict=False, assign=True)',
        "with torch.inference_mode():",
        "    probabilities = model.probabilities(model(token_ids))",
    ]


def _embedding(layer: Any) -> _Step | None:
    return None if layer.mask_zero else (f"nn.Embedding({layer.input_dim}, {layer.output_dim})", "{}(x)")


def _lstm(layer: Any) -> _Step | None:
    if layer.go_backwards or (layer.activation, layer.recurrent_activation) != ("tanh", "sigmoid"):
        return None
    bias = "" if layer.use_bias else ", bias=False"
    module = f"nn.LSTM({layer.input_size}, {layer.units}{bias}, batch_first=True)"
    return module, "{}(x)[0]" if layer.return_sequences else "{}(x)[0][:, -1]"


def _dense(layer: Any) -> _Step | None:
    if layer.activation not in _ACTIVATIONS:
        return None
    bias = "" if layer.use_bias else ", bias=False"
    return f"nn.Linear({layer.in_features}, {layer.units}{bias})", "{}(x)" + _ACTIVATIONS[layer.activation]


def _pooling(outputs: str) -> Callable[[Any], _Step | None]:
    return lambda layer: None if layer.keepdims else ("nn.Identity()", outputs)


_STEPS: dict[type[nn.Module], Callable[[Any], _Step | None]] = {
    Embedding: _embedding,
    LSTM: _lstm,
    Dense: _dense,
    GlobalMaxPooling1D: _pooling("x.amax(1)"),
    GlobalAveragePooling1D: _pooling("x.mean(1)"),
    **dict.fromkeys((Dropout, SpatialDropout1D, GaussianNoise), lambda _: ("nn.Identity()", "x")),
}
"""By layer; those that are not here have no twin in torch with weights of the same names."""
