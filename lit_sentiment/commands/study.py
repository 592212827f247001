"""`study`: several trainings, each with several seeds, several at a time."""

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonargparse.typing import NonNegativeInt, PositiveInt

from lit_sentiment.built_in_configs import built_in_config
from lit_sentiment.commands.configs import ConfigFile
from lit_sentiment.errors import InputError
from lit_sentiment.plugins import command_line
from lit_sentiment.process import leaving_at_once
from lit_sentiment.study.execution import as_option, carry_out, given_files, plain_console
from lit_sentiment.study.executors import Destination, Kind
from lit_sentiment.study.live_table import counts, study_table
from lit_sentiment.study.run_status import RunStatus
from lit_sentiment.study.study_folder import open_study
from lit_sentiment.study.study_plan import plan_runs

FAILED = 1
"""The exit code when a run failed."""

USUAL_TRAININGS = ("baseline", "dropout", "l2_early_stopping")


@dataclass(frozen=True)
class StudyOutcome:
    """What became of the runs of a study."""

    runs: Sequence[RunStatus]

    @property
    def exit_code(self) -> int:
        """0, or 1 if a run failed."""
        return FAILED if any(status.state == "failed" for status in self.runs) else 0


def study(
    *,
    trainings: Sequence[ConfigFile] = (),
    shared_configs: Sequence[ConfigFile] = (),
    seeds: Sequence[NonNegativeInt] = (0, 1, 2, 3, 4),
    options: Sequence[str] = (),
    vary: Mapping[str, Any] | None = None,
    cells: Mapping[str, Any] | None = None,
    folder: Path = Path("runs/study"),
    workers: PositiveInt | None = None,
    executor: Kind = "processes",
    address: str | None = None,
    slurm: Mapping[str, Any] | None = None,
) -> StudyOutcome:
    """Train several models, each with several seeds, several at a time; started again, do what is missing.

    Options of fit, such as --trainer.max_epochs 3, go to every training. Exit code 0: all done; 1: a run failed.

    Args:
        trainings: Config files of fit or names of built-in ones, one for each training. When not given: what --model
            and the other options describe, or without --model baseline, dropout and l2_early_stopping.
        shared_configs: Config files of fit to compose onto each training, such as imdb.
        seeds: Seeds of each.
        options: Options of fit in a file of options, such as '["--trainer.max_epochs=3"]'.
        vary: An option of fit and a list of its values, such as --vary model.l2 '[1.0e-4, 1.0e-2]'; of several options
            each combination is trained.
        cells: Names of trainings and their options of fit, in a file of options, in place of config files; see
            configs/claims.yaml.
        folder: Folder of the study.
        workers: Runs at a time; when not given as many as cores, or as GPUs, and on a cluster all.
        executor: Where the runs go: processes of this machine, a Dask cluster, or SLURM. The machines of a cluster must
            have this folder and the package.
        address: Of the Dask scheduler, such as tcp://host:8786.
        slurm: A setting of submitit and its value, such as --slurm slurm_partition gpu --slurm timeout_min 120;
            cluster local tries jobs out on this machine.

    Returns:
        The runs, and how far each came.

    Raises:
        InputError: A training cannot be run, or the folder holds something else.
        Interrupted: A signal came; by then the trainings have ended, and keep their whole epochs.
    """
    with leaving_at_once():
        from lit_sentiment.commands.study_options import read_trainings
    options, vary, cells = options or (), vary or {}, cells or {}
    if trainings and cells:
        raise InputError("`cells`: expected none beside `trainings`, found both; give one of them")
    has_model = any(option.partition("=")[0] in ("--model", "--config", "-c") for option in options)
    usual = [] if has_model or cells else [built_in_config(name) for name in USUAL_TRAININGS]
    planned = read_trainings(trainings or usual, shared_configs or (), options, seeds or (), vary, cells)
    console = plain_console()
    destination = Destination(executor, address, slurm or {}, workers)
    with open_study(folder, planned), destination.open(folder, planned) as (processes, where):
        statuses = [RunStatus(run) for run in plan_runs(planned, seeds, folder)]
        console.print(f"Study of {len(statuses)} runs in {folder}, {where}: {counts(statuses)}")
        started_seconds = time.monotonic()
        again = ["study", *given_files({"--trainings": trainings, "--shared_configs": shared_configs})]
        again += ["--seeds", *map(str, seeds), "--folder", str(folder)]
        again += [part for option, values in vary.items() for part in ("--vary", option, as_option(values))]
        again += [*destination.as_options(), *options]
        carry_out(statuses, processes, console, [] if cells else again)
    if console.is_terminal:
        console.print(study_table(statuses))
        console.soft_wrap = True
    for status in statuses:
        if status.state == "failed":
            console.print(f"Failed: {status.run.name}: {status.fault}")
    console.print(f"Study: {counts(statuses)}, in {time.monotonic() - started_seconds:.0f} s")
    for view in (f"tensorboard --logdir {shlex.quote(str(folder))}", command_line("report", folder)):
        console.print(f"Look at it: {view}")
    return StudyOutcome(statuses)
