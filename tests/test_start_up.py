"""A command imports nothing heavy that it does not use, so that it starts at once."""

import json
import subprocess
import sys

import pytest

from lit_sentiment import cli

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
COMES_WITH = {
    "json": set[str](),
    "torch": {"torch"},
    "torchmetrics": {"matplotlib", "scipy", "torch", "torchmetrics"},
    "lightning": {"lightning", "matplotlib", "scipy", "torch", "torch._dynamo", "torchmetrics"},
}
"""What an import brings with it."""

PROBE = f"""\
import importlib, json, os, sys
from lit_sentiment.cli import main
commands, imported = map(json.loads, sys.argv[1:])
for name in imported:
    importlib.import_module(name)
for sys.argv[1:] in commands:
    if os.fork():
        os.wait()
        continue
    try:
        code = main()
    except SystemExit as leaving:  # --help
        code = leaving.code
    loaded = [name for name in {HEAVY} if name in sys.modules]
    print("\\n" + json.dumps([code or 0, loaded]), file=sys.stderr, flush=True)
    os._exit(0)
"""


def loaded_by_each(commands, imported=(), code=0):
    """Run each command in a process of its own; return what they print, and which heavy packages each has at its end.

    What they all need is imported once, before they part.
    """
    commands = [list(map(str, args)) for args in commands]
    probe = [sys.executable, "-c", PROBE, json.dumps(commands), json.dumps(imported)]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("[")]
    assert [one for one, _ in found] == [code] * len(commands), done.stderr
    return done.stdout, [set(loaded) for _, loaded in found]


def test_help_and_listings_need_nothing():
    commands = [["--help"], ["--version"], ["configs"], *([name, "--help"] for name in cli.COMMANDS if name != "fit")]
    _, loaded = loaded_by_each(commands)
    assert dict(zip(map(" ".join, commands), loaded, strict=True)) == {" ".join(args): set() for args in commands}


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
        ["report", "nowhere", "--mistakes", "many"],
        ["export", "x", "y", "--onyx"],
    ]
    _, loaded = loaded_by_each(commands, code=2)
    assert not set.union(*loaded) & {"torch", "lightning"}


NEEDED_BESIDE = {
    "json": [
        (["compare", "RUN", "--reference", "RUN", "--picture", "NEW"], {"matplotlib"}),
        (["compare", "RUN", "--reference", "EVENTS", "--picture", "NEW2"], {"matplotlib", "tensorboard"}),
        (["diagnose", "HISTORY"], set()),
        (["diagnose", "HISTORY", "--picture", "NEW3"], {"matplotlib"}),
        (["diagnose", "EVENTS"], {"tensorboard"}),
    ],
    "torch": [
        (["predict", "--ckpt_path", "CHECKPOINT", "--text", "good"], set()),
        (["export", "CHECKPOINT", "NEW"], {"jinja2"}),
        (["export-keras", "--ckpt_path", "CHECKPOINT", "--output", "NEW.keras"], {"h5py"}),
        (["import-keras", "NEW.keras", "--output", "NEW.ckpt", "--encoder_from", "CHECKPOINT"], {"h5py"}),
        (["suspects", "RUN", "--output", "NEW.csv"], {"pooch", "scipy", "sklearn", "torchtext"}),
    ],
    "torchmetrics": [
        (["test", "--ckpt_path", "CHECKPOINT"], {"pooch"}),
        (["report", "STUDY"], {"jinja2", "markdown", "pooch", "sklearn", "torchtext"}),
    ],
    "lightning": [(["fit", "--config", "CONFIG", "--run", "NEW4"], {"tensorboard"})],
}


@pytest.mark.parametrize("shared", NEEDED_BESIDE)
def test_command_needs_what_it_uses(trained_run, tmp_path, monkeypatch, shared):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # so that no reviews are encoded yet
    places = {
        "RUN": trained_run,
        "HISTORY": trained_run / "history.csv",
        "EVENTS": tmp_path / "events",
        "CONFIG": trained_run / "config.yaml",
        "CHECKPOINT": trained_run / "checkpoints/best.ckpt",
        **{new: tmp_path / f"{new}.png" for new in ("NEW", "NEW2", "NEW3", "NEW4")},
        **{f"NEW.{kind}": tmp_path / f"new.{kind}" for kind in ("keras", "ckpt", "csv")},
        "STUDY": tmp_path / "study",
    }
    for sub_run in ("train", "validation"):
        (tmp_path / "events" / sub_run).mkdir(parents=True)
        for file in (trained_run / sub_run).glob("*tfevents*"):
            (tmp_path / "events" / sub_run / file.name).symlink_to(file)
    (tmp_path / "study").mkdir()
    (tmp_path / "study/run").symlink_to(trained_run)
    commands = [[places.get(arg, arg) for arg in args] for args, _ in NEEDED_BESIDE[shared]]
    _, loaded = loaded_by_each(commands, [shared])
    for (args, needed), found in zip(NEEDED_BESIDE[shared], loaded, strict=True):
        assert (args, found) == (args, needed | COMES_WITH[shared])


@pytest.mark.parametrize(
    ("args", "plugins", "judges"),
    [
        (["configs"], [], True),
        (["configs"], ["yaml"], False),
        (["configs", "--allow", "yaml"], [], False),
        (["configs", "--allow=yaml"], [], False),
        (["study", "--help"], [], False),
    ],
)
def test_models_of_users_and_those_that_train_are_lightnings(monkeypatch, args, plugins, judges):
    told = []
    monkeypatch.setattr(cli, "judge_only", lambda: told.append(True))
    monkeypatch.setattr(cli, "allowed_packages", lambda: plugins)
    monkeypatch.setattr(sys, "argv", ["lit-sentiment", *args])
    assert cli.main() == 0
    assert bool(told) == judges


def test_models_that_only_judge_say_what_those_that_train_say(command, tiny):
    own = {
        "BaselineLSTM": [],
        "DropoutLSTM": ["--model.units=[4, 3]"],
        "L2LSTM": [],
        "KerasSequential": ["--model.architecture=architectures/gru"],
    }
    given, said = [], ""
    for model, settings in own.items():
        options = [one for one in tiny if model != "KerasSequential" or not one.startswith("--model.")]
        assert command("fit", "--model", model, *options, *settings, f"--run={model}").code == 0
        checkpoint = f"{model}/checkpoints/last.ckpt"
        given.append(["predict", "--ckpt_path", checkpoint, "--accelerator=cpu", "--text", "good", "bad shoes"])
        said += command(*given[-1]).out
    alone, loaded = loaded_by_each(given, ["torch"])
    assert alone == said
    assert len(said.splitlines()) == 3 * len(own)
    assert not set.union(*loaded) & {"lightning"}
