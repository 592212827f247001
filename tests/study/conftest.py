"""Runs whose process is a line of shell, quick to start."""

import json
from dataclasses import dataclass

import pytest

from lit_sentiment.curves.history import History
from lit_sentiment.study.study_plan import PlannedRun, Training

FINISHED = {"torch": "2", "lightning": "2", "training_seconds": 7.5, "verdict": {"kind": "overfitting"}}


@dataclass(frozen=True)
class ShellRun(PlannedRun):
    """A planned run that a line of shell plays; `$0` is its folder, where `finish` lies beside."""

    script: str = ""

    def command(self, goes_on: bool = False) -> list[str]:
        return ["sh", "-c", self.script, str(self.folder.path)]


def make_history(epochs):
    history = History()
    for epoch in range(epochs):
        history.append({"loss": 0.7 - epoch / 10, "val_loss": 0.6 + (epoch - 1) ** 2 / 10, "val_accuracy": 0.5})
    return history


@pytest.fixture
def training():
    """Make a training by its name."""

    def training(name: str = "one", **settings: object) -> Training:
        return Training(name, (f"--config={name}.yaml",), {"options": [name]}, **settings)  # type: ignore[arg-type]

    return training


@pytest.fixture
def shell_run(tmp_path, training):
    """Make a run of a script; by default one that finishes at once."""

    def shell_run(script: str = "cp -r $(dirname $0)/finish $0", name: str = "one", seed: int = 0, **settings: object):  # type: ignore[no-untyped-def]
        return ShellRun(training(name, max_epochs=3, **settings), seed, tmp_path / "study", script)

    finish = tmp_path / "study" / "finish"
    finish.mkdir(parents=True)
    (finish / "config.yaml").write_text("trainer: {max_epochs: 3}\n")
    (finish / "finished.json").write_text(json.dumps(FINISHED))
    make_history(3).write(finish / "history.csv")
    return shell_run


@pytest.fixture
def begun(training, tmp_path):
    """Make a run that a study began: its log, its folder with so many epochs, and what else is asked for."""

    def begun(epochs: int = 0, **files: str) -> PlannedRun:
        run = PlannedRun(training(max_epochs=3), 0, tmp_path / "study")
        run.log.parent.mkdir(parents=True)
        run.log.write_text("$ fit\n")
        run.folder.checkpoints.mkdir(parents=True)
        if epochs:
            make_history(epochs).write(run.folder.history)
        for name, content in files.items():
            getattr(run.folder, name).write_text(content)
        return run

    return begun
