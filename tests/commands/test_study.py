"""`study`: what it starts, tells, skips and refuses; with tiny trainings, and with lines of shell in their place."""

import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from lit_sentiment.curves.history import History
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.study.study_folder import varied_options
from lit_sentiment.study.study_plan import PlannedRun, Training

CONFIGS = Path(__file__).parents[2] / "configs"
PATIENCE_SECONDS = 120
"""A fit starts in seconds; a busy machine may take much longer."""
FINISHED = {"torch": "2", "lightning": "2", "training_seconds": 7.5, "verdict": {"kind": "overfitting"}}
TRAIN = "mkdir -p $0 && touch $0/config.yaml && "
FINISH = f"echo {shlex.quote(json.dumps(FINISHED))} > $0/finished.json"
DONE = TRAIN + FINISH


@pytest.fixture
def files(tmp_path):
    """Two trainings, `a` and `b`."""
    (tmp_path / "a.yaml").write_text("model: {class_path: BaselineLSTM}\n")
    (tmp_path / "b.yaml").write_text("model: {class_path: L2LSTM}\n")


@pytest.fixture
def study(command, files):
    def study(*args, trainings=("a.yaml", "b.yaml"), seeds=(0, 1)):
        return command("study", "--trainings", *trainings, "--seeds", *seeds, "--folder", "s", *args)

    return study


@pytest.fixture
def script(monkeypatch):
    """Let lines of shell play the runs, by their names; `$0` is the folder of the run."""
    monkeypatch.setattr("lit_sentiment.study.execution._POLL_SECONDS", 0.01)

    def script(default=DONE, **scripts):
        def play(run, goes_on=False):
            return ["sh", "-c", scripts.get(run.name.replace("-", "_"), default), str(run.folder.path)]

        monkeypatch.setattr(PlannedRun, "command", play)

    return script


def refused(outcome, named):
    return (
        outcome.code == 2
        and outcome.err.startswith("error: ")
        and outcome.err.count("\n") == 1
        and named in outcome.err
    )


def as_option(options):
    return "--options=" + json.dumps([str(option) for option in options])


def test_two_trainings(study, command, tiny):
    """For real: two processes, then nothing left to do; and each is what `fit` alone would give."""
    outcome = study(as_option(tiny), "--workers", 2, seeds=[1])
    assert outcome.code == 0, outcome.out + outcome.err
    assert outcome.err == ""
    lines = outcome.out.splitlines()
    assert lines[0] == "Study of 2 runs in s, 2 at a time: 2 waiting"
    names = ["a-seed1", "b-seed1"]
    assert [line for line in lines if line.endswith(": started")] == [f"{name}: started" for name in names]
    for name in names:
        run = RunFolder(Path("s") / name)
        assert len(run.read_history()) == 2
        assert run.read_finished()["verdict"]["kind"] == "too few epochs"
        assert len([line for line in lines if line.startswith(f"{name}: done, best val_loss ")]) == 1
        assert "Verdict: " in Path("s/logs", f"{name}.log").read_text()
    assert lines[-3].startswith("Study: 2 done, in ")
    assert lines[-2:] == ["Look at it: tensorboard --logdir s", "Look at it: python -m lit_sentiment report s"]
    assert not list(Path("s/logs").glob("**/events*"))

    assert command("fit", "--config", "b.yaml", *tiny, "--seed_everything", 1, "--run", "alone").code == 0
    assert Path("alone/history.csv").read_text() == Path("s/b-seed1/history.csv").read_text()

    again = study(as_option(tiny), seeds=[1])
    assert (again.code, again.err) == (0, "")
    assert again.out.startswith("Study of 2 runs in s")
    assert "started" not in again.out
    assert "Study: 2 done before" in again.out


@pytest.mark.parametrize("is_damaged", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_run_without_its_last_epochs_goes_on(study, command, tiny, is_damaged):
    """For real: it ends as one that was never interrupted, also where its last checkpoint is damaged."""
    fit = ("fit", "--config", "a.yaml", *tiny)
    assert command(*fit, "--trainer.max_epochs", 3, "--run", "whole").code == 0
    assert command(*fit, "--run", "s/a-seed0").code == 0
    run = RunFolder(Path("s/a-seed0"))
    run.finished.unlink()
    if is_damaged:
        run.last_checkpoint.write_text("torn")
    settings = yaml.safe_load(run.config.read_text())
    settings["trainer"]["max_epochs"] = 3  # as if it had been stopped after two of three
    run.config.write_text(yaml.safe_dump(settings))
    Path("s/logs").mkdir()
    Path("s/logs/a-seed0.log").write_text("$ fit\n")
    Path("s/study.lock").touch()
    outcome = study(as_option([*tiny, "--trainer.max_epochs=3"]), trainings=["a.yaml"], seeds=[0])
    assert outcome.code == 0, outcome.out + outcome.err
    assert "a-seed0: goes on after epoch 2" in outcome.out
    assert run.is_finished
    assert ("the one before takes its place" in Path("s/logs/a-seed0.log").read_text()) == is_damaged
    assert run.history.read_text() == Path("whole/history.csv").read_text()


def test_missing_and_new_runs_alone_are_started(study, script):
    script()
    assert study(trainings=["a.yaml"], seeds=[0]).code == 0
    outcome = study()
    assert outcome.code == 0
    assert outcome.out.splitlines()[0].endswith(": 1 done before, 3 waiting")
    assert "a-seed0:" not in outcome.out
    started = [line for line in outcome.out.splitlines() if line.endswith(": started")]
    assert started == ["b-seed0: started", "a-seed1: started", "b-seed1: started"]


def test_fragment_is_begun_anew_and_told(study, script):
    script()
    Path("s/a-seed0").mkdir(parents=True)
    Path("s/a-seed0/config.yaml").touch()
    Path("s/logs").mkdir()
    Path("s/logs/a-seed0.log").touch()
    Path("s/study.lock").touch()
    outcome = study(trainings=["a.yaml"], seeds=[0])
    assert outcome.code == 0
    assert "a-seed0: started anew: no epoch of it was whole\n" in outcome.out


def test_failed_run_is_told_and_the_rest_goes_on(study, script):
    script(a_seed1=f"{TRAIN} echo some; echo '[no] room'; exit 1")
    outcome = study()
    assert outcome.code == 1
    assert "Failed: a-seed1: [no] room (log: s/logs/a-seed1.log)\n" in outcome.out
    assert "Study: 3 done, 1 failed, in " in outcome.out
    script()
    Path("s/a-seed1/config.yaml").unlink()
    assert study().code == 0, "tried again"


def test_refused_training_is_tried_once(study, script):
    script(a_seed0="echo error: no; exit 2", a_seed1="exit 2")
    outcome = study("--workers", 1)
    assert outcome.code == 1
    assert "1 failed" in outcome.out
    assert "1 not tried" in outcome.out


def test_changed_training_is_refused(study, script):
    script()
    assert study().code == 0
    assert refused(
        study("--options=['--model.units=3']"), "a: expected the training of which s holds runs, found options"
    )
    Path("b.yaml").write_text("model: {class_path: L2LSTM, init_args: {l2: 0.5}}\n")
    assert refused(study(), "found settings.b.yaml.model.init_args.l2 0.5 where it was nowhere")
    assert study(trainings=["a.yaml"], seeds=[0, 1, 2]).code == 0


def test_shared_configs_and_options_follow_each_training(study, monkeypatch):
    Path("more.yaml").write_text("data: {class_path: Imdb}\n")
    commands = []
    plain = PlannedRun.command
    monkeypatch.setattr(PlannedRun, "command", lambda run, goes_on: commands.append(plain(run)) or ["true"])
    study("--shared_configs", "more.yaml", "--options=['--threads=2']", seeds=[3])
    for name, command in zip("ab", commands, strict=True):
        configs = ["--config", str(Path(f"{name}.yaml").absolute()), "--config", str(Path("more.yaml").absolute())]
        assert command[4:] == [*configs, "--threads=2", "--seed_everything", "3", "--run", f"s/{name}-seed3"]


@pytest.mark.parametrize(("number", "code"), [("INT", 130), ("TERM", 143), ("HUP", 129)])
def test_signal_stops_the_runs_and_says_how_to_go_on(study, script, number, code):
    """The run itself sends the signal to the study; no other run is started."""
    script(f"{TRAIN} trap 'exit 143' TERM; kill -{number} $PPID; while :; do sleep 0.05; done")
    outcome = study("--workers", 1)
    assert outcome.code == code
    assert "Stopping: " in outcome.out
    assert "a-seed0: stopped, 0 epochs are kept\n" in outcome.out
    assert f"Stopped by SIG{number}: 1 stopped, 3 waiting; go on with the same command:\n" in outcome.out
    assert outcome.out.splitlines()[-1].startswith(
        "python -m lit_sentiment study --trainings a.yaml b.yaml --seeds 0 1"
    )
    assert not Path("s/b-seed0").exists()


def test_second_ctrl_c_kills(study, script):
    """A run that would not end by itself."""
    script(f"{TRAIN} trap 'sleep 1; kill -INT $PPID' TERM; kill -INT $PPID; while :; do sleep 0.05; done")
    assert study("--workers", 1).code == 130


def test_two_ctrl_c_end_a_run_that_is_stopped(study, script):
    """SIGTERM waits there until it goes on, which it never does."""
    script(f"{TRAIN} (sleep 1; kill -INT $PPID; sleep 1; kill -INT $PPID) & kill -STOP $$")
    outcome = study("--workers", 1)
    assert outcome.code == 130
    assert "Stopped by SIGINT: 1 stopped, 3 waiting" in outcome.out


def test_error_of_the_study_itself_leaves_nothing_running(study, script, monkeypatch):
    def fault(*_, **__):
        while not Path("s/a-seed0/ready").exists():
            time.sleep(0.05)
        raise ZeroDivisionError

    script(f"{TRAIN} trap 'touch $0/ended; exit' TERM; touch $0/ready; while :; do sleep 0.05; done")
    monkeypatch.setattr("lit_sentiment.study.execution.study_table", fault)
    outcome = study("--workers", 1, trainings=["a.yaml"], seeds=[0])
    assert outcome.code == 1
    assert "ZeroDivisionError" in outcome.err
    Path(outcome.err.split("; see ")[1].strip()).unlink()
    assert Path("s/a-seed0/ended").exists()


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["--trainings", "nowhere.yaml"], "nowhere.yaml"),
        (["--trainings", "broken.yaml"], "broken"),
        (["--trainings", "wrong.yaml"], "wrong.yaml: "),
        (["--trainings", "a.yaml", "folder/a.yaml"], "--trainings: expected each once, found a several times"),
        (["--seeds", "1", "1"], "--seeds: expected each once, found 1 several times"),
        (["--seeds", "-1"], "seeds"),
        (["--seeds", str(2**32)], "--seeds: expected a whole number from 0"),
        (["--workers", "0"], "workers"),
        (["--options=['--run=x']"], "--run: expected not to be given"),
        (["--options=['--seed_everything', '3']"], "--seed_everything: expected not to be given"),
        (["--options=['--model.nope=3']"], "a.yaml: "),
        (["--options=['--threads=auto']"], "--threads: expected a number in a study"),
        (["--folder", "folder"], "--folder: expected a new folder"),
        (["--folder", "a.yaml"], "a.yaml"),
        (["--config", "nowhere.yaml"], "nowhere.yaml"),
        (["--config", "empty.yaml"], "--seeds: expected at least one, found none"),
        (["--config", "a.yaml"], "model"),
    ],
)
def test_bad_input_is_one_line(study, script, args, named):
    script()
    Path("broken.yaml").write_text("model: [\n")
    Path("wrong.yaml").write_text("model: {class_path: BaselineLSTM, init_args: {units: many}}\n")
    Path("empty.yaml").write_text("seeds: []\nshared_configs: null\noptions: null\n")
    Path("folder").mkdir()
    Path("folder/a.yaml").write_text("model: L2LSTM\n")
    outcome = study(*args)
    assert refused(outcome, named), outcome
    assert not Path("s").exists()


def test_default_is_the_three_shipped_models_anywhere(command, script):
    script()
    assert command("study").code == 0
    names = {path.name for path in Path("runs/study").iterdir()}
    models = ("baseline", "dropout", "l2_early_stopping")
    assert names == {f"{name}-seed{seed}" for name in models for seed in range(5)} | {
        "logs",
        "study.json",
        "study.lock",
    }


@pytest.mark.parametrize("config", sorted(CONFIGS.glob("*study.yaml")), ids=lambda path: path.stem)
def test_shipped_study_is_understood_anywhere(command, script, config):
    script()
    assert command("configs", "--copy", config.stem, "--output", "copies/mine.yaml").code == 0
    outcome = command("study", "--config", "copies/mine.yaml")
    assert outcome.code == 0, outcome.err
    settings = yaml.safe_load(config.read_text())
    runs = {f"{Path(name).stem}-seed{seed}" for name in settings["trainings"] for seed in settings["seeds"]}
    assert {path.parent.name for path in Path(settings["folder"]).glob("*/finished.json")} == runs
    known = json.loads((Path(settings["folder"]) / "study.json").read_text())["trainings"]
    files = [[f"{name}.yaml" for name in (one, *settings.get("shared_configs", []))] for one in settings["trainings"]]
    assert [training["files"] for training in known.values()] == files


@pytest.mark.parametrize("command_name", ["study", "search"])
def test_refused_executor_leaves_nothing(command, command_name, monkeypatch):
    monkeypatch.setattr("lit_sentiment.study.executors._CONNECT_SECONDS", 0.2)
    more = ("--space", "model.l2", "[0.1, 0.2]") if command_name == "search" else ()
    there = ("--executor", "dask", "--address", "tcp://127.0.0.1:9", "--folder", "s")
    assert refused(command(command_name, "--model", "L2LSTM", *more, *there), "--address: expected a Dask scheduler")
    assert not Path("s").exists()


def test_as_many_workers_as_cores_and_gpus(study, script, monkeypatch):
    monkeypatch.setattr("lit_sentiment.study.executors.usable_cores", lambda: 6)
    script()
    assert ", 6 at a time" in study().out
    assert ", 3 at a time" in study("--options=['--threads=2']", "--folder=t").out
    several = "--options=['--trainer.devices=3', '--trainer.strategy=ddp']"
    assert ", 2 at a time" in study(several, "--folder=several").out
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    assert ", 6 at a time" in study("--options=['--trainer.accelerator=cpu']", "--folder=u").out
    assert ", 2 at a time" in study("--options=['--trainer.accelerator=gpu']", "--folder=v").out
    assert ", 4 at a time" in study("--options=['--trainer.accelerator=gpu']", "--folder=w", "--workers=4").out


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_study_keeps_whole_epochs_and_goes_on(files, tiny, tmp_path, number):
    """For real, as processes."""
    options = as_option([*tiny, "--trainer.max_epochs=5000"])
    study = [sys.executable, "-m", "lit_sentiment", "study", "--trainings", "a.yaml", "--seeds", "0", options]
    history = tmp_path / "runs/study/a-seed0/history.csv"

    def interrupt_after(epochs):
        process = subprocess.Popen(study, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not history.exists() or len(History.read(history)) < epochs:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            process.send_signal(number)
            out, err = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
        assert (process.returncode, err) == (128 + number, ""), out
        return out

    first = interrupt_after(3)
    epochs = len(History.read(history))
    assert f"a-seed0: stopped, {epochs} epochs are kept" in first
    second = interrupt_after(epochs + 2)
    assert f"a-seed0: goes on after epoch {epochs}" in second
    assert "Traceback" not in (tmp_path / "runs/study/logs/a-seed0.log").read_text()


def test_varied_options_of_a_model_without_a_file(command, script, monkeypatch):
    script()
    monkeypatch.setattr("lit_sentiment.commands.study_options.Training", kept := Kept())
    vary = ("--vary", "model.l2", "[1.0e-6, 1.0e-2]", "--vary", "trainer.max_epochs", "[1, 2]")
    args = ("study", "--model", "L2LSTM", *vary, "--seeds", 0, 1, "--folder", "s", "--batch", 4)
    assert refused(command(*args), "--batch")
    outcome = command(*args[:-2], "--data.batch_size", 4)
    assert outcome.code == 0, outcome.err
    cells = [f"L2LSTM-l2={l2}-max_epochs={epochs}" for l2 in ("1e-06", "0.01") for epochs in (1, 2)]
    assert [training.name for training in kept.made[-4:]] == cells
    assert kept.made[-1].options[-2:] == ("--model.l2=0.01", "--trainer.max_epochs=2")
    assert [training.max_epochs for training in kept.made[-4:]] == [1, 2, 1, 2]
    assert {path.name for path in Path("s").glob("*-seed?")} == {f"{cell}-seed{n}" for cell in cells for n in (0, 1)}
    assert varied_options(Path("s"))[cells[2]] == {"model.l2": 0.01, "trainer.max_epochs": 1}
    assert "8 done before" in command(*args[:-2], "--data.batch_size", 4).out


def test_printed_command_goes_on_with_the_same_varied_values(command, script):
    """YAML takes JSON's 1e-06 for a text, and a text is another value than the one of which there are runs."""
    args = ("study", "--model", "L2LSTM", "--vary", "model.l2", "[1.0e-6]", "--seeds", 0, 1, "--folder", "s")
    script(f"{TRAIN} trap 'exit 143' TERM; kill -INT $PPID; while :; do sleep 0.05; done")
    stopped = command(*args, "--workers", 1)
    assert stopped.code == 130
    script()
    again = shlex.split(stopped.out.splitlines()[-1])
    outcome = command(*again[3:])
    assert outcome.code == 0, outcome.err
    assert "Study: 2 done, in " in outcome.out


def test_varied_options_of_files_and_in_a_file_of_options(command, files, script):
    script()
    Path("study.yaml").write_text(
        "{trainings: [a.yaml, b.yaml], vary: {model.units: [4, 8]}, seeds: [3], folder: s, "
        "options: ['--data.batch_size=4']}"
    )
    assert command("study", "--config", "study.yaml").code == 0
    names = [f"{file}-units={units}-seed3" for file in "ab" for units in (4, 8)]
    assert sorted(path.name for path in Path("s").glob("*-seed?")) == names


def test_patience_of_a_callback_can_be_varied(command, script):
    script()
    config = CONFIGS / "l2_early_stopping.yaml"
    args = ("--trainings", config, "--vary", "trainer.callbacks.patience", "[1, 5]", "--seeds", 0, "--folder", "s")
    assert command("study", *args).code == 0
    assert len(list(Path("s").glob("l2_early_stopping-patience=?-seed0"))) == 2


def test_each_cell_is_a_training_with_options_of_its_own(command, script, monkeypatch):
    script()
    monkeypatch.setattr("lit_sentiment.commands.study_options.Training", kept := Kept())
    Path("study.yaml").write_text(
        "{cells: {plain: '', l2-.1: --model L2LSTM --model.l2 0.1}, seeds: [3], folder: s, "
        "options: [--data.batch_size=4, --model, BaselineLSTM]}"
    )
    outcome = command("study", "--config", "study.yaml", "--trainer.max_epochs", 2)
    assert outcome.code == 0, outcome.err
    assert [training.name for training in kept.made] == ["plain", "l2-.1"]
    shared = ("--data.batch_size=4", "--model", "BaselineLSTM", "--trainer.max_epochs", "2")
    assert kept.made[0].options == shared
    assert kept.made[1].options == (*shared, "--model", "L2LSTM", "--model.l2", "0.1")
    assert sorted(path.name for path in Path("s").glob("*-seed?")) == ["l2-.1-seed3", "plain-seed3"]
    assert "2 done before" in command("study", "--config", "study.yaml", "--trainer.max_epochs", 2).out


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"cells": {"a": "--model.unitz 4"}}, "a: --model.unitz: expected a setting of BaselineLSTM"),
        ({"cells": {"a": "--seed_everything 3"}}, "--seed_everything: expected not to be given"),
        ({"cells": {"a/b": ""}}, "--cells: expected names of letters, digits"),
        ({"cells": {"a-seed3": ""}}, "--cells: expected names of letters, digits"),
        ({"cells": {"a": "--model 'x"}}, "--cells: expected options of fit as a text for a, found"),
        ({"cells": {"a": [1, 2]}}, "--cells: expected options of fit as a text for a, found [1, 2]"),
        ({"cells": {"a": ""}, "trainings": ["a.yaml"]}, "--cells: expected none beside --trainings"),
    ],
)
def test_cells_that_cannot_be_are_refused(command, files, script, options, named):
    script()
    Path("study.yaml").write_text(yaml.safe_dump({**options, "folder": "s"}))
    outcome = command("study", "--config", "study.yaml")
    assert refused(outcome, named), outcome.err
    assert not Path("s").exists()


@pytest.mark.parametrize(
    ("vary", "named"),
    [
        (("--vary", "model.l2"), "--vary: expected a name and a value, found model.l2"),
        (("--vary",), "--vary: expected a name and a value, found none"),
        (("--vary", "model.l2", "0.1"), "--vary: expected a list of values for model.l2, found 0.1"),
        (("--vary", "model.l2", "[0.1, 0.1]"), "--vary: expected each value of model.l2 once"),
        (("--vary", "model.l2", "!!int "), "--vary: expected a name and a value"),
        (("--vary", "model.l3", "[0.1]"), "--model.l3=0.1"),
        (("--vary", "model.l2", "[abc]"), "--model.l2=abc"),
        (("--vary", "seed_everything", "[1, 2]"), "--seed_everything: expected not to be given"),
        (("--vary", "model.l2", "['0.1', 0.1]"), "expected each once, found L2LSTM-l2=0.1 several times"),
    ],
)
def test_what_cannot_be_varied_is_refused(command, script, vary, named):
    script()
    outcome = command("study", "--model", "L2LSTM", *vary, "--folder", "s")
    assert refused(outcome, named), outcome.err
    assert not Path("s").exists()


class Kept:
    """Makes trainings and keeps them."""

    def __init__(self):
        self.made = []

    def __call__(self, **facts):
        self.made.append(Training(**facts))
        return self.made[-1]
