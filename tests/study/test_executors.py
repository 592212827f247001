"""Where the runs of a study go: refusals, and real studies on a Dask cluster of processes and as submitit's jobs."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.study import executors
from lit_sentiment.study.executors import Destination

PATIENCE_SECONDS = 120


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"executor": "dask"}, "`address`: expected that of a scheduler .* found none with dask"),
        ({"address": "tcp://a:1"}, "`address`: .* found tcp://a:1 with processes"),
        ({"executor": "slurm", "address": "tcp://a:1"}, "`address`: .* found tcp://a:1 with slurm"),
        ({"slurm": {"cluster": "local"}}, "`slurm`: expected with --executor slurm alone, found it with processes"),
    ],
)
def test_options_of_another_executor_are_refused(settings, named):
    with pytest.raises(InputError, match=named):
        Destination(**settings)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (
            {"executor": "dask", "address": "tcp://127.0.0.1:9"},
            "`address`: expected a Dask scheduler at .*:9, found none",
        ),
        (
            {"executor": "dask", "address": "nonsense://x"},
            "`address`: expected a Dask scheduler at nonsense://x, found",
        ),
        ({"executor": "slurm", "slurm": {"cluster": "local", "nonsense": 1}}, "`slurm`: .*nonsense"),
        ({"executor": "slurm", "slurm": {"cluster": "nowhere"}}, "`slurm`: .*nowhere"),
        ({"executor": "slurm", "slurm": {"cluster": "local", "timeout_min": "long"}}, "`slurm`: .*timeout_min"),
        ({"executor": "slurm"}, "`slurm`: "),
    ],
)
def test_cluster_that_cannot_be_used_is_refused(settings, named, training, tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "_CONNECT_SECONDS", 0.2)
    with pytest.raises(InputError, match=named), Destination(**settings).open(tmp_path, [training()]):
        pass


@pytest.mark.parametrize(("extra", "module"), [("dask", "distributed"), ("slurm", "submitit")])
def test_missing_extra_is_named(extra, module, training, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    destination = Destination(extra, address="tcp://a:1" if extra == "dask" else None)
    with pytest.raises(InputError, match=rf"pip install .*\[{extra}\]"), destination.open(tmp_path, [training()]):
        pass


def test_options_say_the_same_again():
    assert Destination().as_options() == []
    slurm = Destination("slurm", slurm={"timeout_min": 3, "slurm_partition": "gpu", "slurm_time": None}, workers=2)
    expected = ["--executor", "slurm", "--slurm", "timeout_min", "3", "--slurm", "slurm_partition", "gpu"]
    expected += ["--slurm", "slurm_time", "null"]
    assert slurm.as_options() == [*expected, "--workers", "2"]
    assert Destination("dask", "tcp://a:1").as_options() == ["--executor", "dask", "--address", "tcp://a:1"]


@pytest.fixture
def start(tmp_path):
    """Start a program in a process group of its own, as on a machine of its own; all end with the test."""
    processes = []

    def start(*args):
        command = [sys.executable, "-m", *map(str, args)]
        with (tmp_path / f"{len(processes)}.log").open("w") as log:
            processes.append(
                subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, text=True, start_new_session=True)
            )
        return processes[-1]

    yield start
    for process in processes:
        kill_machine(process)


def kill_machine(process):
    """Kill a process and all that it has started, its sessions included."""
    children = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in children.splitlines()]
    doomed = [process.pid]
    for parent in doomed:
        doomed += [pid for pid, ppid in pairs if ppid == parent]
    for pid in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def until(condition, process=None):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process is None or process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


def lines(path):
    return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def study(start, tiny):
    """Start a study of one model with the seeds 0 and 1, long enough to be killed, in the folder `s`."""
    options = ["--model", "DropoutLSTM", *(one for one in tiny if "units" not in one and "max_epochs" not in one)]
    options += ["--model.units=[4,3]", "--trainer.max_epochs=30"]
    return lambda *args, folder="s": start(
        "lit_sentiment", "study", *options, "--seeds", "0", "1", "--folder", folder, *args
    )


def said(tmp_path):
    return "".join(path.read_text() for path in sorted(tmp_path.glob("*.log")))


@pytest.fixture
def alone(study, tmp_path):
    """The histories of the same runs, one process at a time on this machine."""

    def alone():
        assert study("--workers", 1, folder="alone").wait(PATIENCE_SECONDS) == 0, said(tmp_path)
        return histories(tmp_path / "alone")

    return alone


def histories(folder):
    return {path.parent.name: path.read_text() for path in folder.glob("*/history.csv")}


@pytest.mark.cluster
def test_dask_goes_on_when_a_worker_dies_and_when_another_joins(start, study, alone, tmp_path):
    """And after its scheduler has died, the study does: every run to the same figures, from its last checkpoint."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"

    def scheduler():
        arguments = ("--host", "127.0.0.1", "--port", port, "--no-dashboard")
        return start("distributed.cli.dask_scheduler", *arguments)

    def worker():
        return start("distributed.cli.dask_worker", address, "--nthreads", 1, "--no-dashboard")

    first_scheduler, first_worker = scheduler(), worker()
    first_study = study("--executor", "dask", "--address", address)
    running = tmp_path / "s/DropoutLSTM-seed0/history.csv"
    until(lambda: lines(running) > 3, first_study)
    kill_machine(first_worker)
    begun = lines(running)
    worker()
    until(lambda: lines(running) > begun, first_study)
    log = (tmp_path / "s/logs/DropoutLSTM-seed0.log").read_text()
    assert log.count("$ ") == 2
    assert "--ckpt_path last" in log.split("$ ")[2]
    worker()  # it joins late, and takes the run that waits
    until(lambda: lines(tmp_path / "s/DropoutLSTM-seed1/history.csv") > 3, first_study)
    kill_machine(first_scheduler)
    assert first_study.wait(PATIENCE_SECONDS) == 2
    assert "error: the executor has gone; give the same command once it is there again" in said(tmp_path)

    scheduler()
    worker()
    assert study("--executor", "dask", "--address", address).wait(PATIENCE_SECONDS) == 0, said(tmp_path)
    assert histories(tmp_path / "s") == alone()


@pytest.mark.cluster
def test_jobs_of_submitit_go_on_after_a_stop(study, alone, tmp_path):
    """In its mode without SLURM, on this machine."""
    jobs = ("--executor", "slurm", "--slurm", "cluster", "local", "--slurm", "timeout_min", 5)
    stopped = study(*jobs)
    until(lambda: histories(tmp_path / "s"), stopped)
    stopped.send_signal(signal.SIGINT)
    assert stopped.wait(PATIENCE_SECONDS) == 130, said(tmp_path)
    assert "--executor slurm --slurm cluster local --slurm timeout_min 5" in said(tmp_path)
    assert " stopped; go on with the same command" in said(tmp_path)
    assert study(*jobs).wait(PATIENCE_SECONDS) == 0, said(tmp_path)
    assert histories(tmp_path / "s") == alone()
