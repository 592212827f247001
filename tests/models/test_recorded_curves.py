"""Whole trainings against those that Keras recorded (scripts/record_keras_curves.py), and each wrong ingredient.

Nothing here imports TensorFlow.
"""

import json
import random
from functools import partial
from pathlib import Path

import lightning
import pytest
import torch
from torch.nn import functional
from torch.nn.functional import binary_cross_entropy

from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.keras_semantics.layers import Dropout
from lit_sentiment.keras_semantics.regularizers import L2
from lit_sentiment.models import L2LSTM, LISTINGS, BaselineLSTM

FIXTURES = Path(__file__).parent / "fixtures"
CASES = {case["model"]: case for case in json.loads((FIXTURES / "curves.json").read_text())["cases"]}
(STEPS,) = json.loads((FIXTURES / "steps.json").read_text())["cases"]
EPOCHS = 4

TOLERANCE = {"float64": 1e-10, "float32": 2e-6}
"""Fifty steps of rounding, which float64 never lets grow farther; measured: 4e-16 and 1.5e-7."""
STEP_TOLERANCE = 1e-14
"""Five steps of float64 rounding on weights of about 1; measured: 1.4e-16."""
CLEARLY = 1000
"""How many tolerances a wrong ingredient has to move a curve by to count as seen."""

RUNS = [(name, run) for name, case in CASES.items() for run in case["runs"]]
RUN_NAMES = [f"{name}-seed{run['seed']}-{run['dtype']}" for name, run in RUNS]


@pytest.fixture
def distance(train):
    """Repeat a recorded training, and return the largest distance of each of its curves from Keras's."""

    def distance(name, run, **ingredients):
        case = CASES[name]
        _, ours = train(
            name,
            case["settings"],
            case["train_token_ids"],
            case["train_labels"],
            (case["validation_token_ids"], case["validation_labels"]),
            case["batch_size"],
            EPOCHS,
            run["seed"],
            run["dtype"],
            **ingredients,
        )
        theirs = run["curves"]
        assert {len(ours[figure]) for figure in theirs} == {EPOCHS}
        return {
            figure: max(abs(our - their) for our, their in zip(ours[figure], theirs[figure], strict=True))
            for figure in theirs
        }

    return distance


def test_every_model_and_figure_is_recorded():
    assert set(CASES) == set(LISTINGS)
    for _, run in RUNS:
        assert set(run["curves"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}


@pytest.mark.parametrize(("name", "run"), RUNS, ids=RUN_NAMES)
def test_curves_are_those_of_keras(distance, name, run):
    distances = distance(name, run)
    assert max(distances.values()) <= TOLERANCE[run["dtype"]], distances


class MergedAdam(KerasAdam):
    """The second moment of the sum: what Keras 2 did, and Keras 3 does where gradients are dense."""

    def update(self, parameter, gradient, *others):
        super().update(parameter, gradient.merged(), *others)


class MaskedLSTM(BaselineLSTM):
    """Leaves the padding out, as `Embedding(mask_zero=True)` would."""

    def forward(self, token_ids):
        return torch.cat([super(MaskedLSTM, self).forward(review[review > 0][None]) for review in token_ids])


class ClippedLoss(BaselineLSTM):
    """Computes the loss from probabilities clipped as Keras clips those that come without logits."""

    def training_step(self, batch, batch_idx):
        token_ids, labels = batch
        probabilities = torch.sigmoid(self(token_ids)).clamp(1e-7, 1 - 1e-7)
        super().training_step(batch, batch_idx)
        return binary_cross_entropy(probabilities, labels.to(probabilities.dtype))


class FreeFigures(L2LSTM):
    """Trains with the penalty and does not count it."""

    def log_dict(self, figures, **kwargs):
        free = {name.replace("data_", ""): figure for name, figure in figures.items() if "data_loss" in name}
        super().log_dict({**figures, **free}, **kwargs)


class FreeGradient(L2LSTM):
    """Counts the penalty and does not train on it."""

    def penalty(self):
        return super().penalty().detach()


class DecayInstead(L2LSTM):
    """Trains with a decay in the optimiser, as AdamW has it."""

    def configure_optimizers(self):
        return KerasAdam([weight for weight in self.parameters() if weight.requires_grad], weight_decay=0.02)

    def penalty(self):
        return super().penalty().detach()


def train_second_bias(model):
    model.layers[1].bias_hh_l0.requires_grad_(True)


def freeze_padding_row(model):
    layer = model.layers[0]
    layer.forward = lambda token_ids, mask: functional.embedding(token_ids, layer.weight, 0, sparse=layer.sparse)


def count_dropout_from_one(model):
    for layer in model.layers:
        if isinstance(layer, Dropout):
            layer.seed_generator.counter = 1


def penalize_recurrent_kernel(model):
    model.layers[1].recurrent_regularizer = L2(0.01)


def take_a_seed():
    random.randint(1, 10**9)


TWINS = {
    "plain second moment": ("BaselineLSTM", {"settings": {"optimizer": MergedAdam}}),
    "torch's Adam": ("BaselineLSTM", {"settings": {"optimizer": torch.optim.Adam}}),
    "torch's Adam with Keras's epsilon": ("L2LSTM", {"settings": {"optimizer": partial(torch.optim.Adam, eps=1e-7)}}),
    "torch's epsilon": ("L2LSTM", {"settings": {"optimizer": partial(KerasAdam, eps=1e-8)}}),
    "layer seeds one late": ("BaselineLSTM", {"before_construction": take_a_seed}),
    "torch's random numbers": ("BaselineLSTM", {"settings": {"randomness": "torch"}}),
    "another permutation": ("BaselineLSTM", {"shuffle_seed_offset": 1}),
    "a trained second bias": ("BaselineLSTM", {"mend_model": train_second_bias}),
    "a mask on the padding": ("BaselineLSTM", {"model_class": MaskedLSTM}),
    "a padding row that is not trained": ("BaselineLSTM", {"mend_model": freeze_padding_row}),
    "dropout counted from one": ("DropoutLSTM", {"mend_model": count_dropout_from_one}),
    "dropout layers exchanged": ("DropoutLSTM", {"settings": {"dropout": (0.3, 0.5)}}),
    "no penalty in the figures": ("L2LSTM", {"model_class": FreeFigures}),
    "no penalty in the gradient": ("L2LSTM", {"model_class": FreeGradient}),
    "a decay in place of the penalty": ("L2LSTM", {"model_class": DecayInstead}),
    "half of the penalty": ("L2LSTM", {"settings": {"l2": 0.005}}),
    "a penalty on the recurrent kernel": ("L2LSTM", {"mend_model": penalize_recurrent_kernel}),
}


@pytest.mark.parametrize("twin", TWINS)
def test_wrong_ingredient_moves_the_curves(distance, ingredients, twin):
    name, wrong = TWINS[twin]
    run = CASES[name]["runs"][0]
    assert run["dtype"] == "float64"
    distances = distance(name, run, ingredients=ingredients(**wrong))
    assert min(distances["loss"], distances["val_loss"]) > CLEARLY * TOLERANCE["float64"], distances


@pytest.mark.parametrize("twin", ["plain second moment", "layer seeds one late", "another permutation"])
def test_float32_sees_wrong_ingredients_too(distance, ingredients, twin):
    name, wrong = TWINS[twin]
    run = CASES[name]["runs"][2]
    assert run["dtype"] == "float32"
    assert distance(name, run, ingredients=ingredients(**wrong))["val_loss"] > 10 * TOLERANCE["float32"]


def test_clipped_loss_makes_no_difference_here(distance, ingredients):
    """No probability of so short a training comes near 1e-7; test_sentiment_model shows where it does differ."""
    name = "BaselineLSTM"
    distances = distance(name, CASES[name]["runs"][0], ingredients=ingredients(model_class=ClippedLoss))
    assert max(distances.values()) <= TOLERANCE["float64"], distances


class WeightKeeper(lightning.Callback):
    """Keeps the weights in Keras's order and layout, before training and after each step."""

    def __init__(self):
        self.weights = []

    def on_train_start(self, trainer, pl_module):
        embedding, lstm, dense = pl_module.layers
        kept = [embedding.weight, lstm.weight_ih_l0.T, lstm.weight_hh_l0.T, lstm.bias_ih_l0, dense.weight.T, dense.bias]
        self.weights.append([weight.detach().clone() for weight in kept])

    def on_train_batch_end(self, trainer, pl_module, *_):
        self.on_train_start(trainer, pl_module)


@pytest.fixture
def step_distances(train, ingredients):
    """Repeat the recorded steps, and return the largest distance of any weight from Keras's after each of them."""

    def step_distances(**settings):
        keeper = WeightKeeper()
        train(
            STEPS["model"],
            STEPS["settings"],
            STEPS["train_token_ids"],
            STEPS["train_labels"],
            (STEPS["train_token_ids"], STEPS["train_labels"]),
            STEPS["batch_size"],
            1,
            STEPS["seed"],
            "float64",
            ingredients(settings=settings, callbacks=[keeper]),
        )
        return [
            max(
                (our - torch.tensor(their, dtype=torch.float64)).abs().max().item()
                for our, their in zip(ours, theirs, strict=True)
            )
            for ours, theirs in zip(keeper.weights, STEPS["weights"], strict=True)
        ]

    return step_distances


def test_weights_are_those_of_keras_after_each_step(step_distances):
    distances = step_distances()
    assert len(distances) == 1 + 5
    assert max(distances) <= STEP_TOLERANCE, distances


@pytest.mark.parametrize("optimizer", [MergedAdam, torch.optim.Adam, partial(KerasAdam, eps=1e-8)])
def test_another_optimizer_is_off_from_the_first_step(step_distances, optimizer):
    initial, *stepped = step_distances(optimizer=optimizer)
    assert initial <= STEP_TOLERANCE
    assert min(stepped) > CLEARLY * STEP_TOLERANCE, stepped


def test_ingredients_are_told_apart_from_a_training_that_did_not_happen(distance, ingredients):
    """An optimiser that never moves has to be seen as well, or the curves are too flat to say anything."""
    name = "BaselineLSTM"
    still = ingredients(mend_model=lambda model: setattr(model, "learning_rate", 0.0))
    assert distance(name, CASES[name]["runs"][0], ingredients=still)["val_loss"] > 1e-3
