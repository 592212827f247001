"""The command line as a whole: every bad input is one line and exit code 2, and nothing hostile is executed."""

import errno
import importlib
import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lit_sentiment import cli
from lit_sentiment.cli import COMMANDS, main
from lit_sentiment.commands import typed_command
from lit_sentiment.errors import InputError

CHECKPOINT = "CHECKPOINT"
"""Stands for the path of a good checkpoint in the table."""

# The options, and a word that the message has to name; those that docs/bad-inputs.md shows are tested with it.
BAD_INPUTS = [
    (["fit", "--model", "lit_sentiment.Nope"], "Nope"),
    (["fit", "--model", "ShopReviews"], "ShopReviews"),
    (["fit", "--model.embedding_dim", "-3"], "--model.embedding_dim"),
    (["fit", "--model.learning_rate", "0"], "--model.learning_rate"),
    (["fit", "--model", "DropoutLSTM", "--model.dropout", "[0.5, 2]"], "--model.dropout"),
    (["fit", "--model", "DropoutLSTM", "--model.units", "4"], "units"),
    (["fit", "--model", "L2LSTM", "--model.l2", "-1"], "--model.l2"),
    (["fit", "--data.max_length", "-1"], "--data.max_length"),
    (["fit", "--data.vocab_size", "4"], "--data.vocab_size"),
    (["fit", "--data.tokenizer", "spacy"], "spacy"),
    (["fit", "--data.train_reviews", "0"], "train_reviews"),
    (["fit", "--data", "ReviewTable", "--data.path", "nowhere.csv"], "nowhere.csv"),
    (["fit", "--trainer.max_epochs", "-5"], "-5"),
    (["fit", "--trainer.accelerator", "abacus"], "abacus"),
    (["fit", "--trainer.accelerator", "cpu", "--trainer.devices", "2"], "--trainer.devices"),
    (["fit", "--trainer.callbacks", "KerasEarlyStopping", "--trainer.callbacks.mode", "up"], "up"),
    (["fit", "--optimizer", "torch.optim.Nope"], "Nope"),
    (["fit", "--optimizer", "os.system"], "os.system"),
    (["fit", "--optimizer", "torch.nn.Linear"], "torch.nn.Linear"),
    (["fit", "--threads", "all"], "threads"),
    (["fit", "--config", "broken.yaml"], "config"),
    (["fit", "--config", "list.yaml"], "config"),
    (["fit", "--config", "folder"], "folder"),
    (["fit", "--run", "list.yaml"], "--run"),
    (["test", "--ckpt_path"], "--ckpt_path"),
    (["test", "--ckpt_path", "list.yaml"], "list.yaml"),
    (["test", "--ckpt_path", CHECKPOINT, "--data", "os.system"], "os.system"),
    (["test", "--ckpt_path", CHECKPOINT, "--data.batch_size", "0"], "--data.batch_size"),
    (["test", "--ckpt_path", CHECKPOINT, "--trainer.accelerator", "abacus"], "abacus"),
    (["predict", "--ckpt_path", "folder", "--text", "x"], "folder"),
    (["predict", "--ckpt_path", CHECKPOINT, "--data.path", "nowhere.csv"], "nowhere.csv"),
    (["predict", "--ckpt_path", CHECKPOINT, "--data.path", "folder"], "folder"),
    (["predict", "--ckpt_path", CHECKPOINT, "--text", "x", "--trainer.accelerator", "abacus"], "abacus"),
    (["export", "nowhere.ckpt", "new"], "nowhere.ckpt"),
    (["export", CHECKPOINT, "list.yaml/new"], "list.yaml"),
    (["export", CHECKPOINT, "new", "--onnx", "perhaps"], "--onnx"),
    (["serve", "list.yaml"], "list.yaml"),
    (["serve", "folder"], "folder"),
]


@pytest.fixture
def files(tmp_path):
    """The files that the table of bad inputs names."""
    (tmp_path / "broken.yaml").write_text("model: [\n")
    (tmp_path / "list.yaml").write_text("- a\n- b\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/something").write_text("")


@pytest.mark.parametrize(
    ("args", "named"), BAD_INPUTS, ids=lambda value: " ".join(value) if type(value) is list else ""
)
def test_bad_input_is_one_line_and_exit_code_2(command, files, tiny, trained_run, args, named):
    args = [str(trained_run / "checkpoints/last.ckpt") if arg == CHECKPOINT else arg for arg in args]
    if "--data" not in args:  # a corpus that is quickly generated, in case it comes so far
        args += [option for option in tiny if args[0] == "fit" and option.startswith("--data.") and _new(option, args)]
    outcome = command(*args)
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert outcome.err.endswith("\n")
    assert named in outcome.err
    assert "Traceback" not in outcome.err
    assert not (Path("runs").exists() and any(Path("runs").rglob("*.ckpt"))), "it trained"


@pytest.mark.parametrize("args", [["predict", "--text", "good"], ["validate"], ["test"]], ids=" ".join)
def test_closed_standard_error_is_no_defect(command, trained_run, monkeypatch, args):
    monkeypatch.setattr(sys, "stderr", None)
    outcome = command(*args, "--ckpt_path", trained_run / "checkpoints/last.ckpt", "--accelerator", "cpu")
    assert outcome.code == 0, outcome.out


def _new(option, args):
    return option.partition("=")[0] not in args


HOSTILE = [
    "model:\n  class_path: os.system\n  init_args: {command: touch executed}\n",
    "model:\n  class_path: BaselineLSTM\n  init_args:\n"
    "    optimizer: {class_path: os.system, init_args: {command: touch executed}}\n",
    "data:\n  class_path: os.system\n  init_args: {command: touch executed}\n",
    "optimizer:\n  class_path: os.system\n  init_args: {command: touch executed}\n",
    "optimizer: os.system\n",
    "trainer:\n  callbacks:\n    - {class_path: os.system, init_args: {command: touch executed}}\n",
    "trainer:\n  callbacks: {class_path: subprocess.Popen, init_args: {args: [touch, executed]}}\n",
    "trainer:\n  logger: {class_path: subprocess.Popen, init_args: {args: [touch, executed]}}\n",
    "trainer:\n  plugins: {class_path: subprocess.Popen, init_args: {args: [touch, executed]}}\n",
    "trainer:\n  strategy: {class_path: subprocess.Popen, init_args: {args: [touch, executed]}}\n",
    "trainer:\n  profiler: {class_path: subprocess.Popen, init_args: {args: [touch, executed]}}\n",
    "model: !!python/object/apply:os.system ['touch executed']\n",
    "run: !!python/object/apply:os.system ['touch executed']\n",
]


@pytest.mark.parametrize("config", HOSTILE)
def test_hostile_config_is_refused_and_not_executed(command, config):
    Path("hostile.yaml").write_text(config)
    outcome = command("fit", "--config", "hostile.yaml")
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert not Path("executed").exists()


@pytest.mark.parametrize(
    "config",
    [
        "trainer:\n  callbacks: {class_path: foreign_module.Callback}\n",
        "model: {class_path: foreign_module.Callback}\n",
        "optimizer: {class_path: foreign_module.Callback}\n",
    ],
)
def test_foreign_module_is_not_even_imported(command, monkeypatch, tmp_path, config):
    """Nothing beside the allowed packages, whatever it is."""
    (tmp_path / "foreign_module.py").write_text(
        "import pathlib, lightning\npathlib.Path('executed').touch()\nclass Callback(lightning.Callback): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    Path("foreign.yaml").write_text(config)
    outcome = command("fit", "--config", "foreign.yaml", "--print_config")
    assert outcome.code == 2
    assert "foreign_module" in outcome.err
    assert not Path("executed").exists()


def test_hostile_option_is_refused_and_not_executed(command):
    options = ("--trainer.callbacks", "os.system", "--trainer.callbacks.command", "touch executed")
    assert command("fit", *options).code == 2
    assert not Path("executed").exists()


@pytest.mark.parametrize("args", [[], ["-h"], ["--help"]])
def test_help_lists_the_commands(command, args):
    outcome = command(*args)
    assert outcome.code == 0
    assert all(f"  {name} " in outcome.out for name in COMMANDS)


def test_no_arguments_at_all_show_the_help(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["lit_sentiment"])
    assert main() == 0
    assert "usage:" in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help(command, name):
    outcome = command(name, "--help")
    assert outcome.code == 0
    assert f"python -m lit_sentiment {name}" in outcome.out


@pytest.mark.parametrize("name", COMMANDS)
def test_defect_of_ours_leaves_its_traceback_in_a_file_that_one_line_names(command, monkeypatch, name):
    """Only what a user can fix becomes a refusal."""

    def mistake(*_, **__):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(typed_command, "parse_call", lambda *_: {})

    module = importlib.import_module(f"lit_sentiment.commands.{cli._MODULES.get(name, name)}")
    monkeypatch.setattr(module, name.replace("-", "_"), mistake)
    outcome = command(name)
    assert outcome.code == cli.DEFECT == 1
    assert outcome.err.count("\n") == 1
    path = Path(outcome.err.split("; see ")[1].strip())
    assert "ZeroDivisionError: ours" in path.read_text()
    path.unlink()


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "found no space left on device"),
        (
            OSError(errno.EFBIG, "File too large", "out.csv"),
            "out.csv: expected to read or write it, found file too large",
        ),
        (RuntimeError("unexpected pos"), "found file too large"),
    ],
    ids=["full disk", "limit of file sizes", "torch.save"],
)
def test_what_cannot_be_written_is_one_line(command, monkeypatch, name, fault, named):
    def write(*_, **__):
        try:
            raise OSError(errno.EFBIG, "File too large")
        except OSError as refusal:
            if isinstance(fault, RuntimeError):
                fault.__context__ = refusal
        raise fault

    monkeypatch.setattr(typed_command, "parse_call", lambda *_: {})
    module = importlib.import_module(f"lit_sentiment.commands.{cli._MODULES.get(name, name)}")
    monkeypatch.setattr(module, name.replace("-", "_"), write)
    outcome = command(name)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert outcome.err.startswith("error: ")
    assert named in outcome.err


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [1, 20, 60])
def test_limit_of_file_sizes_is_one_line(tiny, tmp_path, kilobytes):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))

    done = run_as_process(["fit", *tiny, "--model.units=128", "--run", "run"], tmp_path, preexec_fn=limit)
    assert done.returncode == 2, done.stderr
    said = [line for line in done.stderr.splitlines() if not line.startswith("warning: ")]  # of the cache
    assert len(said) == 1
    assert "File too large" in said[0]
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.0, 1.5, 2.0, 3.0])
def test_ctrl_c_during_the_first_seconds_has_its_exit_code(tmp_path, seconds):
    """A training that would take long; Python itself takes a moment until it runs anything of ours."""
    args = [sys.executable, "-m", "lit_sentiment", "fit", "--run", "run"]
    process = subprocess.Popen(args, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "xx"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}], ids=str
)
def test_strange_encoding_is_no_obstacle(tiny, tmp_path, environment):
    done = run_as_process(["fit", *tiny, "--run", "run"], tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert "Verdict: " in done.stdout
    assert done.stderr == ""


@pytest.mark.slow
def test_closed_pipe_stops_without_a_word(tiny, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "lit_sentiment", "fit", *tiny, "--trainer.max_epochs=9999", "--run", "run"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "BaselineLSTM" in process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=120) == 141
    assert process.stderr.read() == ""


def run_as_process(args, folder, preexec_fn=None, **environment):
    command = [sys.executable, "-m", "lit_sentiment", *args]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        preexec_fn=preexec_fn,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("then", [None, OSError("Writer is closed"), InputError("refused"), SystemExit(1)], ids=repr)
def test_ctrl_c_outside_of_a_training_has_its_exit_code(command, monkeypatch, then):
    """Whatever what it interrupts makes of it."""

    def interrupted(*_):
        try:
            raise KeyboardInterrupt
        finally:
            if then is not None:
                raise then

    monkeypatch.setattr("lit_sentiment.models.trained_model.TrainedModel.open", interrupted)
    outcome = command("predict", "--ckpt_path", "any", "--text", "x")
    assert outcome.code == cli.INTERRUPTED == 130
    assert "Traceback" not in outcome.err


def test_module_runs_and_returns_the_exit_code(tmp_path):
    command = [sys.executable, "-m", "lit_sentiment", "fitt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: expected a command")


@pytest.mark.parametrize("name", ["fit", "predict", "study", "diagnose"])
def test_command_runs_in_a_thread_of_another_program(command, tiny, trained_run, name):
    """As in an actor of Ray; such a thread can take no signals."""
    args = {
        "fit": ("fit", *tiny, "--run", "threaded"),
        "predict": ("predict", "--ckpt_path", trained_run / "checkpoints/best.ckpt", "--text", "good"),
        "study": ("study", "--model", "BaselineLSTM", *tiny, "--seeds", 0, "--folder", "s"),
        "diagnose": ("diagnose", trained_run),
    }[name]
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(command, *args).result()
    assert outcome.code == 0, outcome.err
