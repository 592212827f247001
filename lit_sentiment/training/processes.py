"""The other processes of a training: started by a command, and ended with the first one, however that ends."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Any

import torch.distributed as dist
from lightning import Trainer
from lightning.fabric.plugins import ClusterEnvironment
from lightning.pytorch.strategies.launchers.subprocess_script import _SubprocessScriptLauncher

from lit_sentiment.errors import InputError

_RANK = "LOCAL_RANK"
_READY = b"ready to train\n"
_TO_END_SECONDS = 5
"""For a process that has broken a connection to be gone."""


def is_first_process() -> bool:
    """Whether this process is the one that a user started, and that writes files."""
    return os.environ.get(_RANK, "0") == "0"


class CommandLauncher(_SubprocessScriptLauncher):
    """Starts processes that run a command and train along; the first process waits until all can.

    What they print is not shown; their last line is, if one ends before the first process.

    Args:
        environment: Of the processes, by Lightning.
        processes: Their number, the first included.
        command: Which trains with the same settings.
    """

    def __init__(self, environment: ClusterEnvironment, processes: int, command: Sequence[str]) -> None:
        super().__init__(environment, processes, num_nodes=1)
        self._command = command
        self._messages: list[IO[bytes]] = []

    def launch(self, function: Callable[..., Any], *args: Any, trainer: Trainer | None = None, **kwargs: Any) -> Any:
        """Call the function in all processes.

        Raises:
            InputError: A process ended too early, or something else than `fit` starts the processes.
        """
        if not is_first_process():
            return _train_along(function, *args, **kwargs)
        if _RANK in os.environ:
            raise InputError(f"--trainer.strategy: expected fit to start the processes, found {_RANK}; unset it")
        try:
            self._call_children_scripts()
            for rank, process in enumerate(self.procs, 1):
                while (line := process.stdout.readline()) != _READY:  # type: ignore[union-attr]
                    if not line:
                        raise self._ended(rank, process)
            return function(*args, **kwargs)
        except RuntimeError:  # so a collective says that another process has gone
            for rank, process in enumerate(self.procs, 1):
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_TO_END_SECONDS)
                    raise self._ended(rank, process) from None
            raise
        finally:
            for process in self.procs:
                process.kill()
                process.communicate()
            for messages in self._messages:
                messages.close()
            self.procs = []
            if dist.is_initialized():
                dist.destroy_process_group()
            for name in ("MASTER_ADDR", "MASTER_PORT"):  # so that another training takes a free port
                os.environ.pop(name, None)

    def _call_children_scripts(self) -> None:
        address = {"MASTER_ADDR": self.cluster_environment.main_address}
        address["MASTER_PORT"] = str(self.cluster_environment.main_port)
        self._messages = [tempfile.TemporaryFile() for _ in range(1, self.num_processes)]  # noqa: SIM115 - while they run
        self.procs = []
        for rank, messages in enumerate(self._messages, 1):
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=messages,
                env={**os.environ, **address, _RANK: str(rank)},
            )
            self.procs.append(process)

    def _ended(self, rank: int, process: subprocess.Popen[bytes]) -> InputError:
        messages = self._messages[rank - 1]
        messages.seek(0)
        lines = messages.read().decode(errors="replace").splitlines()
        said = lines[-1].removeprefix("error: ") if lines else "it said nothing"
        return InputError(
            f"--trainer.devices: process {rank + 1} of {self.num_processes} ended with code {process.wait()}: {said}"
        )


def _train_along(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call the function once the first process knows; without that process, end without a word."""
    first_process = os.getppid()
    sys.stdout.flush()
    os.write(1, _READY)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        return function(*args, **kwargs)
    except RuntimeError:
        if os.getppid() != first_process:
            os._exit(1)
        raise
