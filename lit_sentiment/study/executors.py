"""Where the runs of a study go: processes of this machine, a Dask cluster, or SLURM (extras `dask` and `slurm`)."""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lit_sentiment.errors import InputError, missing_extra
from lit_sentiment.process import usable_cores
from lit_sentiment.study.execution import as_option
from lit_sentiment.study.run_process import run_to_end
from lit_sentiment.study.runs_at_once import RunsAtOnce
from lit_sentiment.study.study_plan import Training

Kind = Literal["processes", "dask", "slurm"]

_CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Destination:
    """What the options of a study say about where its runs go.

    Raises:
        InputError: An option belongs to another executor, or one is missing.
    """

    executor: Kind = "processes"
    address: str | None = None
    slurm: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None

    def __post_init__(self) -> None:
        """Check the options beside each other."""
        if (self.executor == "dask") != (self.address is not None):
            raise InputError(
                "`address`: expected that of a scheduler with --executor dask, and none with another, found "
                f"{self.address or 'none'} with {self.executor}; such as --executor dask --address tcp://localhost:8786"
            )
        if self.slurm and self.executor != "slurm":
            raise InputError(f"`slurm`: expected with --executor slurm alone, found it with {self.executor}")

    @contextmanager
    def open(self, study: Path, trainings: Sequence[Training]) -> Iterator[tuple[RunsAtOnce, str]]:
        """Give what brings the runs of a study to their end, and the place in a few words.

        Raises:
            InputError: The extra is not installed, no scheduler answers, or SLURM's settings are not known.
        """
        threads, gpu = max(one.threads for one in trainings), any(one.uses_gpu for one in trainings)
        queue = self.workers or math.inf
        match self.executor:
            case "dask":
                with _dask_client(str(self.address)) as client:
                    executor = client.get_executor(pure=False)
                    workers = len(client.scheduler_info(n_workers=-1)["workers"])
                    yield RunsAtOnce(study, executor, queue), f"by Dask at {self.address} (workers: {workers})"
            case "slurm":
                executor = _SlurmExecutor(
                    study / "slurm", {"cpus_per_task": threads, "gpus_per_node": int(gpu)}, self.slurm
                )
                yield RunsAtOnce(study, executor, queue, withdraw=executor.withdraw), "by SLURM"
            case _:
                gpus = _visible_gpus() if gpu else []
                places = self.workers or len(gpus) or max(1, usable_cores() // threads)
                with ThreadPoolExecutor(places) as pool:
                    yield RunsAtOnce(study, pool, places, gpus), f"{places} at a time"

    def as_options(self) -> list[str]:
        """Return the options that say this."""
        options = [] if self.executor == "processes" else ["--executor", self.executor]
        options += ["--address", self.address] if self.address else []
        options += [part for name, value in self.slurm.items() for part in ("--slurm", name, as_option(value))]
        return [*options, *(["--workers", str(self.workers)] if self.workers else [])]


@contextmanager
def _dask_client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        raise missing_extra("dask") from None
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as fault:
        raise InputError(f"`address`: expected a Dask scheduler at {address}, found none: {fault}") from None
    with client:
        yield client


class _SlurmExecutor(Executor):
    """Jobs of SLURM through submitit; a job that SLURM takes its node from is put into the queue again."""

    def __init__(self, folder: Path, needs: Mapping[str, int], settings: Mapping[str, Any]) -> None:
        try:
            import submitit
        except ImportError:
            raise missing_extra("slurm") from None

        class GoesOn(submitit.helpers.Checkpointable):
            def __call__(self, *args: Any) -> int:
                return run_to_end(*args)

        self._goes_on = GoesOn()
        cluster, parameters = settings.get("cluster", "slurm"), {**needs, **settings}
        parameters.pop("cluster", None)
        try:
            self._executor = submitit.AutoExecutor(folder, cluster)
            self._executor.update_parameters(**parameters)
        except (NameError, ValueError, RuntimeError, AssertionError) as fault:
            raise InputError(
                f"`slurm`: expected a cluster and settings that submitit takes, found {' '.join(str(fault).split())}"
            ) from None

    def submit(self, function: Any, /, *args: Any, **settings: Any) -> Any:
        """Put a run into the queue; the job that is returned has the methods of a future that are used."""
        return self._executor.submit(self._goes_on, *args)

    @staticmethod
    def withdraw(job: Any) -> None:
        """Take a job back that has not begun."""
        if job.state == "PENDING":
            job.cancel(check=False)


def _visible_gpus() -> list[str]:
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible.split(",") if visible else [str(number) for number in range(torch.cuda.device_count())]
