"""`fit` on a tiny corpus: what it writes, how it goes on, what it refuses."""

import csv
import json
import random
import re
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from lightning import Trainer

from lit_sentiment.curves.history import FIGURES, History
from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.adam import KerasAdam
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.runs.run_folder import RunFolder

CONFIGS = Path(__file__).parents[2] / "configs"
STUDIES = {*CONFIGS.glob("*study.yaml"), *CONFIGS.glob("claims*.yaml"), CONFIGS / "search.yaml"}
CHECKPOINT = Path("checkpoints/last.ckpt")
DROPOUT = ("--model", "DropoutLSTM", "--model.units", "[4, 3]")


def refused(outcome):
    """Whether it was refused in one line."""
    return outcome.code == 2 and outcome.err.startswith("error: ") and outcome.err.count("\n") == 1


def weights(run, name="last"):
    return torch.load(run / f"checkpoints/{name}.ckpt", weights_only=True)["state_dict"]


def same(ours, theirs):
    assert ours.keys() == theirs.keys()
    tensors = [name for name, value in ours.items() if isinstance(value, torch.Tensor)]
    others = ours.keys() - set(tensors)  # the states of the dropout generators
    return all(torch.equal(ours[name], theirs[name]) for name in tensors) and all(
        ours[name] == theirs[name] for name in others
    )


def curves(run):
    return (run / "history.csv").read_text()


@pytest.fixture
def own_run(copied_run):
    """A finished training of two epochs that may be changed."""
    return copied_run()


def test_run_holds_everything(trained_run):
    files = {path.relative_to(trained_run).as_posix() for path in trained_run.rglob("*") if path.is_file()}
    assert {"config.yaml", "history.csv", "checkpoints/best.ckpt", "checkpoints/last.ckpt"} <= files
    assert len([name for name in files if name.startswith("train/events.out")]) == 1
    assert len([name for name in files if name.startswith("validation/events.out")]) == 1
    assert not [name for name in files if name.endswith(".tmp")]


def test_finished_run_says_what_came_out(trained_run):
    outcome = RunFolder(trained_run).read_finished()
    assert outcome["torch"] == torch.__version__
    assert set(outcome) == {"torch", "lightning", "training_seconds", "epochs", "best_epoch", "verdict"}
    assert (outcome["epochs"], outcome["verdict"]["kind"]) == (2, "too few epochs")
    assert outcome["best_epoch"] == History.read(trained_run / "history.csv").best_epoch
    assert 0 < outcome["training_seconds"] < 60


def test_run_that_is_trained_longer_is_not_finished_meanwhile(command, own_run, monkeypatch):
    finished, fit, seen = RunFolder(own_run).finished, Trainer.fit, []

    def watched_fit(*args, **kwargs):
        seen.append(finished.exists())
        fit(*args, **kwargs)

    monkeypatch.setattr(Trainer, "fit", watched_fit)
    longer = ("fit", "--config", own_run / "config.yaml", "--ckpt_path", "last")
    assert command(*longer).code == 2
    assert finished.exists(), "nothing left to do, so nothing is begun"
    assert command(*longer, "--trainer.max_epochs", 3).code == 0
    assert seen == [False]
    assert RunFolder(own_run).read_finished()["epochs"] == 3


def test_history_has_a_row_an_epoch(trained_run):
    with (trained_run / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["epoch", *FIGURES]
    assert [row["epoch"] for row in rows] == ["0", "1"]
    for row in rows:
        assert all(0 < float(row[name]) < 2 for name in ("loss", "accuracy", "val_loss", "val_accuracy"))
        assert row["penalty"] == row["val_penalty"] == ""


def test_output_tells_the_epochs_and_the_end(command, tiny):
    outcome = command("fit", *tiny)
    assert outcome.code == 0
    assert outcome.err == ""
    history = History.read(Path("runs/BaselineLSTM-ShopReviews-seed0/history.csv"))
    for epoch in (1, 2):
        (line,) = [line for line in outcome.out.splitlines() if line.startswith(f"epoch {epoch}/2")]
        assert f"val_loss {history['val_loss'][epoch - 1]:.4f}" in line
    for part in ("Embedding", "LSTM", "Dense"):
        assert part in outcome.out
    for part in ("Best epoch: ", "Verdict: ", "Try next: ", "Written to ", "Look at it: tensorboard --logdir runs"):
        assert part in outcome.out


def test_quiet_run_has_no_table_and_no_epochs(command, tiny):
    quiet = ("--trainer.enable_progress_bar", "false", "--trainer.enable_model_summary", "false")
    outcome = command("fit", *tiny, *quiet)
    assert outcome.code == 0
    assert "epoch 1/2" not in outcome.out
    assert "Embedding" not in outcome.out
    assert "Verdict: " in outcome.out


def test_second_run_gets_another_folder(command, tiny):
    for _ in range(2):
        assert command("fit", *tiny, "--trainer.max_epochs", 1).code == 0
    names = {path.name for path in Path("runs").iterdir()}
    assert names == {"BaselineLSTM-ShopReviews-seed0", "BaselineLSTM-ShopReviews-seed0-2"}


def test_folder_in_use_is_refused(command, tiny, trained_run):
    before = curves(trained_run)
    outcome = command("fit", *tiny, "--run", trained_run)
    assert refused(outcome)
    assert f"found {trained_run} in use" in outcome.err
    assert curves(trained_run) == before


def test_config_of_a_run_repeats_it(command, trained_run):
    outcome = command("fit", "--config", trained_run / "config.yaml", "--run", "again")
    assert outcome.code == 0
    assert curves(Path("again")) == curves(trained_run)
    assert same(weights(Path("again")), weights(trained_run))


def test_seed_decides_the_run(command, tiny, trained_run):
    assert command("fit", *tiny, "--run", "same").code == 0
    assert command("fit", *tiny, "--run", "other", "--seed_everything", 1).code == 0
    assert curves(Path("same")) == curves(trained_run)
    assert same(weights(Path("same")), weights(trained_run))
    assert curves(Path("other")) != curves(trained_run)


def test_command_line_rules_over_the_config(command, trained_run):
    config = trained_run / "config.yaml"
    assert command("fit", "--config", config, "--run", "longer", "--trainer.max_epochs", 3).code == 0
    assert len(History.read(Path("longer/history.csv"))) == 3


@pytest.mark.parametrize("model", [(), DROPOUT], ids=["BaselineLSTM", "DropoutLSTM"])
@pytest.mark.parametrize("randomness", ["keras", "torch"])
def test_resumed_run_equals_an_uninterrupted_one(command, tiny, model, randomness):
    """Bit for bit; the dropout masks go on where they were."""
    options = ("fit", *tiny, *model, "--randomness", randomness)
    assert command(*options, "--run", "whole", "--trainer.max_epochs", 4).code == 0
    assert command(*options, "--run", "parts").code == 0
    if randomness == "torch":
        torch.rand(5)  # what another process would have drawn by then
    assert curves(Path("parts")) != curves(Path("whole"))
    config = Path("parts/config.yaml")
    outcome = command("fit", "--config", config, "--ckpt_path", "last", "--trainer.max_epochs", 4)
    assert outcome.code == 0, outcome.err
    assert "Going on from parts/checkpoints/last.ckpt: 2 epochs done\n" in outcome.out
    assert curves(Path("parts")) == curves(Path("whole"))
    assert same(weights(Path("parts")), weights(Path("whole")))
    assert same(weights(Path("parts"), "best"), weights(Path("whole"), "best"))


def test_run_is_found_by_its_checkpoint(command, tiny, own_run):
    checkpoint = own_run / CHECKPOINT
    assert command("fit", *tiny, "--ckpt_path", checkpoint, "--trainer.max_epochs", 3).code == 0
    assert len(History.read(own_run / "history.csv")) == 3
    assert not Path("runs").exists()


def test_config_of_a_resumed_run_starts_a_new_training(command, tiny, own_run):
    resume = ("--ckpt_path", own_run / CHECKPOINT, "--trainer.max_epochs", 3)
    assert command("fit", *tiny, *resume).code == 0
    outcome = command("fit", "--config", own_run / "config.yaml", "--run", "anew")
    assert outcome.code == 0
    assert "Going on" not in outcome.out
    assert curves(Path("anew")) == curves(own_run)


@pytest.mark.parametrize(
    ("override", "moved"),
    [(("--model.learning_rate", 0.02), "lr"), (("--optimizer.eps", 0.01), "eps")],
)
def test_optimizer_can_be_overridden_when_resuming(command, tiny, own_run, override, moved):
    """Its settings are those given now, not those of the checkpoint."""
    plain = Path(shutil.copytree(own_run, "plain"))
    for run, options in ((plain, ()), (own_run, override)):
        resume = ("--ckpt_path", run / CHECKPOINT, "--trainer.max_epochs", 3)
        assert command("fit", *tiny, *resume, *options).code == 0
    (before, after) = (
        torch.load(run / CHECKPOINT, weights_only=True)["optimizer_states"][0]["param_groups"][0][moved]
        for run in (plain, own_run)
    )
    assert after == override[1] != before
    assert curves(plain) != curves(own_run)


def test_penalty_can_be_overridden_when_resuming(command, tiny):
    l2 = ("--model", "L2LSTM", "--run", "run")
    assert command("fit", *tiny, *l2).code == 0
    resume = ("--ckpt_path", "last", "--trainer.max_epochs", 3, "--model.l2", 0.25)
    assert command("fit", *tiny, *l2, *resume).code == 0
    penalties = History.read(Path("run/history.csv"))["penalty"]
    assert penalties[2] > 10 * penalties[1]
    stretches = json.loads(Path("run/identity.json").read_text())["stretches"]
    assert [(stretch["first_epoch"], stretch["l2"]) for stretch in stretches] == [(0, 0.01), (2, 0.25)]


def test_epochs_without_validation_are_refused(command, tiny):
    outcome = command("fit", *tiny, "--trainer.check_val_every_n_epoch", "2")
    assert refused(outcome)
    assert "--trainer.check_val_every_n_epoch: expected 1, found 2" in outcome.err


def test_resuming_a_finished_run_is_refused(command, own_run):
    outcome = command("fit", "--config", own_run / "config.yaml", "--run", own_run, "--ckpt_path", "last")
    assert refused(outcome)
    assert "nothing left to do" in outcome.err
    assert "2 of 2 epochs" in outcome.err


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("--model.units", 3), "of other settings"),
        (DROPOUT, "BaselineLSTM of other settings"),
        (("--data.train_reviews", 50), "another vocabulary"),
        (("--optimizer", "torch.optim.SGD"), "expected the state of a SGD"),
    ],
)
def test_resuming_another_training_is_refused(command, tiny, own_run, change, named):
    before = (own_run / "config.yaml").read_text()
    resume = ("--ckpt_path", own_run / CHECKPOINT, "--trainer.max_epochs", 3)
    outcome = command("fit", *tiny, *resume, *change)
    assert refused(outcome), outcome.err
    assert named in outcome.err
    assert (own_run / "config.yaml").read_text() == before


@pytest.mark.parametrize("place", range(6))
def test_damaged_checkpoint_is_refused(command, tiny, own_run, place):
    """A flipped bit anywhere: `torch.load` alone would read some of them as other weights."""
    path = own_run / CHECKPOINT
    content = bytearray(path.read_bytes())
    # The two last are in the directory at the end and in the header at the start.
    offsets = [random.Random(place).randrange(100, len(content) - 4000)] * 4 + [len(content) - 30, 2]
    content[offsets[place]] ^= 1 << random.Random(place).randrange(8)
    path.write_bytes(content)
    outcome = command("fit", *tiny, "--ckpt_path", path, "--trainer.max_epochs", 3)
    assert refused(outcome), (offsets[place], outcome)
    assert "last.ckpt" in outcome.err


def test_cut_checkpoint_is_refused(command, tiny, own_run):
    path = own_run / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-500])
    outcome = command("fit", *tiny, "--ckpt_path", path, "--trainer.max_epochs", 3)
    assert refused(outcome)
    assert "damaged" in outcome.err


class Trap:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path("executed"),)


def test_hostile_checkpoint_is_refused(command, tiny, tmp_path):
    torch.save({"state_dict": Trap()}, tmp_path / "hostile.ckpt")
    outcome = command("fit", *tiny, "--ckpt_path", "hostile.ckpt")
    assert refused(outcome)
    assert not Path("executed").exists()
    torch.load("hostile.ckpt", weights_only=False)
    assert Path("executed").exists(), "the trap does not work, so nothing was tested"


def test_weights_alone_are_no_training(command, tiny, own_run):
    checkpoint = torch.load(own_run / CHECKPOINT, weights_only=True)
    del checkpoint["loops"]
    torch.save(checkpoint, "weights.ckpt")
    outcome = command("fit", *tiny, "--ckpt_path", "weights.ckpt")
    assert refused(outcome)
    assert "only weights" in outcome.err


@pytest.fixture
def optimizers_made(monkeypatch):
    made = []
    configure = SentimentModel.configure_optimizers
    monkeypatch.setattr(SentimentModel, "configure_optimizers", lambda model: made.append(configure(model)) or made[-1])
    return made


def test_ordinary_optimizer_can_be_asked_for(command, tiny, trained_run, optimizers_made):
    assert command("fit", *tiny, "--run", "adam", "--optimizer", "torch.optim.Adam").code == 0
    assert {type(optimizer) for optimizer in optimizers_made} == {torch.optim.Adam}
    assert curves(Path("adam")) != curves(trained_run)
    optimizers_made.clear()
    assert command("fit", *tiny, "--run", "keras", "--optimizer", "KerasAdam").code == 0
    assert {type(optimizer) for optimizer in optimizers_made} == {KerasAdam}
    assert curves(Path("keras")) == curves(trained_run)


def test_randomness_of_torch_is_another_run(command, tiny, trained_run):
    for run in ("one", "two"):
        assert command("fit", *tiny, "--run", run, "--randomness", "torch").code == 0
    assert curves(Path("one")) == curves(Path("two")) != curves(trained_run)


def test_double_precision_is_another_draw_in_float64(command, tiny, trained_run):
    assert command("fit", *tiny, "--run", "double", "--trainer.precision", "64-true").code == 0
    double = weights(Path("double"))
    assert {weight.dtype for weight in double.values()} == {torch.float64}
    assert {weight.dtype for weight in weights(trained_run).values()} == {torch.float32}
    for run, is_float32 in ((Path("double"), False), (trained_run, True)):
        loss = History.read(run / "history.csv")["loss"][0]
        assert (torch.tensor(loss, dtype=torch.float32).item() == loss) == is_float32
    assert torch.get_default_dtype() == torch.float32


def test_vocabulary_size_comes_from_the_data(command, tiny, trained_run):
    assert weights(trained_run)["layers.0.weight"].shape == (200, 5)
    assert command("fit", *tiny, "--run", "smaller", "--data.vocab_size", 31).code == 0
    assert weights(Path("smaller"))["layers.0.weight"].shape == (31, 5)


def test_l2_config_stops_early(command, tiny):
    """A penalty that leaves nothing to learn; `min_delta` says so at once."""
    options = [option for option in tiny if "max_epochs" not in option]
    settings = {"patience": 2, "min_delta": 1.0}
    callbacks = json.dumps(
        [{"class_path": "KerasEarlyStopping", "init_args": {"restore_best_weights": True, **settings}}]
    )
    config = ("--config", CONFIGS / "l2_early_stopping.yaml", "--run", "l2")
    outcome = command("fit", *config, *options, "--trainer.callbacks", callbacks)
    assert outcome.code == 0, outcome.err
    assert "Stopped early: val_loss has not improved on epoch 1" in outcome.out
    assert "Weights: those of epoch 1, restored" in outcome.out
    history = History.read(Path("l2/history.csv"))
    assert len(history) == 3
    for epoch in range(3):
        assert history["loss"][epoch] == pytest.approx(
            history["data_loss"][epoch] + history["penalty"][epoch], rel=1e-6
        )


@pytest.mark.parametrize("config", sorted(set(CONFIGS.glob("*.yaml")) - STUDIES), ids=lambda path: path.stem)
def test_shipped_config_is_understood(command, config):
    outcome = command("fit", "--config", config, "--print_config")
    assert outcome.code == 0, outcome.err
    shipped, printed = yaml.safe_load(config.read_text()), yaml.safe_load(outcome.out)

    def holds(given, found):
        if isinstance(given, dict):
            return all(holds(value, found[key]) for key, value in given.items())
        if isinstance(given, list):
            return len(given) == len(found) and all(map(holds, given, found))
        return given == found or str(found).endswith(f".{given}")

    assert shipped
    assert holds(shipped, printed)


def test_configs_compose(command):
    configs = [part for name in ("dropout", "imdb") for part in ("--config", CONFIGS / f"{name}.yaml")]
    printed = yaml.safe_load(command("fit", *configs, "--print_config").out)
    assert printed["model"]["class_path"].endswith("DropoutLSTM")
    assert printed["data"]["class_path"].endswith("Imdb")
    assert printed["data"]["init_args"]["max_length"] == 200


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--optimizer", "KerasAdam", "--optimizer.eps", -1), "0 or more"),
        (("--seed_everything", -1), "--seed_everything"),
        (("--trainer.callbacks", "ModelCheckpoint", "--trainer.callbacks.monitor", "val_los"), "val_los"),
        ((*DROPOUT, "--trainer.precision", "bf16-true"), "--randomness torch"),
    ],
)
def test_settings_that_cannot_train_are_refused(command, tiny, options, named):
    outcome = command("fit", *tiny, *options)
    assert refused(outcome), outcome
    assert named in outcome.err


def test_diverged_training_names_the_step(command, tiny):
    outcome = command("fit", *tiny, "--model.learning_rate", 1e38, "--optimizer", "torch.optim.SGD")
    assert refused(outcome)
    assert "the loss became" in outcome.err
    assert "step" in outcome.err


def test_drawn_seed_is_recorded_and_repeats_the_run(command, tiny):
    for run in ("one", "two"):
        assert command("fit", *tiny, "--run", run, "--seed_everything", "true").code == 0
    seeds = [RunFolder(Path(run)).read_identity()["seed"] for run in ("one", "two")]
    assert seeds[0] != seeds[1]
    assert all(type(seed) is int for seed in seeds)
    assert command("fit", "--config", "one/config.yaml", "--run", "again").code == 0
    assert curves(Path("again")) == curves(Path("one")) != curves(Path("two"))


def test_run_without_a_seed_is_refused(command, tiny):
    outcome = command("fit", *tiny, "--seed_everything", "false")
    assert refused(outcome)
    assert "true to draw one" in outcome.err


@pytest.mark.parametrize("resumed", [False, True])
@pytest.mark.parametrize(
    ("fault", "code"), [(InputError("refused"), 2), (KeyboardInterrupt(), 130), (ZeroDivisionError(), 1)], ids=repr
)
def test_training_that_does_not_begin_leaves_the_folder_as_it_was(
    command, tiny, trained_run, monkeypatch, resumed, fault, code
):
    """Also what the user laid there meanwhile."""
    if resumed:
        shutil.copytree(trained_run, "new/run")
    before = {path: path.is_file() and path.read_bytes() for path in Path().rglob("*")}

    def fit(*_, **__):
        Path("new/run/notes.txt").write_text("of the user")
        raise fault

    monkeypatch.setattr(Trainer, "fit", fit)
    resume = ("--ckpt_path", "last", "--trainer.max_epochs", 3, "--model.learning_rate", 0.5) if resumed else ()
    outcome = command("fit", *tiny, "--run", "new/run", *resume)
    assert outcome.code == code
    if code == 1:
        Path(outcome.err.split("; see ")[1].strip()).unlink()
    assert Path("new/run/notes.txt").read_text() == "of the user"
    after = {path: path.is_file() and path.read_bytes() for path in Path().rglob("*")}
    new = after.keys() - before.keys()
    assert {path.name for path in new} == ({"notes.txt"} if resumed else {"new", "run", "notes.txt"})
    assert {path: after[path] for path in before} == before


def test_table_of_a_profiler_is_printed(command, tiny):
    assert "run_training_batch" in command("fit", *tiny, "--trainer.profiler", "simple").out


TWICE = json.dumps([{"class_path": "KerasEarlyStopping"}] * 2)


@pytest.mark.parametrize(
    "options",
    [
        ("--trainer.callbacks", TWICE),
        ("--optimizer", "torch.optim.AdamW", "--optimizer.fused", "true", "--optimizer.foreach", "true"),
        ("--optimizer", "torch.optim.Adam", "--optimizer.differentiable", "true"),
        ("--optimizer", "torch.optim.Adam", "--optimizer.capturable", "true"),
        ("--trainer.limit_train_batches", 0.001),
    ],
)
def test_what_lightning_or_torch_refuses_is_one_line_and_leaves_nothing(command, tiny, options):
    outcome = command("fit", *tiny, "--run", "run", *options)
    assert refused(outcome), outcome
    assert not Path("run").exists()


def test_linear_model_is_told_of_where_it_is_asked_for(command, tiny):
    assert "Linear model" not in command("fit", *tiny, "--run", "plain").out
    asked = command("fit", *tiny, "--run", "asked", "--linear_baseline", "true").out
    line = next(line for line in asked.splitlines() if line.startswith("Linear model: "))
    assert re.fullmatch(r"Linear model: val_loss 0\.\d{4}, val_accuracy [01]\.\d{4} \(logistic regression .*\)", line)
