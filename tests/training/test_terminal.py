import re
from collections.abc import Callable

import pytest
from lightning import Callback, Trainer
from rich.progress import Progress

from lit_sentiment.models import L2LSTM, LISTINGS
from lit_sentiment.training.terminal import EpochLines, LayerTable

Fit = Callable[..., Trainer]

FIGURES = [
    {"loss": 0.5, "accuracy": 0.625, "val_loss": 0.75, "val_accuracy": 0.5},
    {"loss": 0.25, "accuracy": 0.875, "val_loss": 0.375, "val_accuracy": 0.75},
]


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch):
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")


def shown_by(fit, model, *callbacks, epochs=2, **options):
    fit(model, EpochLines(), *callbacks, epochs=epochs, enable_progress_bar=True, **options)


def test_each_epoch_is_one_line_of_its_figures(fit, scripted, capsys):
    shown_by(fit, scripted(FIGURES))
    lines = [re.sub(r"\d+\.\d s$", "SECONDS", line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "epoch 1/2  loss 0.5000  accuracy 0.6250  val_loss 0.7500  val_accuracy 0.5000  SECONDS",
        "epoch 2/2  loss 0.2500  accuracy 0.8750  val_loss 0.3750  val_accuracy 0.7500  SECONDS",
    ]


def test_epochs_line_up(fit, scripted, capsys):
    shown_by(fit, scripted([{"loss": 0.5}] * 10), epochs=10)
    lines = capsys.readouterr().out.splitlines()
    assert [line[:12] for line in (lines[0], lines[9])] == ["epoch  1/10 ", "epoch 10/10 "]


def test_epochs_without_an_end_are_counted_alone(fit, scripted, capsys):
    class Stop(Callback):
        def on_train_epoch_end(self, trainer, pl_module):
            trainer.should_stop = True

    shown_by(fit, scripted(FIGURES), Stop(), epochs=-1)
    assert capsys.readouterr().out.startswith("epoch 1  loss 0.5000  ")


def test_only_the_four_figures_are_shown(fit, capsys):
    shown_by(fit, L2LSTM(vocab_size=20, embedding_dim=3, units=4), epochs=1)
    out = capsys.readouterr().out
    assert "penalty" not in out
    assert "data_loss" not in out


def test_training_without_validation_shows_what_there_is(fit, scripted, capsys):
    shown_by(fit, scripted(FIGURES), epochs=1, validation=False)
    assert re.fullmatch(r"epoch 1/1  loss 0\.5000  accuracy 0\.6250  \d+\.\d s\n", capsys.readouterr().out)


def test_narrow_output_does_not_break_a_line(
    fit,
    scripted,
    capsys,
    monkeypatch,
):
    monkeypatch.setenv("COLUMNS", "20")
    shown_by(fit, scripted(FIGURES))
    assert len(capsys.readouterr().out.splitlines()) == 2


class Bars(Callback):
    """Notes how far each bar has come at the end of every training batch."""

    def __init__(self) -> None:
        self.seen: list[list[tuple[str, float, float | None]]] = []

    def on_train_batch_end(self, trainer: Trainer, *_: object) -> None:
        progress: Progress = trainer.progress_bar_callback._progress  # type: ignore[union-attr]
        self.seen.append([(task.description, task.completed, task.total) for task in progress.tasks])


def test_bar_counts_the_batches_of_an_epoch(fit, scripted):
    bars = Bars()
    shown_by(fit, scripted(FIGURES), bars)
    assert bars.seen == [[(f"epoch {epoch}/2", done, 4)] for epoch in (1, 2) for done in (1, 2, 3, 4)]


def test_validation_within_an_epoch_does_not_take_over_its_bar(fit, scripted):
    bars = Bars()
    shown_by(fit, scripted(FIGURES), bars, epochs=1, val_check_interval=2)
    assert bars.seen[-1] == [("epoch 1/1", 4, 4), ("validation", 3, 3)]


@pytest.mark.usefixtures("terminal")
def test_bars_are_shown_in_a_terminal_and_taken_away(fit, scripted, capsys):
    shown_by(fit, scripted(FIGURES))
    out = capsys.readouterr().out
    assert "━" in out
    assert out.rstrip().endswith(" s")
    assert "val_accuracy 0.7500" in out


@pytest.mark.usefixtures("terminal")
def test_error_takes_the_bars_away(fit, scripted):
    class Breaking(Callback):
        def on_train_batch_end(self, *_: object) -> None:
            raise RuntimeError("broken")

    lines = EpochLines()
    with pytest.raises(RuntimeError, match="broken"):
        fit(scripted(FIGURES), lines, Breaking(), enable_progress_bar=True)
    assert not lines._progress.live.is_started


def test_sanity_check_and_validation_alone_need_no_epoch(fit, scripted):
    shown_by(fit, scripted(FIGURES), num_sanity_val_steps=1)


V, E, H, H2 = 20, 3, 5, 4


def lstm(inputs, units):
    """Keras's LSTM: kernel (inputs, 4 units), recurrent kernel (units, 4 units) and one bias of 4 units."""
    return 4 * (inputs * units + units * units + units)


COUNTS = {
    "BaselineLSTM": [V * E, lstm(E, H), H + 1],
    "L2LSTM": [V * E, lstm(E, H), H + 1],
    "DropoutLSTM": [V * E, lstm(E, H), 0, lstm(H, H2), 0, H2 + 1],
}


def model_of(name, **settings):
    units = (H, H2) if name == "DropoutLSTM" else H
    return LISTINGS[name](**{"vocab_size": V, "embedding_dim": E, "units": units, **settings})


@pytest.mark.parametrize("name", LISTINGS)
def test_numbers_of_parameters_are_those_of_keras(fit, capsys, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "120")
    fit(model_of(name), LayerTable(), epochs=1)
    shown = capsys.readouterr().out
    assert name in shown
    numbers = [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) [│┃|]$", shown, re.MULTILINE)]
    assert numbers == [*COUNTS[name], sum(COUNTS[name])]


def test_second_bias_of_torch_is_not_counted():
    lstm_layer = list(model_of("BaselineLSTM").layers)[1]  # type: ignore[arg-type]
    assert sum(weight.numel() for weight in lstm_layer.parameters()) == lstm(E, H) + 4 * H


@pytest.mark.keras
@pytest.mark.parametrize("name", LISTINGS)
def test_keras_counts_the_same(name):
    import keras

    settings = dict(model_of(name).hparams)
    model = keras.Sequential(LISTINGS[name].keras_listing(keras, settings))
    model.build((None, 7))
    assert [layer.count_params() for layer in model.layers] == COUNTS[name]


def test_any_module_has_a_table(fit, scripted, capsys):
    fit(scripted([{"loss": 0.5}]), LayerTable(), epochs=1)
    assert "Scripted" in capsys.readouterr().out
