"""`study`: several trainings, each with several seeds, several at a time."""

import json
import os
import shlex
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonargparse.typing import NonNegativeInt, Path_fr, PositiveInt
from rich.console import Console
from rich.live import Live

from lit_sentiment.process import Interrupted, leaving_at_once, usable_cores
from lit_sentiment.study.live_table import counts, study_table
from lit_sentiment.study.run_status import RunStatus
from lit_sentiment.study.runs_at_once import RunsAtOnce
from lit_sentiment.study.schedule import Schedule
from lit_sentiment.study.stop_requests import stop_requests
from lit_sentiment.study.study_folder import open_study
from lit_sentiment.study.study_plan import plan_runs

FAILED = 1
"""The exit code when a run failed."""

USUAL_TRAININGS = [Path("configs") / f"{name}.yaml" for name in ("baseline", "dropout", "l2_early_stopping")]

_POLL_SECONDS = 0.3


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
    trainings: Sequence[Path_fr] = (),
    shared_configs: Sequence[Path_fr] = (),
    seeds: Sequence[NonNegativeInt] = (0, 1, 2, 3, 4),
    options: Sequence[str] = (),
    vary: Mapping[str, Any] | None = None,
    folder: Path = Path("runs/study"),
    workers: PositiveInt | None = None,
) -> StudyOutcome:
    """Train several models, each with several seeds, several at a time; started again, do what is missing.

    Options of fit, such as --trainer.max_epochs 3, go to every training. Exit code 0: all done; 1: a run failed.

    Args:
        trainings: Config files of fit, one for each training. When not given: what --model and the other options
            describe, or without --model the three of configs/.
        shared_configs: Config files of fit to compose onto each training, such as configs/imdb.yaml.
        seeds: Seeds of each.
        options: Options of fit in a file of options, such as '["--trainer.max_epochs=3"]'.
        vary: An option of fit and a list of its values, such as --vary model.l2 '[1.0e-4, 1.0e-2]'; of several options
            each combination is trained.
        folder: Folder of the study.
        workers: Runs at a time; as many as cores, or as GPUs, when not given.

    Returns:
        The runs, and how far each came.

    Raises:
        InputError: A training cannot be run, or the folder holds something else.
        Interrupted: A signal came; by then the trainings have ended, and keep their whole epochs.
    """
    with leaving_at_once():
        from lit_sentiment.commands.study_options import read_trainings
    options, vary = options or (), vary or {}
    has_model = any(option.partition("=")[0] in ("--model", "--config", "-c") for option in options)
    usual = () if has_model else USUAL_TRAININGS
    planned = read_trainings(trainings or usual, shared_configs or (), options, seeds or (), vary)
    console = Console(highlight=False, markup=False, emoji=False)
    console.soft_wrap = not console.is_terminal  # in a terminal, lines above the live table have to wrap
    with open_study(folder, planned) as lock:
        statuses = [RunStatus(run) for run in plan_runs(planned, seeds, folder)]
        gpus = _gpus() if any(training.uses_gpu for training in planned) else []
        places = workers or len(gpus) or max(1, usable_cores() // max(training.threads for training in planned))
        console.print(f"Study of {len(statuses)} runs in {folder}, {places} at a time: {counts(statuses)}")
        started_seconds = time.monotonic()
        files = {"--trainings": trainings, "--shared_configs": shared_configs}
        again = [part for option, given in files.items() if given for part in (option, *map(os.path.relpath, given))]
        again += ["--seeds", *map(str, seeds), "--folder", str(folder)]
        again += [part for option, values in vary.items() for part in ("--vary", option, json.dumps(values))]
        again += [*(["--workers", str(workers)] if workers else []), *options]
        _carry_out(statuses, RunsAtOnce(places, gpus, lock), console, again)
    if console.is_terminal:
        console.print(study_table(statuses))
        console.soft_wrap = True
    for status in statuses:
        if status.state == "failed":
            console.print(f"Failed: {status.run.name}: {status.fault}")
    console.print(f"Study: {counts(statuses)}, in {time.monotonic() - started_seconds:.0f} s")
    for viewer in ("tensorboard --logdir", "python -m lit_sentiment report"):
        console.print(f"Look at it: {viewer} {shlex.quote(str(folder))}")
    return StudyOutcome(statuses)


def _gpus() -> list[str]:
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible.split(",") if visible else [str(number) for number in range(torch.cuda.device_count())]


def _carry_out(statuses: Sequence[RunStatus], processes: RunsAtOnce, console: Console, again: Sequence[str]) -> None:
    """Run what is missing, and show how far it is.

    Raises:
        Interrupted: A signal came; by then the trainings have ended.
    """
    schedule = Schedule(statuses, processes)
    obeyed = 0
    with stop_requests() as received, Live(console=console, auto_refresh=False, transient=True) as live:
        try:
            while not schedule.over:
                for status, news in schedule.step():
                    if not console.is_terminal or not news.startswith(("started", "done")):  # there the table shows it
                        console.print(f"{status.run.name}: {news}")
                if received and not obeyed:
                    console.print("Stopping: the trainings keep their whole epochs; Ctrl-C once more kills them")
                    schedule.stop(signal.SIGTERM)
                elif signal.SIGINT in received[max(1, obeyed) :]:
                    schedule.stop(signal.SIGKILL)
                obeyed = len(received)
                live.update(study_table(statuses, console.height), refresh=True)
                time.sleep(_POLL_SECONDS)
        finally:
            processes.signal(signal.SIGTERM)
            processes.wait()
    if received:
        console.soft_wrap = True
        console.print(
            f"Stopped by {signal.Signals(received[0]).name}: {counts(statuses)}; go on with the same command:"
        )
        console.print(f"python -m lit_sentiment study {shlex.join(again)}")
        raise Interrupted(received[0])
