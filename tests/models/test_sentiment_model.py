"""What the three models share: figures, penalty, optimiser, checkpoints."""

import inspect
import json
import random
from functools import partial

import lightning
import pytest
import torch
from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits

from lit_sentiment.data.batches import Batches
from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.models import L2LSTM, LISTINGS, BaselineLSTM, DropoutLSTM
from lit_sentiment.models.checkpoint_file import data_state
from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.training.history_recorder import HistoryRecorder

TRAIN, VALIDATION, LENGTH, VOCAB, DIM, UNITS, BATCH = 11, 7, 6, 13, 5, 3, 4
"""Neither 11 nor 7 is a multiple of 4: the last batches are smaller."""

ROUNDING = 1e-6
"""Float32 means of a few numbers below 1; measured: 6e-8."""


def still(weights, lr):
    """An optimiser that moves nothing, so that figures can be computed afterwards."""
    return torch.optim.SGD(weights, lr=0.0)


def arrays(count):
    generator = torch.Generator().manual_seed(count)
    token_ids = torch.randint(VOCAB, (count, LENGTH), generator=generator, dtype=torch.int32)
    return token_ids, torch.randint(2, (count,), generator=generator, dtype=torch.int32)


@pytest.fixture
def fit():
    def fit(model, **kwargs):
        recorder = HistoryRecorder()
        trainer = lightning.Trainer(
            max_epochs=1,
            accelerator="cpu",
            callbacks=[recorder],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            **kwargs,
        )
        trainer.fit(model, Batches(*arrays(TRAIN), BATCH), Batches(*arrays(VALIDATION), BATCH))
        return trainer, recorder.history.epoch(0)

    return fit


def expected_figures(model, count):
    token_ids, labels = arrays(count)
    with torch.no_grad():
        logits = model(token_ids)
    data_loss = binary_cross_entropy_with_logits(logits, labels.float()).item()
    return data_loss, ((torch.sigmoid(logits) > 0.5) == labels.bool()).float().mean().item()


def spread(model):
    """Make the reviews differ much, so that a mean of means is seen."""
    with torch.no_grad():
        model.layers[0].weight.mul_(60)
        model.layers[-1].weight.mul_(5)
    return model


def test_figures_are_means_over_reviews(fit):
    model = spread(BaselineLSTM(VOCAB, DIM, UNITS, optimizer=still))
    _, figures = fit(model)
    for prefix, count in (("", TRAIN), ("val_", VALIDATION)):
        data_loss, accuracy = expected_figures(model, count)
        assert figures[f"{prefix}loss"] == pytest.approx(data_loss, abs=ROUNDING)
        assert figures[f"{prefix}accuracy"] == pytest.approx(accuracy, abs=ROUNDING)

        token_ids, labels = arrays(count)
        batches = zip(token_ids.split(BATCH), labels.float().split(BATCH), strict=True)
        with torch.no_grad():
            means = [binary_cross_entropy_with_logits(model(ids), wanted).item() for ids, wanted in batches]
        assert abs(figures[f"{prefix}loss"] - sum(means) / len(means)) > 1000 * ROUNDING, "a mean of batch means"


def test_model_without_regularizer_has_no_penalty(fit):
    model = BaselineLSTM(VOCAB, DIM, UNITS, optimizer=still)
    _, figures = fit(model)
    assert model.penalty() is None
    assert set(figures) == {"loss", "accuracy", "val_loss", "val_accuracy"}


@pytest.mark.parametrize(("prefix", "count"), [("", TRAIN), ("val_", VALIDATION)])
def test_penalty_is_part_of_loss_and_val_loss(fit, prefix, count):
    model = spread(L2LSTM(VOCAB, DIM, UNITS, l2=0.02, optimizer=still))
    _, figures = fit(model)
    embedding, lstm, _ = model.layers
    penalty = 0.02 * sum((weight.double() ** 2).sum().item() for weight in (embedding.weight, lstm.weight_ih_l0))
    data_loss, _ = expected_figures(model, count)
    assert penalty > 0.1
    assert figures[f"{prefix}penalty"] == pytest.approx(penalty, rel=ROUNDING)
    assert figures[f"{prefix}data_loss"] == pytest.approx(data_loss, abs=ROUNDING)
    assert figures[f"{prefix}loss"] == pytest.approx(data_loss + penalty, rel=ROUNDING)


def test_training_figures_come_from_before_each_update(fit):
    model = BaselineLSTM(VOCAB, DIM, UNITS)
    before, _ = expected_figures(model, TRAIN)
    trainer, figures = fit(model, limit_train_batches=1)
    token_ids, labels = arrays(TRAIN)
    with torch.no_grad():
        after = binary_cross_entropy_with_logits(model(token_ids[:BATCH]), labels[:BATCH].float()).item()
    assert trainer.global_step == 1
    assert abs(figures["loss"] - after) > 10 * ROUNDING
    assert figures["loss"] != pytest.approx(before, abs=ROUNDING), "of the one batch, not of all"


def with_logits(logits):
    """A model that answers with these logits."""
    model = BaselineLSTM(VOCAB, DIM, UNITS)
    model.forward = lambda token_ids: torch.tensor(logits)
    model.log_dict = lambda figures, **_: model.__dict__.update(figures=figures)
    return model


@pytest.mark.parametrize(
    ("logits", "labels", "accuracy"),
    [
        ([1.0, -1.0, 2.0], [1, 0, 0], 2 / 3),
        ([0.0, 0.0], [1, 0], 1 / 2),  # a probability of exactly one half is not above it
        ([1e-9], [1], 0.0),  # whose sigmoid is one half in float32: Keras compares after the sigmoid
        ([1e-6], [1], 1.0),
        ([-0.4], [0], 1.0),
    ],
)
def test_accuracy_counts_probabilities_above_one_half(logits, labels, accuracy):
    model = with_logits(logits)
    model.training_step((torch.zeros(len(labels), LENGTH), torch.tensor(labels, dtype=torch.int32)), 0)
    assert model.figures["accuracy"].item() == pytest.approx(accuracy)


def test_loss_is_not_clipped():
    """Keras takes the logits from behind the sigmoid; probabilities clipped at 1e-7 would stop at 16.1."""
    logit = 40.0
    model = with_logits([logit])
    loss = model.training_step((torch.zeros(1, LENGTH), torch.zeros(1, dtype=torch.int32)), 0)
    assert loss.item() == logit
    clipped = binary_cross_entropy(torch.sigmoid(torch.tensor([logit])).clamp(1e-7, 1 - 1e-7), torch.zeros(1))
    assert clipped.item() < 17


def gradients(model):
    """Of the loss of the first batch, by weight."""
    model.log_dict = lambda figures, **_: None
    model.training_step(next(iter(Batches(*arrays(TRAIN), BATCH))), 0).backward()
    return {name: weight.grad.to_dense() for name, weight in model.named_parameters() if weight.requires_grad}


def test_penalty_has_its_gradient_in_the_loss():
    """Of the weights that have a regulariser, and of no other."""
    penalized, free = L2LSTM(VOCAB, DIM, UNITS, l2=0.25), BaselineLSTM(VOCAB, DIM, UNITS)
    free.load_state_dict(penalized.state_dict())
    with_penalty, without = gradients(penalized), gradients(free)
    regularized = {"layers.0.weight", "layers.1.weight_ih_l0"}
    for name, weight in penalized.named_parameters():
        if weight.requires_grad:
            expected = without[name] + (0.5 * weight.detach() if name in regularized else 0)
            torch.testing.assert_close(with_penalty[name], expected, rtol=0, atol=ROUNDING)
    assert (with_penalty["layers.0.weight"] - without["layers.0.weight"]).abs().max() > 100 * ROUNDING


@pytest.mark.parametrize(
    "optimizer",
    [KerasAdam, torch.optim.AdamW, torch.optim.Rprop, torch.optim.SGD, partial(torch.optim.Adagrad, foreach=False)],
)
def test_penalty_moves_the_weights_whatever_the_optimizer(fit, optimizer):
    """It rode in the optimiser's weight decay once, which Rprop does not have and AdamW reads otherwise."""
    moved = []
    for l2 in (0.0, 0.5):
        torch.manual_seed(1)
        random.seed(1)
        model = L2LSTM(VOCAB, DIM, UNITS, l2=l2, optimizer=optimizer)
        fit(model)
        moved.append(model.layers[1].weight_ih_l0.detach())
    assert (moved[0] - moved[1]).abs().max() > 100 * ROUNDING


def test_optimizer_gets_the_trained_weights_and_the_learning_rate():
    model = L2LSTM(VOCAB, DIM, UNITS, l2=0.03, learning_rate=0.004)
    optimizer = model.configure_optimizers()
    assert type(optimizer) is KerasAdam
    (group,) = optimizer.param_groups
    assert group["lr"] == 0.004
    assert set(group["params"]) == set(model.parameters()) - {model.layers[1].bias_hh_l0}


@pytest.mark.parametrize("name", LISTINGS)
@pytest.mark.parametrize("optimizer", [KerasAdam, torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD])
def test_any_optimizer_trains(fit, name, optimizer):
    units = (UNITS, 2) if name == "DropoutLSTM" else UNITS
    model = LISTINGS[name](VOCAB, DIM, units, optimizer=optimizer)
    before = [weight.detach().clone() for weight in model.parameters() if weight.requires_grad]
    trainer, _ = fit(model)
    assert type(trainer.optimizers[0]) is optimizer
    after = [weight for weight in model.parameters() if weight.requires_grad]
    assert not any(torch.equal(old, new) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("model", "optimizer", "sparse"),
    [
        (BaselineLSTM, KerasAdam, True),
        (BaselineLSTM, torch.optim.Adam, False),
        (L2LSTM, KerasAdam, False),
    ],
)
def test_gradients_are_sparse_for_kerass_adam_alone(fit, model, optimizer, sparse):
    trained = model(VOCAB, DIM, UNITS, optimizer=optimizer)
    fit(trained)
    assert trained.layers[0].sparse is sparse


def test_asking_for_an_optimizer_changes_nothing():
    model = BaselineLSTM(VOCAB, DIM, UNITS, optimizer=torch.optim.Adam)
    before = model.layers[0].sparse
    model.configure_optimizers()
    assert model.layers[0].sparse is before


def test_predictions_are_probabilities():
    model = BaselineLSTM(VOCAB, DIM, UNITS)
    token_ids, labels = arrays(TRAIN)
    probabilities = model.predict_step((token_ids, labels), 0)
    assert probabilities.shape == (TRAIN,)
    assert torch.equal(probabilities, torch.sigmoid(model(token_ids)))


@pytest.mark.parametrize("name", LISTINGS)
def test_hyperparameters_are_plain_values(name):
    model = LISTINGS[name](VOCAB, DIM)
    assert json.loads(json.dumps(dict(model.hparams))).keys() == model.hparams.keys()
    assert model.hparams.keys() == inspect.signature(LISTINGS[name]).parameters.keys() - {"optimizer"}


def test_checkpoint_holds_what_the_model_needs_without_its_data(shop, tmp_path):
    data = shop()
    model = DropoutLSTM(data.vocab_size, DIM, (UNITS, 2))
    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(model, data)
    trainer.save_checkpoint(tmp_path / "model.ckpt")
    checkpoint = torch.load(tmp_path / "model.ckpt", weights_only=True)
    assert checkpoint["model_class"] == "DropoutLSTM"
    kept = checkpoint["ShopReviews"]
    assert kept["text_encoder"] == data.encoder.state_dict()
    assert kept["class_path"] == "ShopReviews"
    assert kept["init_args"]["train_reviews"] == 23
    trained = TrainedModel.open(tmp_path / "model.ckpt")
    token_ids = data.arrays("validation").token_ids
    with torch.inference_mode():  # with gradients torch's LSTM takes another path, which rounds otherwise
        logits = model.eval()(torch.from_numpy(token_ids))
    assert torch.equal(trained.logits(token_ids), logits)


def test_checkpoint_of_plain_batches_needs_no_data_module(fit, tmp_path):
    trainer, _ = fit(BaselineLSTM(VOCAB, DIM, UNITS))
    trainer.save_checkpoint(tmp_path / "model.ckpt")
    checkpoint = torch.load(tmp_path / "model.ckpt", weights_only=True)
    with pytest.raises(KeyError, match="text_encoder"):
        data_state(checkpoint)
    copy = BaselineLSTM.load_from_checkpoint(tmp_path / "model.ckpt", weights_only=True)
    assert torch.equal(copy.layers[0].weight, checkpoint["state_dict"]["layers.0.weight"])


def test_torchs_random_numbers_go_on_from_the_checkpoint():
    model = BaselineLSTM(VOCAB, DIM, UNITS)
    checkpoint = {}
    model.on_save_checkpoint(checkpoint)
    expected = torch.rand(3)
    assert not torch.equal(torch.rand(3), expected)
    model.on_load_checkpoint(checkpoint)
    assert torch.equal(torch.rand(3), expected)
