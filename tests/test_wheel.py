"""What somebody has who installs the wheel, in another folder than the repository."""

import csv
import os
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

import lit_sentiment

pytestmark = pytest.mark.wheel
ROOT = Path(__file__).parents[1]
TINY = ("--data.train_reviews=40", "--data.validation_reviews=20", "--trainer.max_epochs=1")


def run(*args, cwd, **options):
    """Run a process that knows nothing of the repository."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [*map(str, args)], cwd=cwd, env=environment, capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def built(kind, source, folder):
    """Build a source distribution or a wheel as pip does, without downloading setuptools."""
    run(sys.executable, "-c", f"from setuptools.build_meta import *; build_{kind}({str(folder)!r})", cwd=source)
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Install the wheel of the source distribution beside what it needs; return a runner of its command."""
    folder = tmp_path_factory.mktemp("installed")
    with tarfile.open(built("sdist", ROOT, tmp_path_factory.mktemp("sdist"))) as sources:
        sources.extractall(folder, filter="data")
    wheel = built("wheel", next(folder.iterdir()), tmp_path_factory.mktemp("wheel"))
    environment, packages = folder / "environment", sysconfig.get_path("purelib")
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=folder)
    (own_packages,) = environment.glob("lib/python*/site-packages")
    (own_packages / "needed.pth").write_text(packages)  # whose own .pth files, of an editable install, do not count
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin/python", "install", "-q", "--no-index")
    run(*pip, "--no-deps", wheel, cwd=folder)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    return lambda *args: run(environment / "bin/lit-sentiment", *args, cwd=elsewhere), elsewhere


def test_version_is_that_of_the_package(installed):
    command, _ = installed
    assert command("--version").startswith(f"lit-sentiment {lit_sentiment.__version__}\ntorch 2.")


def test_every_config_comes_with_it(installed):
    command, elsewhere = installed
    listed = [line.split()[0] for line in command("configs").splitlines()]
    shipped = {path.relative_to(ROOT / "configs").with_suffix("").as_posix() for path in ROOT.glob("configs/**/*.yaml")}
    assert len(listed) == len(shipped)
    assert set(listed) == shipped
    command("configs", "--copy", "study", "--output", "mine.yaml")
    assert (elsewhere / "mine.yaml").read_bytes() == (ROOT / "configs/study.yaml").read_bytes()


def test_training_judging_and_the_report_work(installed):
    command, elsewhere = installed
    command("fit", "--config", "baseline", "--run", "runs/mine", *TINY)
    answers = command("predict", "--ckpt_path", "runs/mine/checkpoints/best.ckpt", "--text", "Works perfectly.")
    assert [row["text"] for row in csv.DictReader(answers.splitlines())] == ["Works perfectly."]
    command("report", "runs")
    assert (elsewhere / "runs/report.html").exists()
