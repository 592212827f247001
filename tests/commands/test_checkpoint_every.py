"""`fit --checkpoint_every`: a training that was cut off inside an epoch goes on there, to the same end to the bit."""

import json
import os
import re
import signal
from pathlib import Path

import pytest
import torch

from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.process import Interrupted
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.training.run_checkpoint import RunCheckpoint
from lit_sentiment.training.stopping import FiniteLoss, TimeLimit

STEPS = 9
"""Of an epoch; the last one has 4 reviews, the others 7."""
EPOCHS = 3
MANY = ("--data.batch_size=7", f"--trainer.max_epochs={EPOCHS}", "--model.learning_rate=0.05")
CALLBACKS = json.dumps(
    [
        {"class_path": "KerasReduceLROnPlateau", "init_args": {"monitor": "loss", "mode": "max", "patience": 1}},
        {"class_path": "KerasEarlyStopping", "init_args": {"patience": 2, "restore_best_weights": True}},
    ]
)
RUN = RunFolder(Path("run"))
LAST = ("--run=run", "--ckpt_path=last")
SEQUENTIAL = """layers:
  - Embedding: {output_dim: 5}
  - Dropout: {rate: 0.2}
  - LSTM: {units: 4, dropout: 0.2, recurrent_dropout: 0.1}
  - BatchNormalization
  - Dense: {units: 1, activation: sigmoid}
"""
MODELS = {
    "BaselineLSTM": ("--model=BaselineLSTM",),
    "DropoutLSTM": ("--model=DropoutLSTM", "--model.units=[4, 3]"),
    "DropoutLSTM of torch": ("--model=DropoutLSTM", "--model.units=[4, 3]", "--randomness=torch"),
    "L2LSTM in float64": ("--model=L2LSTM", "--trainer.precision=64-true"),
    "KerasSequential": ("--model=KerasSequential", "--model.architecture=model.yaml"),
    "accumulated": ("--model=BaselineLSTM", "--trainer.accumulate_grad_batches=2"),
}


@pytest.fixture
def fit(command, tiny):
    """Run `fit` on a model with further options."""
    Path("model.yaml").write_text(SEQUENTIAL)

    def fit(model, *options):
        sizes = {"--model.embedding_dim", "--model.units"} if model == "KerasSequential" else set()
        kept = [option for option in tiny if option.partition("=")[0] not in sizes]
        return command("fit", *kept, *MODELS[model], *MANY, *options)

    return fit


@pytest.fixture
def cut_off(fit, monkeypatch):
    """Run `fit` and end it after so many batches in all, whatever else was to come then."""

    def cut_off(model, batches, *options):
        with monkeypatch.context() as patch:
            write = RunCheckpoint.on_train_batch_end

            def write_and_end(self, trainer, *args):
                write(self, trainer, *args)
                if self.monitor is None and trainer.fit_loop.total_batch_idx + 1 == batches:
                    raise Interrupted(signal.SIGKILL)

            patch.setattr(RunCheckpoint, "on_train_batch_end", write_and_end)
            outcome = fit(model, *options)
        assert outcome.code == 128 + signal.SIGKILL, outcome.err
        return outcome

    return cut_off


@pytest.fixture
def cut_off_in_second_epoch(cut_off, made_once):
    """`run`, cut off after four of its steps."""
    made_once(lambda: cut_off("BaselineLSTM", STEPS + 4, "--run=run", "--checkpoint_every=2"))


def whole(run):
    """Everything that decides how a training goes on, and what it says; tensors as numbers with every digit."""
    outcome = {**run.read_finished(), "training_seconds": 0}
    kept = {"history": run.history.read_text(), "outcome": outcome, "identity": run.read_identity()}
    for path in (run.best_checkpoint, run.last_checkpoint):
        checkpoint = torch.load(path, weights_only=True)
        callbacks = {name: state for name, state in checkpoint.pop("callbacks").items() if "Keras" in name}
        with torch.no_grad(), torch._tensor_str.printoptions(profile="full", precision=20):
            kept[path.name] = {name: str(value) for name, value in {**checkpoint, **callbacks}.items()}
    return kept


@pytest.mark.parametrize("model", MODELS)
def test_cut_off_in_the_first_a_middle_and_the_last_epoch_it_comes_to_the_same_end(fit, cut_off, model):
    options = (f"--trainer.callbacks={CALLBACKS}", "--run")
    assert fit(model, *options, "expected").code == 0
    options += ("run", "--checkpoint_every=1")
    cut_off(model, 5, *options)
    for batches in (STEPS + 2, EPOCHS * STEPS):
        cut_off(model, batches, *options, "--ckpt_path=last")
    outcome = fit(model, *options, "--ckpt_path=last")
    assert outcome.code == 0, outcome.err
    assert whole(RUN) == whole(RunFolder(Path("expected")))


def test_cut_off_after_the_first_a_middle_and_the_last_step_of_an_epoch_it_goes_on_there(fit, cut_off):
    """After the last step there is no checkpoint before the validation: the step is done again."""
    assert fit("DropoutLSTM", "--run=expected").code == 0
    options, said = ("--run=run", "--checkpoint_every=1"), ""
    for batches in (1, 5, STEPS, 2 * STEPS):
        said += cut_off("DropoutLSTM", batches, *options).out
        options = ("--checkpoint_every=1", *LAST)
    said += fit("DropoutLSTM", *options).out
    expected = ["0 epochs and 1 steps", "0 epochs and 5 steps", "0 epochs and 8 steps", "1 epochs and 8 steps"]
    assert re.findall("Going on from run/checkpoints/last.ckpt: (.*) done\n", said) == expected
    assert whole(RUN) == whole(RunFolder(Path("expected")))


def test_it_is_written_inside_epochs_but_not_ahead_of_a_validation(fit, monkeypatch):
    """The training would go on behind the validation; the end of the epoch writes anyway."""
    written = []
    write = RunCheckpoint.write_inside_epoch

    def note(self, trainer):
        before = self.path.stat().st_ino if self.path.exists() else None
        write(self, trainer)
        written.append((trainer.global_step, self.path.exists() and self.path.stat().st_ino != before))

    monkeypatch.setattr(RunCheckpoint, "write_inside_epoch", note)
    assert fit("BaselineLSTM", "--run=without").code == 0
    assert written == []
    assert fit("BaselineLSTM", "--run=run", "--checkpoint_every=3").code == 0
    assert written == [(step, step % STEPS != 0) for step in range(3, EPOCHS * STEPS + 1, 3)]
    expected = whole(RunFolder(Path("without")))
    assert whole(RUN) == expected


def test_signal_loses_no_step(fit, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(
            FiniteLoss,
            "on_train_batch_end",
            lambda self, trainer, *_: trainer.global_step == 13 and os.kill(os.getpid(), signal.SIGTERM),
        )
        assert fit("DropoutLSTM", "--run=run", "--checkpoint_every=1000").code == 143
    outcome = fit("DropoutLSTM", *LAST)
    assert outcome.code == 0, outcome.err
    assert "Going on from run/checkpoints/last.ckpt: 1 epochs and 4 steps done\n" in outcome.out
    assert fit("DropoutLSTM", "--run=expected").code == 0
    assert whole(RUN) == whole(RunFolder(Path("expected")))


@pytest.mark.usefixtures("cut_off_in_second_epoch")
@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        (("--model.learning_rate=0.01",), "expected learning_rate as it was, as epoch 2 has begun"),
        (("--optimizer.eps=0.1",), "expected optimizer_settings as it was"),
        (("--trainer.gradient_clip_val=1", "--optimizer=torch.optim.Adam"), "--ckpt_path: "),
        (("--trainer.accumulate_grad_batches=2",), "expected accumulate_grad_batches as it was"),
        (("--trainer.max_epochs=1",), "--trainer.max_epochs: expected 2 or more, as that epoch has begun, found 1"),
        (("--data.batch_size=8",), "batch_size 8 against 7"),
    ],
)
def test_inside_an_epoch_nothing_of_its_steps_changes(fit, options, refusal):
    before = RUN.last_checkpoint.read_bytes(), RUN.config.read_text()
    outcome = fit("BaselineLSTM", *LAST, *options)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome
    assert refusal in outcome.err
    assert (RUN.last_checkpoint.read_bytes(), RUN.config.read_text()) == before
    assert not RUN.finished.exists()


@pytest.mark.usefixtures("cut_off_in_second_epoch")
def test_epoch_that_has_been_ended_by_the_advice_may_be_followed_by_others(fit, cut_off):
    refusal = fit("BaselineLSTM", *LAST, "--model.learning_rate=0.01")
    assert "end that epoch first, by --trainer.max_epochs 2" in refusal.err
    assert fit("BaselineLSTM", *LAST, "--trainer.max_epochs=2").code == 0
    slower = ("--model.learning_rate=0.01", "--checkpoint_every=2")
    cut_off("BaselineLSTM", 2 * STEPS + 5, *LAST, *slower)
    assert fit("BaselineLSTM", *LAST, *slower).code == 0
    stretches = RUN.read_identity()["stretches"]
    assert [(one["first_epoch"], one["learning_rate"]) for one in stretches] == [(0, 0.05), (2, 0.01)]


@pytest.mark.usefixtures("cut_off_in_second_epoch")
def test_patience_may_change_inside_an_epoch_and_holds_from_its_end_on(fit):
    assert fit("BaselineLSTM", *LAST, "--trainer.callbacks=KerasEarlyStopping").code == 0
    assert [one["first_epoch"] for one in RUN.read_identity()["stretches"]] == [0, 1]


def test_time_that_was_over_inside_an_epoch_ends_the_training_after_it(fit, cut_off, monkeypatch):
    limit = "--trainer.max_time=00:01:00:00"
    cut_off("BaselineLSTM", 4, "--run=run", "--checkpoint_every=2", limit)
    monkeypatch.setattr(TimeLimit, "time_elapsed", lambda limit, *_: 4000.0 if hasattr(limit, "seconds") else 0.0)
    assert fit("BaselineLSTM", *LAST, limit).code == 0
    assert len(RUN.read_history()) == 1
    assert torch.load(RUN.last_checkpoint, weights_only=True)["global_step"] == STEPS


def test_weights_that_break_are_not_kept(fit, monkeypatch):
    def break_weights(self, trainer, model, *_):
        if trainer.global_step == 6:
            next(model.parameters()).data[3] = float("nan")

    monkeypatch.setattr(FiniteLoss, "on_train_batch_end", break_weights)
    outcome = fit("BaselineLSTM", "--run=run", "--checkpoint_every=2")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "layers.0.weight became infinite or no numbers in epoch 1" in outcome.err
    assert torch.load(RUN.last_checkpoint, weights_only=True)["global_step"] == 4


@pytest.mark.filterwarnings("ignore:The dirpath has changed")
def test_checkpoint_of_a_user_is_gone_on_from_or_refused(fit):
    """Those of Lightning's own ModelCheckpoint between two steps are as good as ours; others lack the validation."""
    outcomes = []
    for run, settings in {"steps": {"every_n_train_steps": 13}, "late": {"save_on_train_epoch_end": False}}.items():
        keeper = {"class_path": "ModelCheckpoint", "init_args": {**settings, "filename": "{step}", "save_top_k": -1}}
        keeping = f"--trainer.callbacks={json.dumps([keeper])}"
        assert fit("DropoutLSTM", f"--run={run}", keeping).code == 0
        step = settings.get("every_n_train_steps", STEPS)
        checkpoint = f"{run}/more_checkpoints/step={step}.ckpt"
        outcomes.append(fit("DropoutLSTM", f"--run={run} again", keeping, f"--ckpt_path={checkpoint}"))
    assert outcomes[0].code == 0, outcomes[0].err
    assert "1 epochs and 4 steps done" in outcomes[0].out
    assert whole(RunFolder(Path("steps again"))) == whole(RunFolder(Path("steps")))
    assert (outcomes[1].code, outcomes[1].err.count("\n")) == (2, 1), outcomes[1]
    assert "expected the end of an epoch, or a checkpoint of --checkpoint_every, found late/" in outcomes[1].err


@pytest.mark.usefixtures("cut_off_in_second_epoch")
def test_model_inside_an_epoch_is_not_taken_for_that_of_its_end():
    assert [TrainedModel.open(path).epoch for path in (RUN.best_checkpoint, RUN.last_checkpoint)] == [0, None]


@pytest.mark.parametrize("value", ["0", "-3", "1.5", "often"])
def test_other_values_are_refused(fit, value):
    outcome = fit("BaselineLSTM", f"--checkpoint_every={value}")
    assert outcome.code == 2
    assert "checkpoint_every" in outcome.err
    assert not Path("runs").exists()


def test_several_processes_are_refused(fit):
    ddp = ("--trainer.strategy=ddp", "--trainer.devices=2")
    outcome = fit("BaselineLSTM", "--checkpoint_every=3", *ddp)
    assert (outcome.code, outcome.err) == (
        2,
        "error: --checkpoint_every: expected none with --trainer.strategy ddp, found 3\n",
    )
