"""Which runs a study has, and how each is started."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from lit_sentiment.runs.run_folder import RunFolder


@dataclass(frozen=True)
class Training:
    """What is trained with several seeds."""

    name: str
    """The name of its config file, without `.yaml`."""
    options: tuple[str, ...]
    """Everything that `fit` is given beside the seed and the folder."""
    contents: dict[str, Any]
    """What decides it: the settings in its config files and the further options, as JSON types."""
    data: str = ""
    """Equal for two trainings that read the same data."""
    max_epochs: int | None = None
    """Epochs that it asks for; None or -1 if something else ends it."""
    threads: int = 1
    """CPU threads of each run, in all its processes."""
    uses_gpu: bool = False
    """Whether it runs on a GPU."""
    packages: tuple[str, ...] = ()
    """The options that name packages of the user's own parts."""


@dataclass(frozen=True)
class PlannedRun:
    """A training with one seed, and where it lies in the folder of the study."""

    training: Training
    seed: int
    study: Path

    @property
    def name(self) -> str:
        """Its name in tables, and that of its folder."""
        return f"{self.training.name}-seed{self.seed}"

    @property
    def folder(self) -> RunFolder:
        """What it keeps."""
        return RunFolder(self.study / self.name)

    @property
    def log(self) -> Path:
        """Everything that it says."""
        return self.study / "logs" / f"{self.name}.log"

    def command(self, goes_on: bool = False) -> list[str]:
        """Return the process that begins it, or that goes on with what a process before it has left."""
        fit = [sys.executable, "-m", "lit_sentiment", "fit", *self.training.packages]
        if goes_on:
            return [*fit, "--config", str(self.folder.config), "--ckpt_path", "last", "--run", str(self.folder.path)]
        return [*fit, *self.training.options, "--seed_everything", str(self.seed), "--run", str(self.folder.path)]


def plan_runs(trainings: Sequence[Training], seeds: Sequence[int], study: Path) -> list[PlannedRun]:
    """Return the runs in the order of their start: every training with the first seed, then with the next one.

    So a first view of them all comes early, and a training that cannot run is known early.
    """
    return [PlannedRun(training, seed, study) for seed, training in product(seeds, trainings)]
