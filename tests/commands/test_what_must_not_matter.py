"""The same training gives the same bits, whatever is around it."""

import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch

from lit_sentiment.cli import main
from lit_sentiment.models.checkpoint_file import read_checkpoint
from lit_sentiment.runs.run_folder import RunFolder

MOST_SECONDS = 300
TINY = {
    "data": "Imdb",
    "data.vocab_size": 40,
    "data.max_length": 7,
    "data.batch_size": 4,
    "data.archive": "archive.tar.gz",
    "data.cache_dir": "cache",
    "model": "DropoutLSTM",
    "model.embedding_dim": 3,
    "model.units": "[4,3]",
    "trainer.max_epochs": 2,
    "trainer.accelerator": "cpu",
    "trainer.enable_progress_bar": "false",
    "trainer.enable_model_summary": "false",
}


def write_archive(path, turned=False):
    """Write reviews of words that are equally common, so that no order of theirs is given by their counts."""
    numbers = range(13)
    with tarfile.open(path, "w:gz") as tar:
        for number in reversed(numbers) if turned else numbers:
            for sentiment, rating in (("pos", 9), ("neg", 2)):
                text = f"{sentiment} İstanbul ılık word{number} word{(number * 5) % 13} it{number % 3}".encode()
                member = tarfile.TarInfo(f"aclImdb/train/{sentiment}/{number}_{rating}.txt")
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text))


def options(run="run", **changed):
    return [f"--{name.replace('__', '.')}={value}" for name, value in {**TINY, "run": run, **changed}.items()]


def bits(run):
    """Return everything that a training gives: history, identity, and a digest of the weights."""
    folder = RunFolder(Path(run))
    weights = read_checkpoint(folder.last_checkpoint)["state_dict"]
    arrays = {name: one.numpy().tobytes() for name, one in weights.items() if isinstance(one, torch.Tensor)}
    digest = hashlib.sha256(b"".join(name.encode() + arrays[name] for name in sorted(arrays))).hexdigest()
    return folder.history.read_text(), folder.identity.read_text(), digest


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """The bits of the training with the usual options, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("usual"))
        write_archive("archive.tar.gz")
        assert main(["fit", *options()]) == 0
        return bits("run")


@pytest.fixture
def fit(command, usual):
    """Train here, and return the bits; the cache is cold."""
    write_archive("archive.tar.gz")

    def fit(**changed):
        outcome = command("fit", *options(**changed))
        assert outcome.code == 0, outcome.err
        return bits(changed.get("run", "run"))

    return fit


def in_processes(folder, *runs, prefix=("-m", "lit_sentiment"), command="fit", **environment):
    """Train in processes of their own, all at once."""
    processes = [
        subprocess.Popen(
            [sys.executable, *prefix, command, *args],
            cwd=folder,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for args in runs
    ]
    for process in processes:
        said, _ = process.communicate(timeout=MOST_SECONDS)
        assert process.returncode == 0, said


def after_others(fit, monkeypatch):
    random.seed(5)
    np.random.seed(5)
    torch.manual_seed(5)
    torch.rand(7)
    fit(run="before", model="L2LSTM", model__units=3, seed_everything=3)


def from_a_warm_cache(fit, monkeypatch):
    fit(run="before")


def from_another_directory(fit, monkeypatch):
    Path("below").mkdir()
    monkeypatch.chdir("below")
    return {"data__archive": "../archive.tar.gz"}


def from_an_archive_in_another_order(fit, monkeypatch):
    write_archive("archive.tar.gz", turned=True)


def nothing(fit, monkeypatch):
    pass


LOGGERS = [
    {"class_path": f"lightning.pytorch.loggers.{name}", "init_args": {"save_dir": "own"}}
    for name in ("CSVLogger", "TensorBoardLogger")
]
HERE = {
    "after others in this process": (after_others, {}),
    "warm cache": (from_a_warm_cache, {}),
    "working directory": (from_another_directory, {}),
    "order in the archive": (from_an_archive_in_another_order, {}),
    "checkpoint_every": (nothing, {"checkpoint_every": 1}),
    "progress bar": (nothing, {"trainer__enable_progress_bar": "true", "trainer__enable_model_summary": "true"}),
    "loggers": (nothing, {"trainer__logger": json.dumps(LOGGERS)}),
    "judgements and a linear model": (nothing, {"record_judgements": "true", "linear_baseline": "true"}),
    "log_every_n_steps": (nothing, {"trainer__log_every_n_steps": 3}),
}


@pytest.mark.parametrize(("around", "changed"), HERE.values(), ids=list(HERE))
def test_what_is_around_a_training_does_not_move_a_bit(fit, usual, monkeypatch, around, changed):
    assert fit(**{**(around(fit, monkeypatch) or {}), **changed}) == usual


@pytest.mark.parametrize(
    "changed",
    [{"seed_everything": 1}, {"data__batch_size": 5}, {"model__units": "[4,2]"}],
    ids=lambda one: next(iter(one)),
)
def test_what_belongs_to_a_training_moves_all_three(fit, usual, changed):
    assert all(one != other for one, other in zip(fit(**changed), usual, strict=True))


def test_threads_move_no_more_than_roundings_and_identity_says_them(fit, usual):
    history, identity, _ = fit(threads=2)
    assert history == usual[0]  # sums this small are not shared out
    assert json.loads(identity) == {**json.loads(usual[1]), "computed_on": {"threads": 2}}


WITHOUT_KERAS = (
    "import sys; sys.modules.update(dict.fromkeys(['keras', 'tensorflow', 'h5py']))\n"
    "from lit_sentiment.cli import main; sys.exit(main())"
)
APART = {
    "hash seed": {"PYTHONHASHSEED": "1"},
    "another hash seed": {"PYTHONHASHSEED": "77"},
    "locale C": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "locale C.UTF-8": {"LC_ALL": "C.UTF-8"},
    "Turkish, where it is installed": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "time zone": {"TZ": "Pacific/Kiritimati"},
    "threads of OpenMP": {"OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"},
    "another malloc": {"LIT_SENTIMENT_MALLOC": "system"},
    "without asserts": {"PYTHONOPTIMIZE": "1"},
    "without Keras": {"prefix": ("-c", WITHOUT_KERAS)},
}


@pytest.mark.slow
@pytest.mark.parametrize("environment", APART.values(), ids=list(APART))
def test_environment_of_a_process_does_not_move_a_bit(tmp_path, usual, environment):
    """Beside a training of another seed at the same time, which does not move it either, and has other bits."""
    write_archive(tmp_path / "archive.tar.gz")
    in_processes(tmp_path, options(), options("other", seed_everything=1), **environment)
    assert bits(tmp_path / "run") == usual
    assert all(one != other for one, other in zip(bits(tmp_path / "other"), usual, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 3])
def test_study_trains_as_fit_does_however_many_at_once(tmp_path, usual, workers):
    write_archive(tmp_path / "archive.tar.gz")
    shared = [one for one in options() if not one.startswith("--run=")]
    seeds = ["--seeds", "0", "1", "2", f"--workers={workers}", "--folder=study"]
    in_processes(tmp_path, [*shared, *seeds], command="study")
    found = [bits(run) for run in sorted((tmp_path / "study").glob("*-seed?"))]
    assert found[0] == usual
    assert len(set(found)) == 3
