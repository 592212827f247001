"""A resumed training is the same one, or says from which epoch on it was another, or is refused."""

import json
from pathlib import Path

import pytest

from lit_sentiment.runs.identity import differences
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.runs.stretches import MAY_CHANGE

STOPPER = json.dumps([{"class_path": "KerasEarlyStopping", "init_args": {"patience": 9}}])
DROPOUT = ("--model", "DropoutLSTM", "--model.units", "[4, 3]")


@pytest.fixture
def resume(command, tiny, copied_run):
    """Train two epochs, then a third with other options; return what came of it and the identity before."""

    def resume(*options, model=()):
        before = RunFolder(copied_run(*model)).read_identity()
        more = ("--run", "run", "--ckpt_path", "last", "--trainer.max_epochs", 3)
        return command("fit", *tiny, *model, *more, *options), before

    return resume


def test_more_epochs_are_the_same_training(resume, run_of):
    outcome, _ = resume()
    assert outcome.code == 0, outcome.err
    whole = RunFolder(run_of("--trainer.max_epochs=3"))
    assert differences(RunFolder(Path("run")).read_identity(), whole.read_identity()) == []


@pytest.mark.parametrize(
    ("options", "model", "named"),
    [
        (("--seed_everything", 1), (), "seed 1 against 0"),
        (("--data.batch_size", 7), (), "batch_size 7 against 16"),
        (("--data.validation_reviews", 24), (), "validation_reviews 24 against 25"),
        (("--data.wrong_label_fraction", 0.4), (), "sha256"),
        (("--trainer.precision", "64-true"), (), "dtype float64 against float32"),
        (("--trainer.precision", "bf16-true"), (), "precision bf16-true"),
        (("--randomness", "torch"), (), "randomness torch against keras"),
        (("--model.dropout", "[0.1, 0.2]"), DROPOUT, "dropout [0.1, 0.2] against [0.5, 0.3]"),
        (("--trainer.limit_train_batches", 2), (), "limit_train_batches 2 against None"),
        (("--optimizer", "torch.optim.Adam"), (), "optimizer"),
    ],
)
def test_what_makes_another_training_is_refused_by_name(resume, options, model, named):
    outcome, before = resume(*options, model=model)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome
    assert outcome.err.startswith("error: --ckpt_path: ")
    assert named in outcome.err
    assert "Going on" not in outcome.out
    run = RunFolder(Path("run"))
    assert run.read_identity() == before
    assert run.finished.exists()
    assert len(run.read_history()) == 2


@pytest.mark.parametrize(
    ("options", "model", "moved"),
    [
        (("--model.learning_rate", 0.02), (), {"learning_rate": (0.001, 0.02)}),
        (("--model.l2", 0.5), ("--model", "L2LSTM"), {"l2": (0.01, 0.5)}),
        (("--trainer.accumulate_grad_batches", 2), (), {"accumulate_grad_batches": (None, 2)}),
        (("--trainer.callbacks", STOPPER), (), {"early_stopping": None}),
        (("--optimizer.eps", 0.1), (), {"optimizer_settings": None}),
    ],
)
def test_what_may_change_is_a_new_stretch(command, resume, options, model, moved):
    outcome, before = resume(*options, model=model)
    assert outcome.code == 0, outcome.err
    identity = RunFolder(Path("run")).read_identity()
    first, second = identity["stretches"]
    ((name, values),) = moved.items()
    assert name in MAY_CHANGE
    assert (first["first_epoch"], second["first_epoch"]) == (0, 2)
    assert first.keys() == second.keys() == {"first_epoch", name}
    assert (first[name], second[name]) == (values or (before[name], identity[name]))
    assert first[name] != second[name]
    again = ("--config", "run/config.yaml", "--ckpt_path", "last", "--trainer.max_epochs", 4)
    assert command("fit", *again).code == 0
    assert RunFolder(Path("run")).read_identity()["stretches"] == identity["stretches"], "the third is no other"


def test_going_on_in_the_folder_of_another_run_is_refused(command, tiny):
    for run in ("one", "two"):
        assert command("fit", *tiny, "--run", run, "--seed_everything", len(run)).code == 0
    before = Path("two/history.csv").read_text()
    onto = ("--ckpt_path", "one/checkpoints/last.ckpt", "--run", "two", "--trainer.max_epochs", 3)
    outcome = command("fit", *tiny, *onto, "--seed_everything", 3)
    assert outcome.code == 2
    assert "found two in use" in outcome.err
    assert Path("two/history.csv").read_text() == before
