"""The three listings: their layers in order, and the sizes of their weights."""

import inspect

import pytest

from lit_sentiment.errors import SettingError
from lit_sentiment.models import L2LSTM, LISTINGS, BaselineLSTM, DropoutLSTM

VOCAB, DIM, UNITS, SECOND_UNITS = 17, 5, 3, 2


def lstm_parameters(inputs, units):
    return 4 * units * (inputs + units + 1)


# The layers with their trained parameters, as `model.summary()` of Keras counts them.
SHAPES = [
    (
        BaselineLSTM(VOCAB, DIM, UNITS),
        [("Embedding", VOCAB * DIM), ("LSTM", lstm_parameters(DIM, UNITS)), ("Dense", UNITS + 1)],
    ),
    (
        DropoutLSTM(VOCAB, DIM, (UNITS, SECOND_UNITS), (0.4, 0.2)),
        [
            ("Embedding", VOCAB * DIM),
            ("LSTM", lstm_parameters(DIM, UNITS)),
            ("Dropout", 0),
            ("LSTM", lstm_parameters(UNITS, SECOND_UNITS)),
            ("Dropout", 0),
            ("Dense", SECOND_UNITS + 1),
        ],
    ),
    (
        L2LSTM(VOCAB, DIM, UNITS),
        [("Embedding", VOCAB * DIM), ("LSTM", lstm_parameters(DIM, UNITS)), ("Dense", UNITS + 1)],
    ),
]
NAMES = [type(model).__name__ for model, _ in SHAPES]


@pytest.mark.parametrize(("model", "expected"), SHAPES, ids=NAMES)
def test_layers_are_those_of_the_listing(model, expected):
    found = [
        (type(layer).__name__, sum(weight.numel() for weight in layer.parameters() if weight.requires_grad))
        for layer in model.layers
    ]
    assert found == expected


def test_models_are_named():
    assert list(LISTINGS) == NAMES == ["BaselineLSTM", "DropoutLSTM", "L2LSTM"]


def test_defaults_are_those_of_the_listings():
    defaults = {
        name: {
            argument: parameter.default
            for argument, parameter in inspect.signature(model).parameters.items()
            if argument not in ("vocab_size", "optimizer", "randomness")
        }
        for name, model in LISTINGS.items()
    }
    common = {"embedding_dim": 128, "learning_rate": 1e-3}
    assert defaults == {
        "BaselineLSTM": {**common, "units": 128},
        "DropoutLSTM": {**common, "units": (128, 64), "dropout": (0.5, 0.3)},
        "L2LSTM": {**common, "units": 128, "l2": 0.01},
    }


def test_dropout_goes_where_the_listing_has_it():
    model = DropoutLSTM(VOCAB, DIM, (UNITS, SECOND_UNITS), (0.4, 0.2))
    first, first_dropout, second, second_dropout = list(model.layers)[1:5]
    assert (first_dropout.rate, second_dropout.rate) == (0.4, 0.2)
    assert (first.return_sequences, second.return_sequences) == (True, False)


def test_penalty_is_on_embedding_and_input_kernel():
    model = L2LSTM(VOCAB, DIM, UNITS, l2=0.25)
    embedding, lstm, _ = model.layers
    regularized = dict(model.regularized_weights())
    assert set(regularized) == {embedding.weight, lstm.weight_ih_l0}
    assert {regularizer.l2 for regularizer in regularized.values()} == {0.25}
    assert dict(BaselineLSTM(VOCAB, DIM, UNITS).regularized_weights()) == {}


@pytest.mark.parametrize(
    ("model", "wrong", "setting"),
    [
        (BaselineLSTM, {"units": 0}, "units"),
        (BaselineLSTM, {"embedding_dim": -3}, "output_dim"),
        (BaselineLSTM, {"learning_rate": 0.0}, "learning_rate"),
        (DropoutLSTM, {"dropout": (0.5, 1.0)}, "rate"),
        (DropoutLSTM, {"units": (4, 0)}, "units"),
        (L2LSTM, {"l2": -0.01}, "l2"),
    ],
)
def test_impossible_settings_are_named(model, wrong, setting):
    with pytest.raises(SettingError, match=rf"^{setting}: expected .*, found"):
        model(**{"vocab_size": VOCAB, "embedding_dim": DIM, **wrong})
