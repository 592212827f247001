import re
from collections.abc import Callable

import pytest
from lightning import LightningModule, Trainer

from lit_sentiment.models import MODELS
from lit_sentiment.training.layer_table import LayerTable

V, E, H, H2 = 20, 3, 5, 4


def lstm(inputs: int, units: int) -> int:
    """Keras's LSTM: kernel (inputs, 4 units), recurrent kernel (units, 4 units) and one bias of 4 units."""
    return 4 * (inputs * units + units * units + units)


COUNTS = {
    "BaselineLSTM": [V * E, lstm(E, H), H + 1],
    "L2LSTM": [V * E, lstm(E, H), H + 1],
    "DropoutLSTM": [V * E, lstm(E, H), 0, lstm(H, H2), 0, H2 + 1],
}


def model_of(name: str, **settings: object) -> LightningModule:
    units = (H, H2) if name == "DropoutLSTM" else H
    return MODELS[name](**{"vocab_size": V, "embedding_dim": E, "units": units, **settings})


@pytest.mark.parametrize("name", MODELS)
def test_numbers_of_parameters_are_those_of_keras(
    fit: Callable[..., Trainer], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    fit(model_of(name), LayerTable(), epochs=1)
    shown = capsys.readouterr().out
    assert name in shown
    numbers = [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) [│┃|]$", shown, re.MULTILINE)]
    assert numbers == [*COUNTS[name], sum(COUNTS[name])]


def test_second_bias_of_torch_is_not_counted() -> None:
    lstm_layer = list(model_of("BaselineLSTM").layers)[1]  # type: ignore[arg-type]
    assert sum(weight.numel() for weight in lstm_layer.parameters()) == lstm(E, H) + 4 * H


@pytest.mark.keras
@pytest.mark.parametrize("name", MODELS)
def test_keras_counts_the_same(name: str) -> None:
    import keras

    settings = dict(model_of(name).hparams)
    model = keras.Sequential(MODELS[name].keras_listing(keras, settings))
    model.build((None, 7))
    assert [layer.count_params() for layer in model.layers] == COUNTS[name]


def test_any_module_has_a_table(
    fit: Callable[..., Trainer], scripted: Callable[..., LightningModule], capsys: pytest.CaptureFixture[str]
) -> None:
    fit(scripted([{"loss": 0.5}]), LayerTable(), epochs=1)
    assert "Scripted" in capsys.readouterr().out
