"""What several test files need: small data, and no trace of one test in the next."""

import logging
import os
import random
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, settings
from lightning import Callback, LightningModule, Trainer
from torch import Tensor, nn

from lit_sentiment.cli import main
from lit_sentiment.data.batches import Batches
from lit_sentiment.data.shop_reviews import ShopReviews
from lit_sentiment.models import BaselineLSTM

# The same few examples each time; others, and many, with `pytest --hypothesis-profile long`.
_ALWAYS: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}
settings.register_profile("quick", max_examples=30, derandomize=True, **_ALWAYS)
settings.register_profile("long", max_examples=1000, **_ALWAYS)
settings.load_profile("quick")

_SEED_VARIABLES = ("PL_GLOBAL_SEED", "PL_SEED_WORKERS")


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard():
    """A script that runs the tests in its background has them ignore it, and some would wait for ever."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _own_cache_folder(tmp_path_factory):
    """A checkpoint does not say where arrays are cached, so what it opens would use the user's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("user_cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_wait_for_the_disk():
    """What a test writes need not outlive a power cut; a training waits a dozen times for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        yield


@pytest.fixture(autouse=True)
def _same_randomness_for_each_test():
    """No global seed, and the same random numbers whatever ran before; `seed_everything` sets what this takes away."""
    for name in _SEED_VARIABLES:
        os.environ.pop(name, None)
    random.seed(0)
    torch.manual_seed(0)
    yield
    for name in _SEED_VARIABLES:
        os.environ.pop(name, None)


@pytest.fixture
def keras(monkeypatch):
    """Keras on TensorFlow; its float type is float32 again afterwards."""
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    keras = pytest.importorskip("keras")
    yield keras
    keras.config.set_dtype_policy("float32")
    keras.config.set_floatx("float32")


@pytest.fixture
def shop(tmp_path):
    """Make a shop corpus of a few reviews, cached in the test's own folder."""

    def shop(**settings: object) -> ShopReviews:
        tiny = {
            "train_reviews": 23,
            "validation_reviews": 11,
            "test_reviews": 7,
            "vocab_size": 50,
            "max_length": 9,
            "batch_size": 5,
            "cache_dir": str(tmp_path / "cache"),
        }
        return ShopReviews(**{**tiny, **settings})  # type: ignore[arg-type]

    return shop


@pytest.fixture(autouse=True)
def _usual_log_levels():
    """The command line makes Lightning quiet; other tests want to hear it."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.INFO)


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    """Run a command of `python -m lit_sentiment` in this process, in the test's own folder."""
    monkeypatch.chdir(tmp_path)

    def command(*args: object) -> Outcome:
        capsys.readouterr()
        try:
            code = main([str(arg) for arg in args])
        except SystemExit as leaving:  # --help
            code = int(leaving.code or 0)
        return Outcome(code, *capsys.readouterr())

    return command


@pytest.fixture
def blank_pictures(monkeypatch):
    """Pictures that nobody looks at are not drawn, which takes most of the time of a report."""
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda figure, file, **_: file.write(b"blank"))


@pytest.fixture
def write_curves():
    """Write scalars as TensorBoard event files: by tag, values per epoch from 0 or pairs of step and value."""
    from torch.utils.tensorboard import SummaryWriter

    def write_curves(folder: Path, curves: Mapping[str, Sequence[Any]], **settings: object) -> Path:
        with SummaryWriter(folder, **settings) as writer:
            for tag, values in curves.items():
                for step, value in enumerate(values):
                    step, value = value if isinstance(value, tuple) else (step, value)
                    writer.add_scalar(tag, value, step)
        return folder

    return write_curves


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """The options of a training of two epochs that takes a fraction of a second."""
    options = {
        "data.train_reviews": 60,
        "data.validation_reviews": 25,
        "data.test_reviews": 15,
        "data.vocab_size": 200,
        "data.batch_size": 16,
        "data.cache_dir": tmp_path_factory.mktemp("cache"),
        "model.embedding_dim": 5,
        "model.units": 4,
        "trainer.max_epochs": 2,
        "trainer.accelerator": "cpu",
    }
    return [f"--{name}={value}" for name, value in options.items()]


@pytest.fixture(scope="session")
def run_of(tiny, tmp_path_factory):
    """Train `tiny` with further options, once for all that ask for the same; return the folder, only to be read."""

    @cache
    def run_of(*options: str) -> Path:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path_factory.mktemp("runs"))
            assert main(["fit", *tiny, *options, "--run=run"]) == 0
            return Path("run").absolute()

    return run_of


@pytest.fixture(scope="session")
def trained_run(run_of):
    """The folder of a finished training; only to be read."""
    return run_of()


@pytest.fixture
def copied_run(run_of, tmp_path):
    """Copy a finished training, by its further options, into the test's own folder, as `run`; it may be changed."""

    def copied_run(*options: str) -> Path:
        shutil.copytree(run_of(*options), tmp_path / "run")
        return Path("run")  # as its settings say

    return copied_run


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """Make in the working folder what tests of a file begin with: for the first of them; the others get a copy."""
    kept = tmp_path_factory.mktemp("kept") / "all"

    def made_once(make: Callable[[], object]) -> None:
        if kept.exists():
            shutil.copytree(kept, Path.cwd(), dirs_exist_ok=True)
        else:
            make()
            shutil.copytree(Path.cwd(), kept)

    return made_once


@pytest.fixture(scope="session")
def tiny_study(tiny, tmp_path_factory):
    """The folder of a study of two models with two seeds, five epochs in which they overfit; only to be read."""
    study = tmp_path_factory.mktemp("studies") / "tiny"
    quick = ["--trainer.max_epochs=5", "--model.learning_rate=0.03"]
    models = {"baseline": ["--model=BaselineLSTM"], "l2": ["--model=L2LSTM", "--model.l2=1e-4"]}
    for name, model in models.items():
        for seed in (0, 1):
            run = study / f"{name}-seed{seed}"
            assert main(["fit", *model, *tiny, *quick, f"--seed_everything={seed}", f"--run={run}"]) == 0
    return study


TRAIN_SIZE, VALIDATION_SIZE, BATCH_SIZE = 11, 7, 3
"""Four training batches and three of validation."""


class Scripted(LightningModule):
    """Logs the figures that it is given, a dictionary per epoch, and learns nothing."""

    def __init__(self, figures: list[dict[str, float]]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.figures = figures

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        self._log("train", batch)
        return self.weight.sum()

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self._log("val", batch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def _log(self, part: str, batch: Any) -> None:
        figures = self.figures[self.current_epoch]
        chosen = {name: value for name, value in figures.items() if name.startswith("val_") == (part == "val")}
        self.log_dict(chosen, on_step=False, on_epoch=True, batch_size=len(batch[1]))


def _batches(size):
    token_ids = torch.arange(size * 5, dtype=torch.int32).reshape(size, 5) % 20
    return Batches(token_ids, torch.arange(size, dtype=torch.int32) % 2, BATCH_SIZE)


@pytest.fixture
def scripted():
    return Scripted


@pytest.fixture
def model():
    return BaselineLSTM(vocab_size=20, embedding_dim=3, units=4)


@pytest.fixture
def fit(tmp_path):
    """Fit a model for some epochs with callbacks, on a few reviews or none for validation; return the trainer."""

    def fit(
        model: LightningModule,
        *callbacks: Callback,
        epochs: int = 2,
        validation: bool = True,
        ckpt_path: Path | None = None,
        **options: Any,
    ) -> Trainer:
        quiet = {
            "logger": False,
            "enable_checkpointing": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "num_sanity_val_steps": 0,
            "log_every_n_steps": 1,
            "accelerator": "cpu",
            "default_root_dir": tmp_path,
            "limit_val_batches": None if validation else 0,
        }
        trainer = Trainer(max_epochs=epochs, callbacks=list(callbacks), **{**quiet, **options})
        batches = _batches(TRAIN_SIZE), _batches(VALIDATION_SIZE)
        trainer.fit(model, *batches, ckpt_path=ckpt_path, weights_only=True)
        return trainer

    return fit
