"""A command imports nothing heavy that it does not use, so that it starts at once."""

import json
import subprocess
import sys

import pytest

from lit_sentiment.cli import COMMANDS

HEAVY = (
    "h5py",
    "jinja2",
    "keras",
    "lightning",
    "markdown",
    "matplotlib",
    "optuna",
    "pandas",
    "pooch",
    "scipy",
    "sklearn",
    "tensorboard",
    "tensorflow",
    "torch",
    "torch._dynamo",
    "torchmetrics",
    "torchtext",
)
"""Packages that take a tenth of a second or more, or that only some commands have a use for."""
WITH_LIGHTNING = {"lightning", "matplotlib", "scipy", "torch", "torch._dynamo", "torchmetrics"}
"""What comes with `import lightning`, which training needs."""

PROBE = f"""\
import json, sys
from lit_sentiment.cli import main
for sys.argv[1:] in json.loads(sys.argv[1]):
    try:
        code = main()
    except SystemExit as leaving:  # --help
        code = leaving.code
    loaded = [name for name in {HEAVY} if name in sys.modules]
    print("\\n" + json.dumps([code or 0, loaded]), file=sys.stderr)
"""


def loaded_by_each(commands, code=0):
    """Run commands one after the other in a new process; return which heavy packages are there after each."""
    commands = [list(map(str, args)) for args in commands]
    probe = [sys.executable, "-c", PROBE, json.dumps(commands)]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("[")]
    assert [one for one, _ in found] == [code] * len(commands), done.stderr
    return {" ".join(args): set(loaded) for args, (_, loaded) in zip(commands, found, strict=True)}


def loaded_by(*args):
    """Run a command as a process of its own, and return which heavy packages it has imported at its end."""
    (loaded,) = loaded_by_each([args]).values()
    return loaded


def test_help_and_listings_need_nothing():
    commands = [["--help"], ["--version"], ["configs"], *([name, "--help"] for name in COMMANDS if name != "fit")]
    assert loaded_by_each(commands) == {" ".join(args): set() for args in commands}


def test_help_of_fit_needs_lightning_whose_trainer_it_describes():
    assert loaded_by("fit", "--help") >= WITH_LIGHTNING


def test_refusal_needs_nothing():
    commands = [
        ["fitt"],
        ["compare", "nowhere"],
        ["diagnose", "nowhere"],
        ["report", "nowhere"],
        ["serve", "nowhere"],
        ["predict", "--ckpt_path", "x", "--output", __file__],
        ["import-keras", "x", "--output", __file__],
        ["export-keras", "--ckpt_path", "x", "--output", __file__],
        ["export", "x", __file__],
        ["suspects", "x", "--output", __file__],
    ]
    assert not set.union(*loaded_by_each(commands, code=2).values()) & {"torch", "lightning"}


@pytest.mark.parametrize(
    ("args", "needed"),
    [
        (["compare", "RUN", "--reference", "RUN", "--picture", "NEW"], {"matplotlib"}),
        (["compare", "RUN", "--reference", "EVENTS", "--picture", "NEW"], {"matplotlib", "tensorboard"}),
        (["diagnose", "HISTORY"], set()),
        (["diagnose", "HISTORY", "--picture", "NEW"], {"matplotlib"}),
        (["diagnose", "EVENTS"], {"tensorboard"}),
        (["predict", "--ckpt_path", "CHECKPOINT", "--text", "good"], {"torch"}),
        (["predict", "--ckpt_path", "CHECKPOINT", "--text", "good", "--allow", "yaml"], WITH_LIGHTNING),
        (["test", "--ckpt_path", "CHECKPOINT"], {"pooch", *WITH_LIGHTNING}),
        (["export-keras", "--ckpt_path", "CHECKPOINT", "--output", "NEW.keras"], {"h5py", *WITH_LIGHTNING}),
        (["export", "CHECKPOINT", "NEW"], {"jinja2", *WITH_LIGHTNING}),
        (["report", "STUDY"], {"jinja2", "markdown", "pooch", "sklearn", "torchtext", *WITH_LIGHTNING}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_command_needs_what_it_uses(trained_run, tmp_path, monkeypatch, args, needed):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # so that no reviews are encoded yet
    places = {
        "RUN": trained_run,
        "HISTORY": trained_run / "history.csv",
        "EVENTS": tmp_path / "events",
        "CHECKPOINT": trained_run / "checkpoints/best.ckpt",
        "NEW": tmp_path / "new.png",
        "NEW.keras": tmp_path / "new.keras",
        "STUDY": tmp_path / "study",
    }
    for sub_run in ("train", "validation"):
        (tmp_path / "events" / sub_run).mkdir(parents=True)
        for file in (trained_run / sub_run).glob("*tfevents*"):
            (tmp_path / "events" / sub_run / file.name).symlink_to(file)
    (tmp_path / "study").mkdir()
    (tmp_path / "study/run").symlink_to(trained_run)
    assert loaded_by(*(places.get(arg, arg) for arg in args)) == needed


@pytest.mark.parametrize("model", ["BaselineLSTM", "DropoutLSTM", "L2LSTM", "KerasSequential"])
def test_models_that_only_judge_say_what_those_that_train_say(command, tiny, tmp_path, model):
    own = {"DropoutLSTM": ["--model.units=[4, 3]"], "KerasSequential": ["--model.architecture=architectures/gru"]}
    options = [one for one in tiny if model != "KerasSequential" or not one.startswith("--model.")]
    assert command("fit", "--model", model, *options, *own.get(model, []), "--run=run").code == 0
    predict = [
        "predict",
        "--ckpt_path",
        "run/checkpoints/last.ckpt",
        "--accelerator=cpu",
        "--text",
        "good",
        "bad shoes",
    ]
    alone = subprocess.run(
        [sys.executable, "-m", "lit_sentiment", *predict], capture_output=True, text=True, check=True
    )
    assert alone.stdout == command(*predict).out
    assert len(alone.stdout.splitlines()) == 3
