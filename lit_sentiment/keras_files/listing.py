"""The three listings as Keras writes them into a config."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.variables import layer_names
from lit_sentiment.models.sentiment_model import SentimentModel

Layer = tuple[str, dict[str, Any]]
"""The class and the settings of a layer."""

ONE_LSTM = ("Embedding", "LSTM", "Dense")
TWO_LSTMS = ("Embedding", "LSTM", "Dropout", "LSTM", "Dropout", "Dense")
LAYER_CLASSES = {"BaselineLSTM": ONE_LSTM, "DropoutLSTM": TWO_LSTMS, "L2LSTM": ONE_LSTM}
"""The layers of each model, in order."""

_DTYPES = ("float32", "float64")
_MOST_BYTES = 2**32


@dataclass(frozen=True)
class Listing:
    """One of the three models with its settings, as far as a Keras file tells them.

    Raises:
        InputError: A setting is no number of its kind, the float type is another, or the weights would take 4 GiB.
    """

    model: str
    hyperparameters: dict[str, Any]
    """As our model takes them, and only those that are known."""
    dtype: str

    def __post_init__(self) -> None:
        if self.dtype not in _DTYPES:
            raise InputError(f"expected the dtype {' or '.join(_DTYPES)}, found {self.dtype!r:.60}")
        for size in self.sizes:
            if type(size) is not int or size <= 0:
                raise InputError(f"expected sizes of 1 or more, found {size!r:.60}")
        for factor in (*self.hyperparameters.get("dropout", ()), self.hyperparameters.get("l2", 0)):
            if type(factor) not in (int, float):
                raise InputError(f"expected rates and factors that are numbers, found {factor!r:.60}")
        vocab_size, embedding_dim, *units, _ = self.sizes
        weights = vocab_size * embedding_dim + sum(4 * size * (max(embedding_dim, *units) + size + 1) for size in units)
        if weights * np.dtype(self.dtype).itemsize > _MOST_BYTES:
            raise InputError(
                f"expected weights of at most 4 GiB, found the sizes {', '.join(map(str, self.sizes)):.60}"
            )

    @classmethod
    def of(cls, model: SentimentModel) -> "Listing":
        """Return the listing of a model of ours."""
        return cls(
            type(model).__name__, dict(model.hparams), str(next(model.parameters()).dtype).removeprefix("torch.")
        )

    @property
    def sizes(self) -> list[int]:
        """The size of the vocabulary, of a word's vector, of the state of each LSTM, and of the output."""
        units = self.hyperparameters["units"]
        units = units if isinstance(units, tuple | list) else (units,)
        return [self.hyperparameters["vocab_size"], self.hyperparameters["embedding_dim"], *units, 1]

    @property
    def layers(self) -> list[Layer]:
        """The layers, with every setting that is not off (none, false or 0)."""
        vocab_size, embedding_dim, *units, _ = self.sizes
        every: dict[str, Any] = {"trainable": True, "dtype": self.dtype}
        embedding = every | {"input_dim": vocab_size, "output_dim": embedding_dim}
        lstm = every | {"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True}
        dense = every | {"units": 1, "activation": "sigmoid", "use_bias": True}
        if self.model == "DropoutLSTM":
            first_rate, second_rate = self.hyperparameters["dropout"]
            return [
                ("Embedding", embedding),
                ("LSTM", lstm | {"units": units[0], "return_sequences": True}),
                ("Dropout", every | {"rate": first_rate}),
                ("LSTM", lstm | {"units": units[1]}),
                ("Dropout", every | {"rate": second_rate}),
                ("Dense", dense),
            ]
        if self.model == "L2LSTM":
            l2 = _keras_object("keras.regularizers", "L2", {"l2": self.hyperparameters["l2"]})
            embedding["embeddings_regularizer"] = lstm["kernel_regularizer"] = l2
        return [("Embedding", embedding), ("LSTM", lstm | {"units": units[0]}), ("Dense", dense)]

    def config(self) -> dict[str, Any]:
        """Return what Keras writes into `config.json`, for token_ids int (B, T) of any T, compiled with Adam."""
        any_length = {"batch_shape": [None, None], "dtype": "int32", "name": "input_layer"}
        layers = [_keras_object("keras.layers", "InputLayer", any_length)]
        for name, (kind, settings) in zip(layer_names(LAYER_CLASSES[self.model]), self.layers, strict=True):
            layers.append(_keras_object("keras.layers", kind, {"name": name, **settings}))
        adam = _keras_object("keras.optimizers", "Adam", {"learning_rate": self.hyperparameters["learning_rate"]})
        return {
            **_keras_object("keras", "Sequential", {"name": self.model, "trainable": True, "layers": layers}),
            "compile_config": {"optimizer": adam, "loss": "binary_crossentropy", "metrics": ["accuracy"]},
        }


def _keras_object(module: str, class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}
